"""What follows by itself: publicity, rework where people are not satisfied, closing, and going back to a meeting."""

from dataclasses import replace

import pytest

from common.errors import Forbidden
from common.events import (
    TopicClosed,
    TopicPublicised,
    TopicRated,
)
from fakes import COUNTY, PHONE, origin
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.task import TaskState
from outcomes.handlers.publicity import masked
from townhall import BUMPS, OFFICERS, TODAY, TownHall, answers, play

LAST_DAY = COUNTY.calendar.after(TODAY, COUNTY.deadlines.publicity)


def test_a_result_is_public_for_the_countys_days_and_then_closed_unrated_and_counted_apart() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        assert [event.until for event in hall.said(TopicPublicised)] == [LAST_DAY]
        assert await hall.look((LAST_DAY - TODAY).days) is OutcomeState.PUBLICISED
        for _ in range(2):
            assert await hall.look(1) is OutcomeState.CLOSED
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("unrated", None)]
        figures = await hall.handlers.kpi(hall.by("office"))
        assert (figures["topics_closed"].value, figures["topics_closed_unrated"].value) == (1, 1)

    play(story)


def test_a_result_rated_well_enough_is_closed_by_itself_when_its_publicity_is_over() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.hear(*answers("3"))
        assert await hall.look(30) is OutcomeState.CLOSED
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("rated", 3)]

    play(story)


def test_when_everyone_has_answered_and_is_not_satisfied_the_tasks_are_reworked_at_once() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.hear(*answers("1"))
        assert (await hall.outcome()).state is OutcomeState.PUBLICISED, "the other one has not answered yet"
        await hall.hear(*answers("2", person="p2"))
        outcome = await hall.outcome()
        assert (outcome.state, len(outcome.earlier), outcome.due_at) == (OutcomeState.REPORTED, 2, None)
        tasks = hall.tasks.all()
        assert {task.state for task in tasks} == {TaskState.REWORK}
        assert min(task.due_on for task in tasks) == COUNTY.calendar.after(TODAY, 15)
        await hall.finish(*tasks)
        assert len(hall.said(TopicPublicised)) == 2

    play(story)


def test_who_is_not_satisfied_by_the_end_of_publicity_has_the_tasks_reworked_though_others_kept_silent() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.hear(*answers("2"))
        assert await hall.look(30) is OutcomeState.REPORTED
        assert {task.state for task in hall.tasks.all()} == {TaskState.REWORK}
        assert await hall.look(1) is OutcomeState.REPORTED
        assert hall.said(TopicClosed) == []

    play(story)


def test_ten_ratings_from_one_number_count_once_and_one_that_was_not_asked_never() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.hear(*answers(*"1234512345"), *answers("1", "1", person="stranger"))
        outcome = await hall.outcome()
        assert [(rating.person_id, rating.score) for rating in outcome.ratings] == [("p1", 5)]
        assert {event.person_id for event in hall.said(TopicRated)} == {"p1"}
        for request in (hall.by("resident", who="stranger"), hall.by("office")):
            with pytest.raises(Forbidden, match="were asked"):
                await hall.handlers.feedback.rate("t1", 1, "stranger", request)

    play(story)


def test_what_everyone_may_read_has_the_public_answer_and_nothing_of_what_was_said_inside() -> None:
    async def story(hall: TownHall) -> None:
        first, second = await hall.report(replace(BUMPS, title=f"王玉萍女士门前减速带 {PHONE}"), OFFICERS)
        await hall.say(first, "reply")
        said = f"已联系反映人：王玉萍 {PHONE}"
        await hall.handlers.work.verify(first.id, said, hall.by("office"), f"减速带已装好，{said}")
        assert await hall.handlers.feedback.public(None, 10) == ([], None)
        await hall.finish(second)
        (publication,), _ = await hall.handlers.feedback.public(None, 10)
        assert publication.tasks[0].title == "王**女士门前减速带 199****0001"
        assert publication.tasks[0].answer == "减速带已装好，已联系反映人：王** 199****0001"
        assert publication.tasks[0].department == "住建局"
        assert (publication.division, publication.until) == ("西北新村社区", LAST_DAY)
        assert "p1" not in str(publication)
        hall.later(30)
        assert await hall.handlers.feedback.public(None, 10) == ([], None)

    play(story)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("李师傅和王玉萍同志到场", "李师傅和王**同志到场"),
        ("联系人: 拉毛才让", "联系人: 拉***"),
        ("加装壁挂炉48台", "加装壁挂炉48台"),
    ],
)
def test_names_are_blotted_out_where_a_title_or_a_label_gives_them_away(text: str, public: str) -> None:
    assert masked(text) == public


def test_a_crash_between_two_reworks_is_made_good_when_the_outcome_is_looked_at() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        first, _ = hall.tasks.all()
        outcome = await hall.outcome()
        await hall.handlers.feedback.rework(first.id, "一", origin("crashed", "office", "office"))
        await hall.outcomes.change(outcome.id, lambda found: found.__dict__.update(outcome.__dict__))
        await hall.hear(*answers("1"))
        assert await hall.look(30) is OutcomeState.REPORTED
        assert {task.state for task in hall.tasks.all()} == {TaskState.REWORK}

    play(story)
