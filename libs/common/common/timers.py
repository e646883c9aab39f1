"""Deadlines: a schedule on the bus wakes whoever is concerned, and a sweeper over MongoDB is the guarantee.

What is due stands in the store; waking is only a reason to look there, so it may come late, early, twice or never. A
`Timer` is said like any fact, with the change that makes it due, and leaves by the outbox; a schedule that the server
loses afterwards costs no more than the wait for the sweeper. One thing has one schedule of a kind: a later one takes
the place of the earlier. Its id stands in the schedule's own subject, which nobody subscribes to, and nowhere else.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from nats.js.api import RetentionPolicy, StreamConfig

from common.aggregate import utc_now

STREAM = "TIMERS"
SWEEP_EVERY_S = 10.0
AT_ONCE = 200
FIRED_KEPT = "168h"
"""So long a fired timer waits on the server for its hearer; then the stream forgets it, heard or not."""

log = logging.getLogger(__name__)


def stream(county: str) -> StreamConfig:
    """Configure the stream of schedules and of what they fire. It has no max_age: that would lose the later ones."""
    return StreamConfig(
        name=STREAM,
        subjects=[f"timer.{county}.>"],
        retention=RetentionPolicy.LIMITS,
        allow_msg_schedules=True,
        allow_rollup_hdrs=True,  # the server adds it: schedules need it
        allow_msg_ttl=True,  # what has fired is forgotten in the end
    )


def schedule(subject: str, id_: str, at: str) -> tuple[str, dict[str, str]]:
    """Word the schedule that makes the server publish to `subject` at a moment (RFC 3339): its subject and headers.

    A moment that is over fires at once.
    """
    headers = {"Nats-Schedule": f"@at {at}", "Nats-Schedule-Target": subject, "Nats-Schedule-TTL": FIRED_KEPT}
    return f"{subject}.at.{id_}", headers


class Sweeper:
    """Looks for what is due, whatever became of its schedule, and has it dealt with.

    `due` yields the ids of what is due at a moment; `act` reads and decides anew, and may be called once too often.
    """

    def __init__(
        self,
        due: Callable[[datetime], AsyncIterator[str]],
        act: Callable[[str], Awaitable[object]],
        now: Callable[[], datetime] = utc_now,
        every_s: float = SWEEP_EVERY_S,
    ) -> None:
        self._due = due
        self._act = act
        self._now = now
        self._every_s = every_s

    async def run(self) -> None:
        """Sweep for ever."""
        task = asyncio.current_task()
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001  the next sweep tries again
                log.warning("the sweep of what is due was cut short: %s", type(error).__name__)
            if task and task.cancelling():  # PyMongo's async client can swallow that (seen in 4.20)
                return
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> int:
        """Deal with everything that is due now; returns how much was found. What fails is left to the next sweep."""
        found = 0
        batch: list[str] = []
        async for id_ in self._due(self._now()):
            batch.append(id_)
            if len(batch) == AT_ONCE:
                found += await self._deal_with(batch)
                batch = []
        return found + await self._deal_with(batch)

    async def _deal_with(self, ids: list[str]) -> int:
        for id_, outcome in zip(ids, await asyncio.gather(*map(self._try, ids)), strict=True):
            if outcome:
                log.warning("%s is due and waits for the next sweep: %s", id_, type(outcome).__name__)
        return len(ids)

    async def _try(self, id_: str) -> Exception | None:
        try:
            await self._act(id_)
        except Exception as error:  # noqa: BLE001  one that fails must not keep the others waiting
            return error
        return None
