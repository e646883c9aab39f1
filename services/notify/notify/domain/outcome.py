"""What a gateway may answer. Only a definite refusal permits another attempt."""

from dataclasses import dataclass
from enum import StrEnum


class Again(StrEnum):
    """Where and when a message that was definitely refused may be tried again."""

    NEVER = "never"
    ELSEWHERE = "elsewhere"
    LATER = "later"


@dataclass(frozen=True)
class Accepted:
    """The provider has the message, under its own `id`, and bills `segments`."""

    id: str
    segments: int


@dataclass(frozen=True)
class Refused:
    """The provider definitely does not have the message."""

    code: str
    again: Again


@dataclass(frozen=True)
class Unknown:
    """Nobody can say whether the provider has it: a timeout, a connection lost, an answer that makes no sense."""

    reason: str


@dataclass(frozen=True)
class Delivered:
    """It reached the handset."""


@dataclass(frozen=True)
class Failed:
    """It did not, and will not."""

    code: str


Outcome = Accepted | Refused | Unknown
"""The answer to a submission."""

Finding = Delivered | Failed | Unknown
"""The answer to the question what became of a message."""
