"""What follows by itself: publicity, rework where people are not satisfied, closing, and going back to a meeting."""

from dataclasses import replace

import pytest

from common.errors import Conflict, Forbidden, Invalid
from common.events import (
    OutcomeAdopted,
    OutcomeReported,
    OutcomeSubmitted,
    ReplyReceived,
    TaskAssigned,
    TopicAgreed,
    TopicClosed,
    TopicEnded,
    TopicPublicised,
    TopicRated,
    TopicReopened,
)
from fakes import COUNTY, PHONE, origin
from outcomes.domain.commitment import Body, Grade, Kind
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.task import TaskState
from outcomes.handlers.publicity import masked
from townhall import AGREED, BUMPS, ENDED, OFFICERS, TODAY, TownHall, play

LAST_DAY = COUNTY.calendar.after(TODAY, COUNTY.deadlines.publicity)
AGAIN = TopicAgreed(**AGREED.model_dump() | {"agreement": "改为集中供暖", "meetings": 4, "people": ("p1", "p2", "p3")})


async def publicised(hall: TownHall) -> None:
    await hall.finish(*await hall.report())


async def look(hall: TownHall, days: int) -> OutcomeState:
    """Let days pass, and look at the outcome as the sweeper does."""
    hall.later(days)
    outcome = await hall.outcome()
    await hall.handlers.feedback.look(outcome.id)
    return (await hall.outcome()).state


def answers(*texts: str, person: str = "p1") -> list[ReplyReceived]:
    return [ReplyReceived(person_id=person, text=text, topic_id="t1") for text in texts]


def test_a_result_is_public_for_the_countys_days_and_then_closed_unrated_and_counted_apart() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
        assert [event.until for event in hall.said(TopicPublicised)] == [LAST_DAY]
        assert await look(hall, (LAST_DAY - TODAY).days) is OutcomeState.PUBLICISED
        for _ in range(2):
            assert await look(hall, 1) is OutcomeState.CLOSED
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("unrated", None)]
        figures = await hall.handlers.kpi(hall.by("office"))
        assert (figures["topics_closed"].value, figures["topics_closed_unrated"].value) == (1, 1)

    play(story)


def test_a_result_rated_well_enough_is_closed_by_itself_when_its_publicity_is_over() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
        await hall.hear(*answers("3"))
        assert await look(hall, 30) is OutcomeState.CLOSED
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("rated", 3)]

    play(story)


def test_when_everyone_has_answered_and_is_not_satisfied_the_tasks_are_reworked_at_once() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
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
        await publicised(hall)
        await hall.hear(*answers("2"))
        assert await look(hall, 30) is OutcomeState.REPORTED
        assert {task.state for task in hall.tasks.all()} == {TaskState.REWORK}
        assert await look(hall, 1) is OutcomeState.REPORTED
        assert hall.said(TopicClosed) == []

    play(story)


def test_ten_ratings_from_one_number_count_once_and_one_that_was_not_asked_never() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
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


# ------------------------------------------------------------------------------------------- committee, government


def test_a_suggestion_is_submitted_adopted_and_only_then_split_into_tasks() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(AGREED)
        await hall.handlers.submit("t1", Kind.BOTH, [Body.COMMITTEE], hall.by("office"))
        assert (await hall.outcome()).state is OutcomeState.SUBMITTED
        assert [(event.kind, event.to) for event in hall.said(OutcomeSubmitted)] == [("both", ("committee",))]
        with pytest.raises(Conflict, match="SUBMITTED"):
            await hall.handlers.report("t1", Kind.BOTH, [BUMPS], hall.by("office"))
        with pytest.raises(Invalid, match="needs at least one task"):
            await hall.handlers.adopt("t1", Grade.A, Body.COMMITTEE, "同意", [], hall.by("office"))
        request = hall.by("office")
        for _ in range(2):
            await hall.handlers.adopt("t1", Grade.B, Body.COMMITTEE, "分两年实施", [BUMPS], request)
        assert [(event.grade, event.by) for event in hall.said(OutcomeAdopted)] == [("B", "committee")]
        assert len(hall.said(TaskAssigned)) == len(hall.said(OutcomeReported)) == 1
        assert (await hall.outcome()).kind is Kind.BOTH

    play(story)


def test_what_is_only_taken_note_of_is_explained_publicised_and_closed_as_explained() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(AGREED)
        await hall.handlers.submit("t1", Kind.SUGGESTION, list(Body), hall.by("office"))
        with pytest.raises(Invalid, match="grade C"):
            await hall.handlers.adopt("t1", Grade.C, Body.GOVERNMENT, "留作参考", [BUMPS], hall.by("office"))
        await hall.handlers.adopt("t1", Grade.C, Body.GOVERNMENT, "规划未定，留作参考", [], hall.by("office"))
        assert [event.result for event in hall.said(TopicPublicised)] == ["规划未定，留作参考"]
        await hall.hear(*answers("1"), *answers("1", person="p2"))
        assert await look(hall, 30) is OutcomeState.CLOSED, "there is no task to rework; it can be reopened"
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("explained", 1)]

    play(story)


def test_a_grade_may_be_noted_when_the_tasks_are_given_already() -> None:
    async def story(hall: TownHall) -> None:
        await hall.report()
        adopted = await hall.handlers.adopt("t1", Grade.A, Body.GOVERNMENT, "采纳", [], hall.by("office"))
        assert (adopted.grade, adopted.state, len(adopted.commitments)) == (Grade.A, OutcomeState.REPORTED, 2)
        with pytest.raises(Invalid, match="given already"):
            await hall.handlers.adopt("t1", Grade.A, Body.GOVERNMENT, "采纳", [BUMPS], hall.by("office"))

    play(story)


# ------------------------------------------------------------------------------------------------ back to a meeting


def test_a_reopened_topic_gets_a_new_outcome_with_tasks_of_its_own_and_keeps_the_old_one() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
        await look(hall, 30)
        request = hall.by("office")
        for _ in range(2):
            await hall.handlers.feedback.reopen("t1", f"费用过高 {PHONE}", request)
        (fact,) = hall.said(TopicReopened)
        assert (fact.round, fact.people, PHONE in fact.reason) == (2, ("p1", "p2"), False)
        await hall.hear(AGREED)
        assert (await hall.outcome()).state is OutcomeState.REOPENED, "the old agreement comes late"
        await hall.hear(AGAIN, AGAIN)
        outcome = await hall.outcome()
        assert (outcome.state, outcome.agreement, outcome.round) == (OutcomeState.DRAFT, "改为集中供暖", 2)
        assert (outcome.past[0].agreement, len(outcome.past[0].commitments)) == ("三项措施", 2)
        await hall.handlers.report("t1", Kind.CONSENSUS, [BUMPS], hall.by("office"))
        (task,) = [task for task in hall.tasks.all() if task.state is TaskState.ASSIGNED]
        assert len(hall.tasks.all()) == 3
        await hall.finish(task)
        await look(hall, 30)
        assert [event.round for event in hall.said(TopicClosed)] == [1, 2]

    play(story)


def test_a_topic_that_ended_without_agreement_can_go_back_to_a_meeting_and_end_so_again() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(ENDED)
        await hall.handlers.feedback.reopen("t2", "有了新方案", hall.by("office"))
        await hall.hear(ENDED)
        assert (await hall.outcome("t2")).state is OutcomeState.REOPENED
        await hall.hear(TopicEnded(**ENDED.model_dump() | {"meetings": 3, "explanation": "仍无共识"}))
        outcome = await hall.outcome("t2")
        assert (outcome.state, outcome.explanation) == (OutcomeState.ENDED, "仍无共识")

    play(story)


def test_what_is_still_being_done_is_not_reopened() -> None:
    async def story(hall: TownHall) -> None:
        await hall.report()
        with pytest.raises(Conflict, match="once it is PUBLICISED, CLOSED or ENDED"):
            await hall.handlers.feedback.reopen("t1", "再议", hall.by("office"))

    play(story)


def test_a_crash_between_two_reworks_is_made_good_when_the_outcome_is_looked_at() -> None:
    async def story(hall: TownHall) -> None:
        await publicised(hall)
        first, _ = hall.tasks.all()
        outcome = await hall.outcome()
        await hall.handlers.feedback.rework(first.id, "一", origin("crashed", "office", "office"))
        await hall.outcomes.change(outcome.id, lambda found: found.__dict__.update(outcome.__dict__))
        await hall.hear(*answers("1"))
        assert await look(hall, 30) is OutcomeState.REPORTED
        assert {task.state for task in hall.tasks.all()} == {TaskState.REWORK}

    play(story)
