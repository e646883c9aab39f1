"""Facts leave in order, wait for the sweeper where the bus is away, and are taken off the shelf when said."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from common import outbox as module
from common.aggregate import utc_now
from common.bus.cloudevents import Outgoing
from common.outbox import Outbox
from fakes import NOON


def fact(id_: str) -> Outgoing:
    return Outgoing(id_, "yishi.intake.issue.supplemented.v1", "test", id_.partition(".")[0], NOON, {})


class Shelf:
    """Facts by aggregate, as a collection keeps them."""

    def __init__(self) -> None:
        self.facts: dict[str, list[Outgoing]] = defaultdict(list)
        self.cleared = asyncio.Event()
        self.away = 0
        self.sweeps = 0

    def lay(self, *ids: str) -> list[Outgoing]:
        facts = [fact(id_) for id_ in ids]
        for one in facts:
            self.facts[one.subject].append(one)
        return facts

    async def unsaid(self, before: datetime) -> AsyncIterator[tuple[str, list[Outgoing]]]:
        assert before < utc_now() + timedelta(days=1)
        self.sweeps += 1
        for id_, facts in list(self.facts.items()):
            yield id_, list(facts)

    async def clear(self, said: dict[str, list[str]]) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionError
        for id_, ids in said.items():
            self.facts[id_] = [one for one in self.facts[id_] if one.id not in ids]
            if not self.facts[id_]:
                del self.facts[id_]
        if not self.facts:
            self.cleared.set()


class Bus:
    """Takes facts, unless it is away; holds back those in `held` until they are let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.away = 0
        self.held: dict[str, asyncio.Event] = {}

    async def publish(self, *facts: Outgoing) -> None:
        for fact in facts:
            self.asked.append(fact.id)
            if fact.id in self.held:
                await self.held[fact.id].wait()
            if self.away:
                self.away -= 1
                raise ConnectionError
            self.said.append(fact.id)


def play(story: Callable[[Outbox, Shelf, Bus], Awaitable[None]]) -> None:
    async def told() -> None:
        bus, shelf = Bus(), Shelf()
        outbox = Outbox(bus.publish)
        outbox.watch(shelf)
        await asyncio.wait_for(story(outbox, shelf, bus), 10)
        await outbox.stop()

    asyncio.run(told())


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP_EVERY_S", 0.001)
    monkeypatch.setattr(module, "CLEAR_EVERY_S", 0.001)


async def ticks() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_what_is_said_leaves_the_shelf() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        outbox.say(0, "a", shelf.lay("a.1.0", "a.1.1"))
        await outbox.stop()
        assert bus.said == ["a.1.0", "a.1.1"]
        assert shelf.facts == {}

    play(story)


def test_facts_of_one_aggregate_leave_in_order_and_do_not_hold_up_others() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        bus.held["a.1.0"] = asyncio.Event()
        for id_ in ("a.1.0", "a.2.0", "a.3.0", "b.1.0"):
            outbox.say(0, id_[0], shelf.lay(id_))
        await ticks()
        assert bus.said == ["b.1.0"]
        bus.held["a.1.0"].set()
        await outbox.stop()
        assert bus.said == ["b.1.0", "a.1.0", "a.2.0", "a.3.0"]

    play(story)


def test_what_the_bus_did_not_take_stays_and_is_swept_with_the_same_ids() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        bus.away = 2
        outbox.say(0, "a", shelf.lay("a.1.0", "a.1.1"))
        outbox.say(0, "b", shelf.lay("b.1.0"))
        await ticks()
        assert bus.said == []
        assert set(shelf.facts) == {"a", "b"}
        await outbox.start()
        await shelf.cleared.wait()
        assert sorted(set(bus.said)) == ["a.1.0", "a.1.1", "b.1.0"]
        assert bus.said.index("a.1.0") < bus.said.index("a.1.1")

    play(story)


def test_no_fact_overtakes_an_earlier_one_that_could_not_be_said() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        bus.away = 1
        outbox.say(0, "a", shelf.lay("a.1.0"))
        outbox.say(0, "a", shelf.lay("a.2.0"))
        await ticks()
        outbox.say(0, "a", shelf.lay("a.3.0"))
        outbox.say(0, "b", shelf.lay("b.1.0"))
        await ticks()
        assert bus.said == ["b.1.0"]
        await outbox.start()
        await shelf.cleared.wait()
        said = list(dict.fromkeys(id_ for id_ in bus.said if id_.startswith("a")))
        assert said == ["a.1.0", "a.2.0", "a.3.0"]
        outbox.say(0, "a", shelf.lay("a.4.0"))
        await ticks()
        assert "a.4.0" in bus.said

    play(story)


def test_the_sweeper_leaves_alone_what_is_just_being_said() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        held = bus.held["a.1.0"] = asyncio.Event()
        outbox.say(0, "a", shelf.lay("a.1.0"))
        await outbox.start()
        while shelf.sweeps < 5:  # noqa: ASYNC110  the shelf belongs to the test
            await asyncio.sleep(0)
        outbox._tasks[0].cancel()
        held.set()
        await shelf.cleared.wait()
        await outbox.stop()
        assert bus.asked == ["a.1.0"]

    play(story)


def test_a_database_that_is_away_is_asked_again() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        shelf.away = 2
        await outbox.start()
        outbox.say(0, "a", shelf.lay("a.1.0"))
        await shelf.cleared.wait()
        assert set(bus.said) == {"a.1.0"}

    play(story)


def test_stopping_waits_for_what_is_in_hand_but_not_for_ever() -> None:
    async def story(outbox: Outbox, shelf: Shelf, bus: Bus) -> None:
        bus.held["a.1.0"] = asyncio.Event()
        outbox.say(0, "a", shelf.lay("a.1.0"))
        outbox.say(0, "b", shelf.lay("b.1.0"))
        await outbox.stop(timeout_s=0.01)
        assert bus.said == ["b.1.0"]
        assert set(shelf.facts) == {"a"}
        bus.held["a.1.0"].set()

    play(story)


def test_stopping_succeeds_even_where_a_driver_swallows_the_cancellation() -> None:
    async def story(outbox: Outbox, _: Shelf, __: Bus) -> None:
        asked = asyncio.Event()

        class Deaf(Shelf):
            async def unsaid(self, before: datetime) -> AsyncIterator[tuple[str, list[Outgoing]]]:
                if not asked.is_set():
                    asked.set()
                    with suppress(asyncio.CancelledError):
                        await asyncio.sleep(3600)
                async for found in super().unsaid(before):
                    yield found

        outbox._shelves[:] = [Deaf()]
        await outbox.start()
        await asked.wait()
        await outbox.stop()

    play(story)


def test_nothing_to_say_starts_nothing() -> None:
    async def story(outbox: Outbox, _: Shelf, bus: Bus) -> None:
        outbox.say(0, "a", [])
        await ticks()
        assert (bus.said, outbox._last) == ([], {})

    play(story)


def test_an_outbox_remembers_only_those_who_are_still_speaking() -> None:
    async def story(outbox: Outbox, shelf: Shelf, _: Bus) -> None:
        for number in range(50):
            outbox.say(0, f"a{number % 7}", shelf.lay(f"a{number % 7}.{number}"))
        await outbox.stop()
        await ticks()
        assert outbox._last == {}

    play(story)
