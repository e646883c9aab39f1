"""Declares what outcomes needs beside its collections, and what it answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from common.aggregate import Aggregates
from outcomes.domain.case import Case
from outcomes.domain.commitment import Kind
from outcomes.domain.figures import Figure, Record, Sums, Window
from outcomes.domain.outcome import Outcome
from outcomes.domain.task import Colour, Rung, Task
from outcomes.domain.term import Why
from outcomes.domain.thread import Entry


class Figures(Protocol):
    """What is counted and sought across all things at once, in the store."""

    async def sums(self, window: Window) -> Sums:
        """Add up every column of every population."""
        ...

    async def records(self, figure: Figure, window: Window, after: str | None, limit: int) -> list[Record]:
        """List the records behind a figure, in the order of their ids, beginning behind `after`."""
        ...

    async def due(self, by: date) -> list[Task]:
        """List the tasks not verified that are due, or whose reply is to be checked, on or before a day."""
        ...

    async def public(self, on: date, after: str | None, limit: int) -> list[Outcome]:
        """List the outcomes in publicity on a day, in the order of their ids, beginning behind `after`."""
        ...


@dataclass(frozen=True)
class Card:
    """A task that needs attention, how much, and which rung of supervision it has reached."""

    colour: Colour
    task: Task
    rung: Rung | None = None


@dataclass(frozen=True)
class Cover:
    """Who covers a township (包抓): one post, or none and why."""

    division: str
    name: str
    posts: list[str]
    gap: str | None


@dataclass(frozen=True)
class Step:
    """One step by which a due day was reached; `lines` says it in words, `days` which days were left out or put in."""

    why: Why
    on: date
    start: date
    due_on: date
    working_days: int
    reason: str
    days: Mapping[str, str]
    lines: list[str]


@dataclass(frozen=True)
class Explanation:
    """How a task came by its due day, line by line, and what follows from it."""

    task_id: str
    due_on: date
    yellow_at: datetime
    red_at: datetime
    rungs: Mapping[Rung, datetime]
    paused_until: date | None
    extendable_until: date | None
    returnable_until: date | None
    steps: list[Step]
    warnings: list[str]
    lines: list[str]


@dataclass(frozen=True)
class Done:
    """A task as everyone may read of it."""

    department: str
    title: str
    due_on: date
    replied_on: date | None
    on_time: bool | None
    answer: str


@dataclass(frozen=True)
class Publication:
    """What came of a topic, as everyone may read it: no names, no numbers."""

    topic_id: str
    title: str
    division: str
    kind: Kind | None
    agreement: str
    explanation: str
    tasks: list[Done]
    until: date | None


class Trail(Aggregates[Entry], Protocol):
    """What was noted, found by the topic or issue it is about."""

    async def about(self, ids: Sequence[str]) -> list[Entry]:
        """List the entries about any of these topics and issues."""
        ...


class Cases(Aggregates[Case], Protocol):
    """The case library."""

    async def having(self, pieces: Sequence[str], after: str | None, limit: int) -> list[Case]:
        """List the cases that are shown and have all of these pieces, in the order of their ids."""
        ...


@dataclass(frozen=True)
class Archive:
    """What is kept to be read: the trail of facts, and the cases."""

    trail: Trail
    cases: Cases
