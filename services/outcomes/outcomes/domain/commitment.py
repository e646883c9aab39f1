"""Words what is promised: who is accountable (主办), who helps (协办), what until when, and what shall prove it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What an outcome is: agreement among those concerned (共识), a suggestion to those who decide (建议), or both."""

    CONSENSUS = "consensus"
    SUGGESTION = "suggestion"
    BOTH = "both"


class Body(StrEnum):
    """Where an outcome is reported to."""

    COMMITTEE = "committee"
    GOVERNMENT = "government"


class Grade(StrEnum):
    """What becomes of it: A is done now, B is planned or done in part, C is taken note of and explained."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True)
class Holder:
    """A department, and the system where it hears of tasks, None where it has none."""

    department: str
    system: str | None


@dataclass(frozen=True)
class Milestone:
    """A step on the way, due on a day; `reached_on` is the county's day on which the department said so."""

    title: str
    due_on: date
    reached_on: date | None = None


@dataclass(frozen=True)
class Assignment:
    """A task as the office words it, due after so many working days or on a day; with neither, the county's rule."""

    department: str
    title: str
    evidence: str = ""
    working_days: int | None = None
    due_on: date | None = None
    helpers: tuple[str, ...] = ()
    milestones: tuple[Milestone, ...] = ()


@dataclass(frozen=True)
class Commitment:
    """What a department is to do until a day. `system` is where it hears of it, None where it has no system.

    `working_days` led to the due day, counted from the day after `given_on`; None where the office named the day.
    """

    task_id: str
    department: str
    system: str | None
    title: str
    evidence: str
    due_on: date
    working_days: int | None = None
    given_on: date | None = None
    helpers: tuple[Holder, ...] = ()
    milestones: tuple[Milestone, ...] = ()
