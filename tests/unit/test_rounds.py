"""A topic's outcome before its tasks, at committee and government; and its next one, after the topic was reopened."""

import pytest

from common.errors import Conflict, Invalid
from common.events import (
    OutcomeAdopted,
    OutcomeDelayed,
    OutcomeReported,
    OutcomeSubmitted,
    TaskAssigned,
    TopicAgreed,
    TopicClosed,
    TopicEnded,
    TopicPublicised,
    TopicReopened,
)
from fakes import PHONE
from outcomes.domain.commitment import Body, Grade, Kind
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.task import TaskState
from townhall import AGREED, BUMPS, ENDED, TownHall, answers, play

AGAIN = TopicAgreed(**AGREED.model_dump() | {"agreement": "改为集中供暖", "meetings": 4, "people": ("p1", "p2", "p3")})


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
        assert await hall.look(30) is OutcomeState.CLOSED, "there is no task to rework; it can be reopened"
        assert [(event.ending, event.score) for event in hall.said(TopicClosed)] == [("explained", 1)]

    play(story)


def test_an_agreement_that_waits_for_its_report_or_its_adoption_is_said_to_be_late_once_each() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(AGREED)
        assert await hall.look(9) is OutcomeState.DRAFT
        assert hall.said(OutcomeDelayed) == []
        for days in (1, 50):
            assert await hall.look(days) is OutcomeState.DRAFT
        await hall.handlers.submit("t1", Kind.SUGGESTION, list(Body), hall.by("office"))
        for days in (30, 1):
            assert await hall.look(days) is OutcomeState.SUBMITTED
        assert [event.waiting_for for event in hall.said(OutcomeDelayed)] == ["report", "adoption"]
        await hall.handlers.adopt("t1", Grade.B, Body.GOVERNMENT, "列入计划", [BUMPS], hall.by("office"))
        assert (await hall.outcome()).due_at is None

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
        await hall.finish(*await hall.report())
        await hall.look(30)
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
        await hall.look(30)
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
