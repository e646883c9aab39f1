"""What is recorded of a meeting: who came, what was said, where everyone stands, who signed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MeetingState(StrEnum):
    """Where a meeting stands."""

    CONVENED = "CONVENED"
    IN_SESSION = "IN_SESSION"
    ADJOURNED = "ADJOURNED"
    MINUTED = "MINUTED"
    SIGNED = "SIGNED"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"


class Stance(StrEnum):
    """Where a party stands."""

    SUPPORT = "support"
    LIVE_WITH = "live_with"
    OBJECT = "object"
    ABSTAIN = "abstain"


class Result(StrEnum):
    """What a meeting came to. Unanimity is not required every time; having heard everybody is."""

    CONSENSUS = "CONSENSUS"
    PARTIAL = "PARTIAL"
    CONTINUE = "CONTINUE"
    NO_CONSENSUS = "NO_CONSENSUS"


@dataclass(frozen=True)
class Attendance:
    """Who came for a party: a person known by id, or `heads` of whom nobody is known."""

    party: str
    person_id: str | None
    heads: int


@dataclass(frozen=True)
class Statement:
    """What a party said."""

    party: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Position:
    """Where a party stands and why; `remedy` is what would remove its objection."""

    party: str
    stance: Stance
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Signature:
    """Who signed the minutes, and when."""

    by: str
    at: datetime
