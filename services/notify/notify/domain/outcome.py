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
    """The provider has the message, under its own `id`, and bills `segments`; `parts` where each part has an id."""

    id: str
    segments: int
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The provider definitely does not have the message."""

    code: str
    again: Again


@dataclass(frozen=True)
class Unknown:
    """Nobody can say whether the provider has it: a timeout, a connection lost, an answer that makes no sense.

    `parts` are the ids of those parts that it does have, `of` so many; 0 where the gateway does not say.
    """

    reason: str
    parts: tuple[str, ...] = ()
    of: int = 0


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
