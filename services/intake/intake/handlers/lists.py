"""Arranges what is looked up: the queue of the screening desk (待筛选), and the library of topics (议题库)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from common.calendar import local_date
from common.county import County
from common.errors import Fault, Invalid
from intake.domain import Issue, Topic, TopicState, sought


class Colour(StrEnum):
    """How urgent the screening of an issue is, by working days: nearly overdue, overdue."""

    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Waiting:
    """An issue that waits for screening."""

    issue: Issue
    colour: Colour | None


class Queue(Protocol):
    """The issues, as far as they wait."""

    async def waiting(self, after: str | None, limit: int, since: date | None, until: date | None) -> list[Issue]:
        """List those that wait for screening and are due in these days, both included, the first due first."""
        ...


class Library(Protocol):
    """The topics, to be found by their pieces."""

    async def having(self, pieces: Sequence[str], after: str | None, limit: int, state: str | None) -> list[Topic]:
        """List those that have all of these pieces, in the order of their ids."""
        ...


class Lists:
    """Looks up."""

    def __init__(self, issues: Queue, topics: Library, county: County) -> None:
        self._issues = issues
        self._topics = topics
        self._calendar = county.calendar

    async def queue(self, after: str | None, limit: int, colour: Colour | None, now: datetime) -> list[Waiting]:
        """List what waits for screening, of one colour or all."""
        today = local_date(now)
        tomorrow = self._calendar.after(today, 1)
        since, until = {
            None: (None, None),
            Colour.RED: (None, today - timedelta(days=1)),
            Colour.YELLOW: (today, tomorrow),
        }[colour]
        found = await self._issues.waiting(after, limit, since, until)
        return [Waiting(issue, _colour(issue.due_on, today, tomorrow)) for issue in found]

    async def search(self, query: str, after: str | None, limit: int, state: TopicState | None) -> list[Topic]:
        """Find topics. Raises Invalid for a query without a letter or figure in it."""
        pieces = sought(query)
        if not pieces:
            raise Invalid([Fault("q", "needs a letter or a figure")])
        return await self._topics.having(pieces, after, limit, state)


def _colour(due_on: date | None, today: date, tomorrow: date) -> Colour | None:
    if due_on is None or due_on > tomorrow:
        return None
    return Colour.RED if due_on < today else Colour.YELLOW
