"""What comes before a meeting, research and plan, and what a topic keeps of it afterwards."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from meetings.domain.seats import Seat, Terms


@dataclass(frozen=True)
class Plan:
    """What a convenor plans for a meeting. `host` and `recorder` are subjects of tokens."""

    council_id: str
    venue: str
    starts_at: datetime
    agenda: tuple[str, ...]
    host: str
    recorder: str
    seats: tuple[Seat, ...] = ()
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True)
class Call:
    """A meeting that has been called and is not over, whole enough to make the meeting from it."""

    meeting_id: str
    sequence: int
    plan: Plan
    by: str = ""


@dataclass(frozen=True)
class Round:
    """A meeting that is over, and what came of it."""

    meeting_id: str
    sequence: int
    result: str
    heads: int


class Method(StrEnum):
    """How a finding was come by."""

    VISIT = "visit"
    INTERVIEW = "interview"
    SURVEY = "survey"
    DOCUMENTS = "documents"


@dataclass(frozen=True)
class Finding:
    """What research found (调研), and who took part in it."""

    method: Method
    finding: str
    together_with: tuple[str, ...]
    by: str
    at: datetime
