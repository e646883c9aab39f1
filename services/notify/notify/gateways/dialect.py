"""What the carriers' protocols have in common, and what each has to say for itself."""

from dataclasses import dataclass, field
from typing import Protocol

from notify.domain import Finding, Refused, Unknown
from notify.gateways.link import Frame, Grammar
from notify.handlers.gateway import Capabilities, Message, Status


class Throttled(Refused):
    """The carrier wants less, for a while."""


@dataclass(frozen=True)
class ReplyPart:
    """What a person wrote back, or a part of it: the `number`-th of `of` with one `group`."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    id: str | None = None
    group: int = 0
    number: int = 1
    of: int = 1


Incoming = Status | ReplyPart | None
"""What a delivery says; None where it says nothing final."""


class Dialect(Protocol):
    """How one protocol says what all of them say."""

    capabilities: Capabilities
    delivery: frozenset[int]
    farewell: int

    @property
    def grammar(self) -> Grammar:
        """How its frames look."""
        ...

    def login(self) -> tuple[int, bytes]:
        """Word the request that opens a session: command and body."""
        ...

    def refusal(self, answer: Frame) -> str | None:
        """Tell why the session was not opened; None where it was."""
        ...

    def submissions(self, message: Message, group: int) -> list[tuple[int, bytes]]:
        """Word the requests that submit a message, one for each part. Raises ValueError where it cannot be said."""
        ...

    def submitted(self, answer: Frame) -> str | Refused | Unknown:
        """Read the answer to a submission: the provider's id, or why not."""
        ...

    def incoming(self, frame: Frame) -> Incoming:
        """Read a delivery. Raises Malformed."""
        ...

    def answer(self, frame: Frame, *, good: bool = True) -> Frame | None:
        """Word the answer to whatever the carrier asked; None where there is none."""
        ...

    def question(self, id_: str) -> tuple[int, bytes] | None:
        """Word the question what became of a part; None where the protocol has none."""
        ...

    def finding(self, answer: Frame) -> Finding:
        """Read the answer to that."""
        ...
