"""The traps at run time (F1-F4, F8-F10, F12 of research/bus-and-store.md), each with the guard that keeps us out of it.

F9 and F12 belong to pull consumers; ours are push consumers, and what a service would suffer from them is measured here
all the same. The traps of settings and of form stand in test_traps_form.py.
"""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from loopback import COUNTY, Ear, Ground, closed, play, until
from nats.errors import Error as NatsError

from common.bus import Bus, apply, streams
from common.bus import publish as publishing
from common.bus.streams import DEAD, DEPT_IN, EVENTS
from common.errors import Conflict
from common.events import DeptIssue, Event, TopicClosed

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("traps")]

DEFAULT_RECONNECTS = 60


def failing(times: int, error: Exception) -> Ear:
    ear = Ear()

    async def then(_: Event) -> None:
        if len(ear.ids) <= times:
            raise error

    ear.then = then
    return ear


async def unsettled(here: Ground, consumer: str, stream: str = EVENTS) -> int:
    info = await here.js.consumer_info(stream, consumer)
    return (info.num_ack_pending or 0) + (info.num_pending or 0)


def test_f1_an_error_that_nothing_catches_terminates_no_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "ACK_WAIT_S", 1)
    ear = failing(10**6, Conflict("never"))

    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, ear.hear))
        await here.js.delete_stream(DEAD)  # so that the listener itself fails
        await here.issue()
        await until(lambda: len(ear.ids) >= 2)
        assert await here.stored(DEPT_IN) == 1
        await apply(here.url, COUNTY)
        await until(lambda: here.holds(DEAD, 1))
        await until(lambda: here.holds(DEPT_IN, 0))

    play(tmp_path, story)


def test_f2_a_failed_event_comes_back_after_growing_delays(tmp_path: Path) -> None:
    ear = failing(3, KeyError())

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        await bus.publish(closed())
        await until(lambda: len(ear.at) == 4)
        gaps = [after - before for before, after in zip(ear.at, ear.at[1:], strict=False)]
        assert all(gap >= least for gap, least in zip(gaps, (0.1, 0.3, 1.0), strict=True)), gaps
        await until(lambda: _settled(here))
        assert await here.letters() == []

    play(tmp_path, story)


async def _settled(here: Ground) -> bool:
    return await unsettled(here, "intake-outcomes-topic-closed-v1") == 0


def test_f3_a_consumer_deleted_at_run_time_is_told_and_costs_nothing_and_goes_on_once_it_is_there(
    tmp_path: Path,
) -> None:
    ear = Ear()

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        await bus.publish(closed(1))
        await until(lambda: ear.ids == ["fact-1"])
        assert await bus.troubles() == []
        await here.js.delete_consumer(EVENTS, "intake-outcomes-topic-closed-v1")
        began = time.monotonic()
        assert any("intake-outcomes-topic-closed-v1 is missing" in line for line in await bus.troubles())
        assert time.monotonic() - began < 5
        spent = time.process_time()
        await asyncio.sleep(2)
        assert time.process_time() - spent < 0.5
        await bus.publish(closed(2))
        await apply(here.url, COUNTY)
        await until(lambda: "fact-2" in ear.ids)
        assert await bus.troubles() == []

    play(tmp_path, story)


def test_f4_an_outage_longer_than_all_default_reconnects_freezes_nothing_and_ends(tmp_path: Path) -> None:
    ear = Ear()
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            longest = max(longest, time.monotonic() - before)

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        bus.broker.connection.options["reconnect_time_wait"] = 0.02
        beating = asyncio.create_task(beat())
        await here.server.stop(5)
        before = time.process_time()
        await asyncio.sleep(DEFAULT_RECONNECTS * 0.02 * 3)
        assert await bus.troubles() == ["NATS is not connected"]
        assert time.process_time() - before < DEFAULT_RECONNECTS * 0.02 * 3 * 0.6
        assert longest < 1
        beating.cancel()
        await here.server.start()
        await until(lambda: _ready(bus))
        await bus.publish(closed())
        await until(lambda: ear.ids == ["fact-1"])

    play(tmp_path, story)


async def _ready(bus: Bus) -> bool:
    try:
        return await bus.troubles() == []
    except NatsError:
        return False


def test_f8_a_fact_whose_publication_timed_out_but_arrived_is_stored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "TIMEOUT_S", 0.5)
    ear = Ear()

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        here.server.signal(signal.SIGSTOP)
        try:
            with pytest.raises((NatsError, TimeoutError)):
                await bus.publish(closed())
        finally:
            here.server.signal(signal.SIGCONT)
        await until(lambda: ear.ids == ["fact-1"])  # it had arrived
        await bus.publish(closed())
        assert await here.stored(EVENTS) == 1

    play(tmp_path, story)


def test_f9_a_slow_event_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async def slow(fact: Event) -> None:
        await asyncio.sleep(3 if getattr(fact, "topic_id", "") == "topic-0" else 0)

    ear = Ear(slow)

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        began = time.monotonic()
        await asyncio.gather(*(bus.publish(closed(number)) for number in range(30)))
        await until(lambda: len(ear.ids) == 30, 2.5)
        assert max(ear.at) - began < 2

    play(tmp_path, story)


def test_f10_what_waits_behind_slow_handlers_is_handled_once(tmp_path: Path) -> None:
    """More than the server hands out at once, three seconds each: what is delivered is begun, and none waits inside."""

    async def slow(_: Event) -> None:
        await asyncio.sleep(3)

    ear = Ear(slow)
    many = streams.MAX_ACK_PENDING + 100

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        await asyncio.gather(*(bus.publish(closed(number)) for number in range(many)))
        await until(lambda: _settled(here), 60)
        assert len(ear.ids) == len(set(ear.ids)) == many

    play(tmp_path, story)


def test_f12_sparse_events_arrive_at_once(tmp_path: Path) -> None:
    ear = Ear()
    sent: list[float] = []

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        for number in range(25):
            sent.append(time.monotonic())
            await bus.publish(closed(number))
            await asyncio.sleep(0.1)
        await until(lambda: len(ear.at) == len(sent))
        waits = sorted(heard - said for said, heard in zip(sent, ear.at, strict=True))
        assert waits[len(waits) // 2] < 0.1
        assert waits[-1] < 0.6

    play(tmp_path, story)
