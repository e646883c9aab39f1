"""Whether an ear makes progress: a connection that answers is not yet a service that does its work."""

import time
from collections.abc import Callable

STUCK_AFTER_S = 3.0
"""In good health something is finished more often; readiness is told of trouble within 5 s."""


class Pulse:
    """How many events one consumer has in hand (`with pulse:` around each), and when it last got on."""

    def __init__(self, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._now = now
        self._in_hand = 0
        self._got_on = now()

    def __enter__(self) -> None:
        """Have one event in hand."""
        if not self._in_hand:
            self._got_on = self._now()
        self._in_hand += 1

    def __exit__(self, *_: object) -> None:
        self._in_hand -= 1
        self._got_on = self._now()

    def trouble(self, waiting: int) -> str | None:
        """Tell why there is no progress, while so many events wait on the server; None where there is."""
        if not self._in_hand and not waiting:
            self._got_on = self._now()
        still = self._now() - self._got_on
        if still <= STUCK_AFTER_S:
            return None
        return f"{self.name}: {self._in_hand} events in hand, {waiting} waiting, nothing finished for {still:.0f} s"
