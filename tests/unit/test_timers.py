"""Deadlines: cards by the county's calendar and whatever clock, and the sweeper that finds what is due."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.bus.cloudevents import Outgoing
from common.bus.streams import TIMERS, Consumer, home
from common.calendar import Calendar
from common.errors import Invalid
from common.events import CardDue, DeptTask, TaskCarded
from common.timers import AT_ONCE, Sweeper, schedule
from fakes import COUNTY, NOON
from outcomes.domain.commitment import Assignment
from outcomes.domain.task import Colour, Task, TaskState
from outcomes.handlers.supervision import card_moments
from townhall import BUMPS, OFFICERS, TownHall, play

DUE_FRIDAY = BUMPS  # 2026-11-27, so that yellow is due on Thursday the 26th, and red on Monday the 30th
YELLOW_AT = datetime(2026, 11, 26, 1, tzinfo=UTC)
RED_AT = datetime(2026, 11, 30, 1, tzinfo=UTC)
OFFICE_AT = datetime(2026, 12, 2, 1, tzinfo=UTC)


def colours(hall: TownHall) -> list[str]:
    return [card.colour for card in hall.said(TaskCarded)]


def timers(hall: TownHall) -> list[datetime]:
    return [timer.at for timer in hall.said(CardDue)]


async def woken(hall: TownHall, task: Task, days: int) -> Task:
    """Let days pass, and wake the task."""
    hall.later(days)
    return await hall.handlers.supervision.show_cards(task.id)


@pytest.mark.parametrize(
    ("due_on", "yellow", "red"),
    [
        (date(2026, 11, 27), date(2026, 11, 26), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 11, 27), date(2026, 12, 1)),
        (date(2026, 11, 29), date(2026, 11, 27), date(2026, 11, 30)),
        (date(2026, 10, 8), date(2026, 9, 30), date(2026, 10, 9)),
        (date(2026, 10, 9), date(2026, 10, 8), date(2026, 10, 10)),  # Saturday, made a working day for the holiday
    ],
)
def test_cards_are_due_at_nine_on_the_working_days_around_the_due_day(due_on: date, yellow: date, red: date) -> None:
    moments = card_moments(Calendar(), due_on)
    at_nine = [datetime(day.year, day.month, day.day, 1, tzinfo=UTC) for day in (yellow, red)]
    assert list(moments.items()) == list(zip((Colour.YELLOW, Colour.RED), at_nine, strict=True))


def test_a_countys_own_holiday_moves_the_cards() -> None:
    moments = card_moments(Calendar([date(2026, 11, 26)]), date(2026, 11, 27))
    assert moments[Colour.YELLOW].date() == date(2026, 11, 25)


def test_a_day_beyond_every_calendar_is_refused() -> None:
    async def story(hall: TownHall) -> None:
        with pytest.raises(Invalid, match="beyond every calendar"):
            await hall.report(Assignment("housing", "永远", due_on=date.max))

    play(story)


def test_a_task_is_yellow_then_red_each_once_and_its_system_hears_of_it() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        assert (task.due_at, timers(hall)) == (YELLOW_AT, [YELLOW_AT])
        assert (await woken(hall, task, 1)).cards == []
        assert (await woken(hall, task, 1)).due_at == RED_AT
        assert (await woken(hall, task, 3)).cards == [Colour.YELLOW]
        carded = await woken(hall, task, 1)
        assert (carded.cards, carded.due_at) == ([Colour.YELLOW, Colour.RED], OFFICE_AT)
        assert (await woken(hall, task, 30)).due_at is None
        assert hall.orders()[:3] == ["grid assigned", "grid yellow", "grid red"]
        assert [(card.task_id, card.due_on) for card in hall.said(TaskCarded)] == [(task.id, task.due_on)] * 2
        assert timers(hall) == [YELLOW_AT, RED_AT, OFFICE_AT]

    play(story)


def test_ten_wakings_at_once_show_one_card() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        hall.later(2)
        await asyncio.gather(*(hall.handlers.supervision.show_cards(task.id) for _ in range(10)))
        await hall.hear(*[CardDue(topic_id=task.topic_id, task_id=task.id, at=YELLOW_AT)] * 10)
        assert colours(hall) == ["yellow"]

    play(story)


def test_a_clock_that_jumps_ahead_shows_all_that_is_due_and_back_shows_nothing_twice() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        carded = await woken(hall, task, 400)
        assert colours(hall) == ["yellow", "red"]
        assert await woken(hall, task, -500) == carded
        assert await woken(hall, task, 500) == carded

    play(story)


def test_the_card_of_a_task_that_was_extended_comes_at_its_new_moment() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        extended = await hall.say(task, "extend", date(2026, 12, 1))
        moments = card_moments(COUNTY.calendar, date(2026, 12, 1))
        assert extended.due_at == moments[Colour.YELLOW]
        assert timers(hall) == [YELLOW_AT, moments[Colour.YELLOW]]
        assert await woken(hall, task, 2) == extended, "the old moment: nothing is due"
        assert (await woken(hall, task, 4)).cards == [Colour.YELLOW]

    play(story)


def test_a_card_that_was_shown_before_the_extension_is_not_shown_again() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        await woken(hall, task, 2)
        extended = await hall.say(task, "extend", date(2026, 12, 1))
        assert extended.due_at == card_moments(COUNTY.calendar, date(2026, 12, 1))[Colour.RED]
        await woken(hall, task, 100)
        assert colours(hall) == ["yellow", "red"]

    play(story)


def test_a_verified_task_is_shown_no_card_and_a_reworked_one_is() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        await hall.finish(task)
        verified = await woken(hall, task, 10)
        assert (verified.state, verified.due_at, colours(hall)) == (TaskState.VERIFIED, None, [])
        reworked = await hall.handlers.feedback.rework(task.id, "又坏了", hall.by("office"))
        assert reworked.due_at == card_moments(COUNTY.calendar, reworked.due_on)[Colour.YELLOW]
        assert (await woken(hall, task, 100)).cards == [Colour.YELLOW, Colour.RED]

    play(story)


def test_a_task_without_a_system_is_carded_in_public_alone() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(replace(OFFICERS, due_on=date(2026, 11, 27)))
        await woken(hall, task, 2)
        assert (colours(hall), hall.orders()) == (["yellow"], [])

    play(story)


def test_a_repeated_event_says_no_second_timer() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        request = hall.by("department")
        fact = DeptTask(task_id=task.id, action="extend", text="材料未到", until=date(2026, 12, 1))
        for _ in range(3):
            await hall.handlers.work.act(fact, request)
        assert len(timers(hall)) == 2

    play(story)


def test_a_schedule_has_a_subject_of_its_own_and_fires_where_the_service_listens() -> None:
    fact = CardDue(topic_id="t1", task_id="task-1", at=YELLOW_AT)
    outgoing = Outgoing("task-1.1.2", fact.type, "test", "task-1", NOON, fact.model_dump(mode="json"))
    subject, headers = schedule(fact.subject("620102"), outgoing.subject, str(outgoing.data["at"]))
    consumer = Consumer("outcomes", CardDue, "620102")
    assert subject == "timer.620102.outcomes.card.at.task-1"
    assert headers["Nats-Schedule-Target"] == consumer.filter == "timer.620102.outcomes.card"
    assert headers["Nats-Schedule"] == "@at 2026-11-26T01:00:00Z"
    assert consumer.stream == home(subject) == TIMERS
    assert not headers.keys() & outgoing.headers().keys()


class Dues:
    """What is due, and what was dealt with; `broken` fails, and the first `cut` sweeps break off."""

    def __init__(self, ids: list[str], broken: str = "", cut: int = 0) -> None:
        self.ids, self.broken, self.cut = ids, broken, cut
        self.done: list[str] = []
        self.asked: list[datetime] = []
        self.in_hand = self.most = 0

    async def due(self, now: datetime) -> AsyncIterator[str]:
        self.asked.append(now)
        for id_ in list(self.ids):
            if len(self.asked) <= self.cut:
                raise ConnectionError
            yield id_

    async def act(self, id_: str) -> None:
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        await asyncio.sleep(0)
        self.in_hand -= 1
        if id_ == self.broken:
            raise KeyError
        self.done.append(id_)
        self.ids.remove(id_)


def test_a_sweep_deals_with_everything_a_bounded_number_at_once_and_one_failure_holds_up_nothing() -> None:
    dues = Dues([str(number) for number in range(1001)], broken="7")
    assert asyncio.run(Sweeper(dues.due, dues.act, lambda: NOON).sweep()) == 1001
    assert (dues.ids, len(dues.done), dues.most, dues.asked) == (["7"], 1000, AT_ONCE, [NOON])


def test_a_sweep_that_was_cut_short_is_done_again_until_the_sweeper_is_cancelled() -> None:
    async def told() -> None:
        dues = Dues(["a"], cut=2)
        sweeping = asyncio.create_task(Sweeper(dues.due, dues.act, every_s=0.001).run())
        async with asyncio.timeout(5):
            while not dues.done:  # noqa: ASYNC110  it happens in another task
                await asyncio.sleep(0.001)
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        assert sweeping.cancelled()
        assert len(dues.asked) >= 3

    asyncio.run(told())


def test_a_cancellation_that_the_driver_swallows_ends_the_sweeper_all_the_same() -> None:
    async def told() -> None:
        began = asyncio.Event()

        async def due(_: datetime) -> AsyncIterator[str]:
            began.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return
            yield "never"

        async def act(_: str) -> None:
            """Do nothing."""

        sweeping = asyncio.create_task(Sweeper(due, act, every_s=60).run())
        await began.wait()
        sweeping.cancel()
        async with asyncio.timeout(5):
            await sweeping

    asyncio.run(told())
