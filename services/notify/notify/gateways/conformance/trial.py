"""A gateway on trial, with a stand-in for its provider."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Protocol

from notify.domain import Accepted, Outcome
from notify.handlers.gateway import Ear, Gateway, Message, Reply, Status

WITHIN_S = 30.0
"""So long a gateway may take to answer: our sender waits no longer."""


class Behaviour(StrEnum):
    """What the stand-in does with the next messages."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SILENT = "silent"
    """Take it, and say nothing."""
    CUT = "cut"
    """Take it, and cut the connection."""
    NONSENSE = "nonsense"
    """Take it, and answer what nobody can read."""
    AWAY = "away"
    """Be unreachable."""


class Peer(Protocol):
    """A stand-in for the provider."""

    async def behave(self, how: Behaviour) -> None:
        """Behave like this from now on."""
        ...

    def taken(self, phone: str) -> int:
        """Count the messages, long ones once for each part, that were taken for a number."""
        ...


Setup = Callable[[Ear], AbstractAsyncContextManager[tuple[Gateway, Peer]]]


class Ears:
    """Notes what the gateway hears."""

    def __init__(self) -> None:
        self.heard: list[Status] = []

    async def statuses(self, _: str, statuses: Sequence[Status]) -> None:
        """Note them."""
        self.heard += statuses

    async def heard_back(self, _: str, replies: Sequence[Reply]) -> None:
        """Leave replies unexamined."""


class Trial:
    """A gateway, open, with its stand-in; what is found wrong is collected."""

    def __init__(self, gateway: Gateway, peer: Peer, ear: Ears, within_s: float) -> None:
        self.gateway, self.peer, self.ear, self.within_s = gateway, peer, ear, within_s
        self.problems: list[str] = []
        self._number = 0

    def message(self) -> Message:
        """Make a message to a number of its own."""
        self._number += 1
        template, values = "intake.issue.received", {"title": "供暖不热"}
        phone = str(19_900_000_000 + self._number)
        return Message(f"notice-{self._number}", phone, "【议事】您反映的供暖不热已收到。", "service", template, values)

    async def submit(self, message: Message) -> Outcome | None:
        """Submit; that it raises or takes too long is a problem of its own."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.within_s + 1):
                answer = await self.gateway.submit(message)
        except TimeoutError:
            self.problems.append(f"gave no answer within {self.within_s} s")
            return None
        except Exception as error:  # noqa: BLE001  that is what is examined
            self.problems.append(f"raised {type(error).__name__} instead of answering")
            return None
        if time.monotonic() - began > self.within_s:
            self.problems.append(f"took longer than {self.within_s} s")
        if message.phone in repr(answer):
            self.problems.append("shows the number in its answer")
        return answer

    def expect(self, answer: Outcome | None, kind: type[Outcome], message: Message, most: int) -> None:
        """Compare an answer, and how often the provider took the message."""
        if answer is not None and not isinstance(answer, kind):
            self.problems.append(f"answered {answer!r} where {kind.__name__} is right")
        if (taken := self.peer.taken(message.phone)) > most:
            self.problems.append(f"sent the message {taken} times")

    async def recovers(self) -> None:
        """Require that everything works once the provider does."""
        await self.peer.behave(Behaviour.ACCEPT)
        until = time.monotonic() + self.within_s
        while not isinstance(answer := await self.submit(self.message()), Accepted):
            if answer is None or time.monotonic() > until:
                self.problems.append(f"does not recover: {answer!r}")
                return
