"""The rules of outcomes: made once, reported with tasks, publicised, counted."""

from dataclasses import replace
from datetime import date

import pytest

from common.errors import Conflict, Invalid, NotFound
from common.events import (
    MeetingAdjourned,
    OutcomeReported,
    TaskAssigned,
    TaskVerified,
    TopicPublicised,
)
from fakes import COUNTY, NOON, MemoryAggregates, origin
from outcomes.domain.commitment import Assignment, Kind
from outcomes.domain.figures import FIGURES
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.task import Task
from townhall import AGREED, BUMPS, ENDED, OFFICERS, TODAY, TownHall, play


def test_a_meeting_is_entered_once_whatever_is_redelivered() -> None:
    async def story(hall: TownHall) -> None:
        fact = MeetingAdjourned(
            topic_id="t1",
            meeting_id="m1",
            sequence=1,
            division="620102007004",
            result="CONTINUE",
            heads=12,
            people=("p1", "p1", "p2"),
            summary="继续",
        )
        await hall.hear(fact, fact)
        (activity,) = hall.activities.all()
        assert (activity.id, activity.heads, activity.people, activity.on) == ("m1", 12, ["p1", "p2"], TODAY)
        assert activity.revision == 1

    play(story)


def test_an_end_without_agreement_is_recorded_and_has_no_tasks() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(ENDED, ENDED)
        outcome = await hall.outcome("t2")
        assert (outcome.state, outcome.explanation) == (OutcomeState.ENDED, "分歧仍在")
        with pytest.raises(Conflict, match="nothing to report"):
            await hall.handlers.report("t2", Kind.CONSENSUS, [BUMPS], hall.by("office"))

    play(story)


def test_a_report_gives_every_task_to_one_department_with_a_working_day() -> None:
    async def story(hall: TownHall) -> None:
        bumps, officers, default = await hall.report(BUMPS, OFFICERS, Assignment("police", "停车位"))
        assert (bumps.system, bumps.due_on) == ("grid", date(2026, 11, 27))
        assert (officers.system, officers.due_on) == (None, date(2026, 12, 31))
        assert default.due_on == COUNTY.calendar.after(TODAY, COUNTY.deadlines.handling)
        assert [event.tasks for event in hall.said(OutcomeReported)] == [3]
        assert len(hall.said(TaskAssigned)) == 3
        assert hall.orders() == ["grid assigned"]

    play(story)


def test_a_repeated_report_changes_nothing_and_another_one_is_refused() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(AGREED)
        request = hall.by("office")
        for _ in range(2):
            await hall.handlers.report("t1", Kind.CONSENSUS, [BUMPS], request)
            await hall.bus.settle()
        assert len(hall.said(TaskAssigned)) == 1
        with pytest.raises(Conflict, match="has its tasks already"):
            await hall.handlers.report("t1", Kind.CONSENSUS, [BUMPS], hall.by("office"))

    play(story)


def test_tasks_that_a_crash_left_unmade_are_made_when_the_report_is_heard() -> None:
    async def story(hall: TownHall) -> None:
        class Crash(Exception):
            pass

        class Broken(MemoryAggregates[Task]):
            async def change(self, *_: object, **__: object) -> Task:
                raise Crash

        await hall.hear(AGREED)
        with pytest.raises(Crash):
            await hall.serve(COUNTY, Broken(Task)).report("t1", Kind.CONSENSUS, [BUMPS, OFFICERS], hall.by("office"))
        assert hall.tasks.all() == []
        await hall.bus.settle()
        assert sorted(task.title for task in hall.tasks.all()) == ["减速带", "高峰时段警力"]

    play(story)


def test_every_fault_of_every_task_is_listed() -> None:
    async def story(hall: TownHall) -> None:
        await hall.hear(AGREED)
        bad = [
            Assignment("nobody", "一", due_on=date(2026, 11, 23)),
            Assignment("police", "二", working_days=3, due_on=date(2026, 12, 1)),
        ]
        with pytest.raises(Invalid) as raised:
            await hall.handlers.report("t1", Kind.SUGGESTION, bad, hall.by("office"))
        assert [fault.path for fault in raised.value.faults] == [
            "tasks.0.department",
            "tasks.0.due_on",
            "tasks.1.due_on",
        ]
        with pytest.raises(Invalid, match="at least one"):
            await hall.handlers.report("t1", Kind.SUGGESTION, [], hall.by("office"))
        assert (await hall.outcome()).state is OutcomeState.DRAFT

    play(story)


def test_the_outcome_is_publicised_once_when_its_last_task_is_verified() -> None:
    async def story(hall: TownHall) -> None:
        bumps, officers = await hall.report()
        await hall.finish(bumps)
        assert (await hall.outcome()).state is OutcomeState.REPORTED
        await hall.finish(officers)
        await hall.hear(*hall.said(TaskVerified))
        (told,) = hall.said(TopicPublicised)
        assert (told.people, told.result) == (("p1", "p2"), "减速带、高峰时段警力已办结")
        assert (await hall.outcome()).state is OutcomeState.PUBLICISED

    play(story)


def test_a_long_list_of_tasks_gives_a_short_result() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report(*[replace(BUMPS, title=f"第{n}项") for n in range(1, 6)]))
        assert hall.said(TopicPublicised)[0].result == "第1项、第2项、第3项等5项已办结"

    play(story)


def test_what_is_verified_before_the_outcome_is_known_here_is_heard_again() -> None:
    fact = TaskVerified(topic_id="t9", task_id="x", department="police", on_time=True)
    with pytest.raises(NotFound):
        play(lambda hall: hall.handlers.feedback.follow(fact, origin()))


def test_every_key_figure_has_a_formula_and_a_moment() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.handlers.feedback.rate("t1", 4, "p1", hall.by("office"))
        await hall.hear(ENDED)
        figures = await hall.handlers.kpi(hall.by("office"))
        assert figures.keys() == FIGURES.keys()
        assert {figure.as_of for figure in figures.values()} == {NOON}
        values = {name: figure.value for name, figure in figures.items()}
        assert (values["topics_agreed"], values["topics_ended"], values["mean_meetings_to_agreement"]) == (1, 1, 3)
        assert (values["tasks"], values["tasks_kept"], values["tasks_on_time"]) == (2, 2, 2)
        assert (values["ratings"], values["mean_score"], values["topics_closed"]) == (1, 4, 0)

    play(story)
