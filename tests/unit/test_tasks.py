"""The rules of tasks: taken on, replied to, returned, extended, verified, urged, and the cards of supervision."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from common.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from common.events import DeptTask, DeptTaskOrder, TaskReturned, TaskVerified
from fakes import COUNTY, PHONE, origin
from outcomes.domain.task import OFFICE, Colour, TaskState
from townhall import BUMPS, OFFICERS, TODAY, TownHall, play


def test_a_department_system_accepts_replies_and_is_told() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        await hall.hear(DeptTask(task_id=task.id, action="accept", text="收到"), by="grid")
        reply = DeptTask(task_id=task.id, action="reply", text=f"已装 {PHONE}")
        await hall.hear(reply, by="grid")
        await hall.handlers.work.verify(task.id, "属实", hall.by("office"))
        found = await hall.tasks.get(task.id)
        assert (found.state, found.on_time) == (TaskState.VERIFIED, True)
        assert PHONE not in str(found)
        assert hall.orders() == ["grid assigned", "grid accepted", "grid verified"]
        assert hall.said(DeptTaskOrder)[1].in_reply_to is not None

    play(story)


def test_the_same_event_ten_times_counts_once() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        fact = DeptTask(task_id=task.id, action="return", text="不属我局")
        for _ in range(10):
            await hall.handlers.work.receive(fact, origin("e1", "grid"))
        assert hall.orders() == ["grid assigned", "grid returned"]
        assert len((await hall.tasks.get(task.id)).notes) == 1

    play(story)


@pytest.mark.parametrize(("system", "task_id"), [("hotline12345", None), ("grid", "task-none"), ("nobody", None)])
def test_a_system_acts_on_its_own_tasks_only(system: str, task_id: str | None) -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        fact = DeptTask(task_id=task_id or task.id, action="accept", text="收到")
        with pytest.raises(Invalid):
            await hall.handlers.work.receive(fact, origin("e1", system))
        assert (await hall.tasks.get(task.id)).state is TaskState.ASSIGNED

    play(story)


def test_a_refused_event_is_answered_with_every_fault() -> None:
    async def story(hall: TownHall) -> None:
        refusal = Refusal("e1", "nobody", {"task_id": "x", "action": "extend"}, [Fault("text", "Field required")])
        answer = hall.handlers.work.refuse(refusal)
        assert (answer.status, answer.system, answer.task_id, answer.in_reply_to) == ("refused", "nobody", "x", "e1")
        assert [line.path for line in answer.faults] == ["text", "system", "until"]
        assert hall.handlers.work.refuse(Refusal(None, "grid", "no object", [])).task_id is None

    play(story)


def test_a_returned_task_is_held_by_the_county_office() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        returned = await hall.say(task, "return")
        assert (returned.state, returned.department, returned.system) == (TaskState.RETURNED, OFFICE, None)
        assert hall.said(TaskReturned)[0].department == "housing"
        assert hall.orders() == ["grid assigned", "grid returned"]
        with pytest.raises(Forbidden):
            await hall.say(task, "reply")
        office = hall.by("office")
        again = DeptTask(task_id=task.id, action="return", text="不属本办")
        with pytest.raises(Conflict, match="nobody to return it to"):
            await hall.handlers.work.act(again, office)
        reply = DeptTask(task_id=task.id, action="reply", text="办结")
        assert (await hall.handlers.work.act(reply, office)).state is TaskState.REPLIED

    play(story)


def test_a_task_is_extended_once_by_at_most_seven_working_days() -> None:
    async def story(hall: TownHall) -> None:
        task, _ = await hall.report()
        latest = COUNTY.calendar.after(task.due_on, 7)
        for until in (None, task.due_on):
            with pytest.raises(Invalid, match="until"):
                await hall.say(task, "extend", until)
        with pytest.raises(Conflict, match="7 working days"):
            await hall.say(task, "extend", latest + timedelta(days=1))
        extended = await hall.say(task, "extend", latest)
        assert (extended.due_on, extended.extended) == (latest, True)
        with pytest.raises(Conflict, match="once already"):
            await hall.say(task, "extend", latest + timedelta(days=1))

    play(story)


def test_a_reply_after_the_due_day_is_verified_but_not_on_time() -> None:
    async def story(hall: TownHall) -> None:
        days = (TODAY, TODAY + timedelta(days=1))
        tasks = await hall.report(*[replace(OFFICERS, due_on=day) for day in days])
        hall.later(1)
        await hall.finish(*tasks)
        assert [event.on_time for event in hall.said(TaskVerified)] == [False, True]

    play(story)


def test_only_a_reply_can_be_verified() -> None:
    async def story(hall: TownHall) -> None:
        task, _ = await hall.report()
        with pytest.raises(Conflict, match="REPLIED"):
            await hall.handlers.work.verify(task.id, "属实", hall.by("office"))

    play(story)


def test_urging_adds_a_word_and_edits_nothing() -> None:
    async def story(hall: TownHall) -> None:
        task, _ = await hall.report()
        request = hall.by("leader", who="主席")
        await hall.handlers.work.urge(task.id, "请抓紧", request)
        urged = await hall.handlers.work.urge(task.id, "请抓紧", request)
        assert [note.by for note in urged.urges] == ["主席"]
        unedited = replace(urged, urges=[], taken=[], revision=1)
        assert unedited == task
        await hall.finish(task)
        with pytest.raises(Conflict, match="VERIFIED"):
            await hall.handlers.work.urge(task.id, "请抓紧", hall.by("leader"))

    play(story)


@pytest.mark.parametrize(
    ("on", "colour"),
    [
        (date(2026, 11, 25), None),
        (date(2026, 11, 26), Colour.YELLOW),
        (date(2026, 11, 27), Colour.YELLOW),
        (date(2026, 11, 28), Colour.RED),
    ],
)
def test_a_card_is_yellow_one_working_day_before_and_red_after_the_due_day(on: date, colour: Colour | None) -> None:
    async def story(hall: TownHall) -> None:
        await hall.report()
        cards = await hall.handlers.supervision.supervise(on, hall.by("leader"))
        assert [card.colour for card in cards] == ([colour] if colour else [])

    play(story)


def test_on_a_friday_what_is_due_on_monday_is_yellow() -> None:
    async def story(hall: TownHall) -> None:
        await hall.report(replace(BUMPS, working_days=4))
        (card,) = await hall.handlers.supervision.supervise(date(2026, 11, 27), hall.by("leader"))
        assert (card.task.due_on, card.colour) == (date(2026, 11, 30), Colour.YELLOW)

    play(story)


def test_cards_are_sorted_by_due_day_and_verified_tasks_have_none() -> None:
    async def story(hall: TownHall) -> None:
        days = [9, 2, 5, 1]
        tasks = await hall.report(*[replace(BUMPS, working_days=days_) for days_ in days])
        await hall.finish(tasks[1])
        cards = await hall.handlers.supervision.supervise(date(2027, 1, 1), hall.by("leader"))
        assert [card.task.id for card in cards] == [tasks[i].id for i in (3, 2, 0)]
        assert await hall.handlers.supervision.supervise(None, hall.by("leader")) != []

    play(story)
