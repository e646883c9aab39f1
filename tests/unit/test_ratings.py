"""The rules of rating and closing: who rates when, what counts, and what a bad score calls for."""

import pytest

from common.errors import Conflict, Forbidden
from common.events import (
    ReplyReceived,
    TopicClosed,
    TopicPublicised,
    TopicRated,
)
from fakes import COUNTY
from outcomes.domain import office
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.rating import score_of
from outcomes.domain.task import TaskState
from outcomes.domain.term import Term, Why
from townhall import TODAY, TownHall, play


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5),
        ("１", 1),
        (" 3 ", 3),
        ("\u3000４\n", 4),
        ("0", None),
        ("6", None),
        ("45", None),
        ("5分", None),
        ("", None),
    ],
)
def test_one_figure_from_1_to_5_is_a_rating_and_nothing_else_is(text: str, score: int | None) -> None:
    assert score_of(text) == score


def test_replies_rate_a_publicised_topic_and_the_last_one_of_a_person_counts() -> None:
    async def story(hall: TownHall) -> None:
        tasks = await hall.report()
        await hall.hear(ReplyReceived(person_id="p1", text="1", topic_id="t1"))
        assert (await hall.outcome()).ratings == []
        await hall.finish(*tasks)
        for person, text in (("p1", "2"), ("p2", "４"), ("p1", "5"), ("p1", "谢谢")):
            await hall.hear(ReplyReceived(person_id=person, text=text, topic_id="t1"))
        await hall.hear(ReplyReceived(person_id="p1", text="1"), ReplyReceived(person_id="p1", text="1", topic_id="t9"))
        outcome = await hall.outcome()
        assert {rating.person_id: rating.score for rating in outcome.ratings} == {"p1": 5, "p2": 4}
        assert len(hall.said(TopicRated)) == 3

    play(story)


def test_a_rating_counts_once_and_only_while_publicised() -> None:
    async def story(hall: TownHall) -> None:
        tasks = await hall.report()
        with pytest.raises(Conflict, match="while it is PUBLICISED"):
            await hall.handlers.feedback.rate("t1", 5, None, hall.by("resident", who="p1"))
        await hall.finish(*tasks)
        request = hall.by("resident", who="p1")
        for _ in range(2):
            await hall.handlers.feedback.rate("t1", 5, None, request)
        assert [event.person_id for event in hall.said(TopicRated)] == ["p1"]

    play(story)


def test_only_the_office_rates_for_somebody_else() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        with pytest.raises(Forbidden):
            await hall.handlers.feedback.rate("t1", 1, "p2", hall.by("resident", who="p1"))
        outcome = await hall.handlers.feedback.rate("t1", 4, "p2", hall.by("office"))
        assert [(rating.person_id, rating.score) for rating in outcome.ratings] == [("p2", 4)]

    play(story)


def test_a_rated_topic_is_closed_with_its_mean_score() -> None:
    async def story(hall: TownHall) -> None:
        tasks = await hall.report()
        with pytest.raises(Conflict, match="verify every task"):
            await hall.handlers.feedback.close("t1", hall.by("office"))
        await hall.finish(*tasks)
        for person, score in (("p1", 5), ("p2", 4), ("p2", 4)):
            await hall.handlers.feedback.rate("t1", score, person, hall.by("office"))
        request = hall.by("office")
        for _ in range(2):
            await hall.handlers.feedback.close("t1", request)
        (closed,) = hall.said(TopicClosed)
        assert (closed.score, closed.ratings, closed.people) == (4.5, 2, ("p1", "p2"))
        with pytest.raises(Conflict, match="closed"):
            await hall.handlers.feedback.rework(tasks[0].id, "再办", hall.by("office"))

    play(story)


def test_an_unrated_topic_is_closed_when_the_days_of_publicity_are_over() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        last = COUNTY.calendar.after(TODAY, COUNTY.deadlines.publicity)
        hall.later((last - TODAY).days)
        with pytest.raises(Conflict, match="days of publicity"):
            await hall.handlers.feedback.close("t1", hall.by("office"))
        hall.later(1)
        await hall.handlers.feedback.close("t1", hall.by("office"))
        assert [(event.score, event.ratings) for event in hall.said(TopicClosed)] == [(None, 0)]

    play(story)


def test_a_bad_score_calls_for_rework_and_a_new_round_of_rating() -> None:
    async def story(hall: TownHall) -> None:
        bumps, officers = await hall.report()
        await hall.finish(bumps, officers)
        await hall.handlers.feedback.rate("t1", 2, "p1", hall.by("office"))
        with pytest.raises(Conflict, match="reworked first"):
            await hall.handlers.feedback.close("t1", hall.by("office"))
        reworked = await hall.handlers.feedback.rework(bumps.id, "太低", hall.by("office"))
        assert (reworked.state, reworked.on_time) == (TaskState.REWORK, None)
        assert reworked.due_on == COUNTY.calendar.after(TODAY, COUNTY.deadlines.rework)
        outcome = await hall.outcome()
        assert (outcome.state, outcome.ratings, len(outcome.earlier)) == (OutcomeState.REPORTED, [], 1)
        await hall.finish(bumps)
        assert len(hall.said(TopicPublicised)) == 2
        await hall.handlers.feedback.rate("t1", 3, "p1", hall.by("office"))
        await hall.handlers.feedback.close("t1", hall.by("office"))
        assert hall.said(TopicClosed)[0].score == 3
        assert "grid rework" in hall.orders()

    play(story)


def test_a_topic_with_a_task_in_rework_is_not_closed_even_after_a_crash_in_between() -> None:
    async def story(hall: TownHall) -> None:
        bumps, officers = await hall.report()
        await hall.finish(bumps, officers)
        await hall.handlers.feedback.rate("t1", 5, "p1", hall.by("office"))
        rework = hall.by("office")
        term = Term(Why.REWORK, TODAY, TODAY, TODAY)
        await hall.tasks.change(bumps.id, lambda task: office.rework(task, "再办", rework, term, closed=False))
        with pytest.raises(Conflict, match="REPORTED"):
            await hall.handlers.feedback.close("t1", hall.by("office"))

    play(story)
