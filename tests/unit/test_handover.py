"""Whose a task is: accountable and helping departments, returns that say whose it is, and giving it to another."""

from dataclasses import replace
from datetime import date

import pytest

from common.errors import Conflict, Forbidden, Invalid
from common.events import DeptTask, DeptTaskOrder, TaskProgressed, TaskReassigned, TaskReturned
from fakes import origin
from outcomes.domain.commitment import Milestone
from outcomes.domain.task import OFFICE, Task, TaskState
from townhall import BUMPS, OFFICERS, TODAY, TownHall, play

SURVEY = Milestone("入户勘测", date(2026, 11, 26))


async def returned(hall: TownHall, task: Task, whose: str | None) -> Task:
    fact = DeptTask(task_id=task.id, action="return", text="不属我局", whose=whose)
    return await hall.handlers.work.act(fact, hall.by("department"))


def test_a_return_that_says_whose_it_is_gives_the_task_to_them() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(OFFICERS)
        given = await returned(hall, task, "housing")
        assert (given.state, given.department, given.system) == (TaskState.ASSIGNED, "housing", "grid")
        assert (given.due_on, given.refused) == (task.due_on, ["police"])
        (said,) = hall.said(TaskReturned)
        assert (said.department, said.whose, said.holder) == ("police", "housing", "housing")
        assert [(event.before, event.department) for event in hall.said(TaskReassigned)] == [("police", "housing")]
        assert hall.orders() == ["grid assigned"]
        accept = DeptTask(task_id=task.id, action="accept", text="收到")
        assert (await hall.handlers.work.receive(accept, origin("e1", "grid"))).state is TaskState.ACCEPTED

    play(story)


def test_what_goes_to_and_fro_ends_at_the_office() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(OFFICERS)
        await returned(hall, task, "housing")
        held = await returned(hall, task, "police")
        assert (held.state, held.department, held.refused) == (TaskState.RETURNED, OFFICE, ["police", "housing"])
        assert [event.holder for event in hall.said(TaskReturned)] == ["housing", OFFICE]
        assert held.due_at is not None, "the office's clock runs"

    play(story)


@pytest.mark.parametrize("whose", [None, "police", "nobody", "水务局"])
def test_a_return_that_names_nobody_else_goes_to_the_office(whose: str | None) -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(OFFICERS)
        held = await returned(hall, task, whose)
        assert (held.state, held.department) == (TaskState.RETURNED, OFFICE)
        assert hall.said(TaskReturned)[0].whose == whose

    play(story)


def test_a_task_is_returned_within_the_days_of_the_rule_which_begin_anew_with_another_department() -> None:
    async def story(hall: TownHall) -> None:
        task, kept = await hall.report(OFFICERS, OFFICERS)
        hall.later(7)
        await returned(hall, task, "housing")
        hall.later(7)
        assert (await returned(hall, task, None)).state is TaskState.RETURNED
        with pytest.raises(Conflict, match="can be returned until 2026-12-01"):
            await returned(hall, kept, None)

    play(story)


def test_the_office_gives_a_returned_task_to_another_department_with_days_of_its_own() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        await returned(hall, task, None)
        work, request = hall.handlers.work, hall.by("office")
        for _ in range(2):
            given = await work.reassign(task.id, "police", "属公安", 5, None, request)
            assert (given.state, given.department, given.due_on) == (TaskState.ASSIGNED, "police", date(2026, 12, 1))
        await work.reassign(task.id, "housing", "还是住建", None, date(2026, 12, 9), hall.by("office"))
        assert hall.orders() == ["grid assigned", "grid returned", "grid assigned"]
        with pytest.raises(Invalid, match="has the task already"):
            await work.reassign(task.id, "housing", "再", None, None, hall.by("office"))
        with pytest.raises(Invalid) as raised:
            await work.reassign(task.id, "nobody", "再", None, date(2026, 1, 1), hall.by("office"))
        assert [fault.path for fault in raised.value.faults] == ["due_on", "department"]
        await hall.finish(task)
        with pytest.raises(Conflict, match="VERIFIED"):
            await work.reassign(task.id, "police", "再", None, None, hall.by("office"))

    play(story)


def test_a_task_taken_from_a_department_is_none_of_its_business_any_more() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        await hall.handlers.work.reassign(task.id, "police", "属公安", None, None, hall.by("office"))
        assert hall.orders() == ["grid assigned", "grid reassigned"]
        with pytest.raises(Invalid, match="not a task of system 'grid'"):
            await hall.handlers.work.receive(
                DeptTask(task_id=task.id, action="reply", text="办好"), origin("e1", "grid")
            )

    play(story)


def test_a_token_that_names_its_department_acts_for_no_other_and_one_that_does_not_acts_as_ever() -> None:
    async def story(hall: TownHall) -> None:
        task, _ = await hall.report()
        accept, reply = (DeptTask(task_id=task.id, action=verb, text="办") for verb in ("accept", "reply"))
        with pytest.raises(Forbidden, match="with 'housing'"):
            await hall.handlers.work.act(accept, replace(hall.by("department"), department="police"))
        await hall.handlers.work.act(accept, replace(hall.by("department"), department="housing"))
        await hall.handlers.work.act(reply, hall.by("department"))

    play(story)


def test_helpers_hear_of_a_task_but_do_not_answer_for_it() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(replace(OFFICERS, helpers=("housing",)))
        (order,) = hall.said(DeptTaskOrder)
        assert (order.system, order.role, order.status) == ("grid", "helper", "assigned")
        assert [helper.department for helper in task.helpers] == ["housing"]
        with pytest.raises(Invalid, match="not a task of system"):
            await hall.handlers.work.receive(
                DeptTask(task_id=task.id, action="accept", text="收到"), origin("e1", "grid")
            )

    play(story)


def test_helpers_and_milestones_are_checked_with_everything_else() -> None:
    async def story(hall: TownHall) -> None:
        bad = replace(BUMPS, helpers=("housing", "nobody", "police", "police"))
        late = replace(BUMPS, milestones=(SURVEY, SURVEY, Milestone("验收", date(2026, 12, 31))))
        past = replace(BUMPS, milestones=(Milestone("勘测", date(2026, 1, 1)),))
        with pytest.raises(Invalid) as raised:
            await hall.report(bad, late, past)
        assert [fault.path for fault in raised.value.faults] == [
            "tasks.0.helpers.0",
            "tasks.0.helpers.1",
            "tasks.0.helpers.3",
            "tasks.1.milestones.1.title",
            "tasks.1.milestones.2.due_on",
            "tasks.2.milestones.0.due_on",
        ]

    play(story)


def test_a_department_reaches_each_milestone_once() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(replace(BUMPS, milestones=(SURVEY,)))
        reached = DeptTask(task_id=task.id, action="progress", text="48户已看", milestone="入户勘测")
        await hall.handlers.work.receive(reached, origin("e1", "grid"))
        found = await hall.handlers.work.receive(reached, origin("e1", "grid"))
        assert found.milestones == [replace(SURVEY, reached_on=TODAY)]
        assert [event.milestone for event in hall.said(TaskProgressed)] == ["入户勘测"]
        with pytest.raises(Conflict, match="already"):
            await hall.handlers.work.receive(reached, origin("e2", "grid"))
        for name in (None, "验收"):
            unknown = reached.model_copy(update={"milestone": name})
            with pytest.raises(Invalid, match="it has 入户勘测"):
                await hall.handlers.work.receive(unknown, origin(f"e-{name}", "grid"))

    play(story)
