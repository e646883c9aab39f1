"""Keeps how a task came by its due day, step by step, so that the day can be explained at any time."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Why(StrEnum):
    """Why a task got a due day, or another one."""

    ASSIGNED = "assigned"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    REWORK = "rework"
    REASSIGNED = "reassigned"


@dataclass(frozen=True)
class Term:
    """One step: why, when it was taken, and the due day it led to.

    `working_days` were counted from the day after `start`; None where the day itself was named. A pause lasts from
    `on` to `until`, both days included: its working days are added behind `start`, the due day as it was before.
    """

    why: Why
    on: date
    due_on: date
    start: date
    working_days: int | None = None
    until: date | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True)
class Days:
    """The days that rules make of today: `extension` is `extended_by` working days after the due day."""

    today: date
    extended_by: int
    extension: date
    verify_by: date
    return_by: date
