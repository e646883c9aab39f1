"""Events that may kill whoever takes them: noted before they are handed over again, so that a crash leaves a trace.

The server counts deliveries, but not why they failed: an event that waits for MongoDB is delivered as often as one that
ends its taker's process each time. Those delivered often are noted as begun, and as ended, whatever came of it; one
that was begun and never ended, again and again, is a killer.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from nats.aio.client import Client
from nats.js.errors import NotFoundError

SUSPECTS = "SUSPECTS"
SUSPECT_AFTER = 3
"""So many deliveries are had without being noted: the first ones cost nothing. What has ended in an orderly way in the
same process does not count, whatever the weather."""

KILLS = 5
"""So often in a row an event may end its taker's process: more than rollouts and outages do by chance."""


class Notes(Protocol):
    """Where it is noted what was begun."""

    async def begin(self, place: str) -> int:
        """Note that an event is begun; returns how often it was begun before and not ended."""
        ...

    async def end(self, place: str) -> None:
        """Note that it has ended, however."""


class Suspects:
    """Notes on the bus itself, in a stream that keeps the last one of each place."""

    def __init__(
        self,
        county: str,
        service: str,
        client: Callable[[], Client],
        publish: Callable[[str, bytes, dict[str, str]], Awaitable[None]],
    ) -> None:
        self._prefix = f"suspect.{county}.{service}"
        self._client = client
        self._publish = publish

    async def begin(self, place: str) -> int:
        """Note that an event is begun; returns how often it was begun before and not ended."""
        subject = f"{self._prefix}.{place}"
        try:
            before = int((await self._client().jetstream().get_last_msg(SUSPECTS, subject)).data or b"0")
        except NotFoundError:
            before = 0
        await self._publish(subject, str(before + 1).encode(), {})
        return before

    async def end(self, place: str) -> None:
        """Note that it has ended, however."""
        await self._publish(f"{self._prefix}.{place}", b"0", {})
