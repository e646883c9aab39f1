"""Says what has been stored: right after the commit, and again by the sweeper until the bus has it.

Facts stand in the document of the aggregate that told them, so they are stored with it or not at all. One aggregate's
facts leave in order. The sweeper is the guarantee, over a partial index on documents with unsaid facts; saying twice is
harmless, since the id stays the same.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from prometheus_client import Gauge

from common.aggregate import utc_now
from common.bus.cloudevents import Outgoing

SWEEP_EVERY_S = 2.0
SWEEP_OLDER_THAN = timedelta(seconds=5)
CLEAR_EVERY_S = 0.05

_behind = Gauge("yishi_outbox_behind", "Aggregates whose facts could not be said and wait for the sweeper")

log = logging.getLogger(__name__)


class Shelf(Protocol):
    """A collection that keeps unsaid facts in its documents."""

    def unsaid(self, before: datetime) -> AsyncIterator[tuple[str, list[Outgoing]]]:
        """Yield the aggregates, and their facts in order, of which one has been unsaid since `before`."""
        ...

    async def clear(self, said: dict[str, list[str]]) -> None:
        """Take facts off the shelf: their ids by aggregate."""
        ...


class Publish(Protocol):
    """The way out: returns once the bus has stored all of the facts."""

    async def __call__(self, *facts: Outgoing) -> None:
        """Say them, each subject's in order; saying one again does nothing."""


class Outbox:
    """Relays facts from shelves to the bus."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._shelves: list[Shelf] = []
        self._last: dict[str, asyncio.Task[None]] = {}
        self._behind: set[str] = set()
        self._ours: set[str] = set()
        _behind.set_function(lambda: len(self._behind))
        self._said: dict[int, dict[str, list[str]]] = defaultdict(dict)
        self._tasks: list[asyncio.Task[None]] = []

    def watch(self, shelf: Shelf) -> int:
        """Let the sweeper look at a shelf; returns the number to `say` with."""
        self._shelves.append(shelf)
        return len(self._shelves) - 1

    def say(self, shelf: int, aggregate_id: str, facts: Sequence[Outgoing], earlier: Sequence[Outgoing] = ()) -> None:
        """Publish in the background, after whatever the same aggregate is still saying.

        Where an earlier fact of it could not be said, this one waits for the sweeper with it: none may overtake. What
        stood on the shelf already (`earlier`) and is not ours was told by another replica, which may not have said it
        yet: so it is said first.
        """
        if facts and aggregate_id not in self._behind:
            theirs = [fact for fact in earlier if fact.id not in self._ours]
            self._relay_next(shelf, aggregate_id, [*theirs, *facts])

    def _relay_next(self, shelf: int, aggregate_id: str, facts: Sequence[Outgoing]) -> None:
        self._ours.update(fact.id for fact in facts)
        task = asyncio.create_task(self._relay(shelf, aggregate_id, facts, self._last.get(aggregate_id)))
        self._last[aggregate_id] = task
        task.add_done_callback(lambda done: self._last.get(aggregate_id) is done and self._last.pop(aggregate_id))

    async def start(self) -> None:
        """Start sweeping and clearing."""
        self._tasks = [asyncio.create_task(self._sweep_for_ever()), asyncio.create_task(self._clear_for_ever())]

    async def stop(self, timeout_s: float = 5) -> None:
        """Say what is in hand, as far as the bus takes it in time; the rest waits for the next start."""
        if self._last:
            await asyncio.wait(list(self._last.values()), timeout=timeout_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._clear()

    async def _relay(
        self, shelf: int, aggregate_id: str, facts: Sequence[Outgoing], before: asyncio.Task[None] | None
    ) -> None:
        if before:
            await asyncio.wait([before])
        ids = [fact.id for fact in facts]
        if aggregate_id in self._behind:
            self._ours.difference_update(ids)
            return
        try:
            await self._publish(*facts)
            self._said[shelf].setdefault(aggregate_id, []).extend(ids)
        except Exception as error:  # noqa: BLE001  whatever it is, the sweeper says it again
            self._behind.add(aggregate_id)
            self._ours.difference_update(ids)
            log.warning("facts of %s wait for the sweeper: %s", aggregate_id, type(error).__name__)

    async def _sweep_for_ever(self) -> None:
        while _wanted():
            for number, shelf in enumerate(self._shelves):
                try:
                    async for aggregate_id, facts in shelf.unsaid(utc_now() - SWEEP_OLDER_THAN):
                        if aggregate_id not in self._last:
                            self._behind.discard(aggregate_id)
                            self._relay_next(number, aggregate_id, facts)
                except Exception as error:  # noqa: BLE001  the next sweep tries again
                    log.warning("the sweep was cut short: %s", type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _clear_for_ever(self) -> None:
        while _wanted():
            await asyncio.sleep(CLEAR_EVERY_S)
            try:
                await self._clear()
            except Exception as error:  # noqa: BLE001  what is not cleared is said again, which is harmless
                log.warning("facts stay on the shelf: %s", type(error).__name__)

    async def _clear(self) -> None:
        for number, said in list(self._said.items()):
            del self._said[number]
            self._ours.difference_update(id_ for ids in said.values() for id_ in ids)
            await self._shelves[number].clear(said)


def _wanted() -> bool:
    """Whether nobody has asked this task to end: PyMongo's async client can swallow that (seen in 4.20)."""
    task = asyncio.current_task()
    return task is None or not task.cancelling()
