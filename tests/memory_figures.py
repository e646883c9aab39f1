"""The key figures counted in memory, record by record; the contract tests prove that the store counts the same."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol

from common.calendar import local_date
from fakes import MemoryAggregates
from outcomes.domain.activity import Activity
from outcomes.domain.figures import BY_COUNTY, Figure, Over, Record, Sums, Window
from outcomes.domain.outcome import Outcome, OutcomeState
from outcomes.domain.rating import SATISFIED, Ending
from outcomes.domain.task import Task, TaskState

Row = tuple[Record, dict[str, float]]


class Hall(Protocol):
    """Where the things are kept."""

    activities: MemoryAggregates[Activity]
    outcomes: MemoryAggregates[Outcome]
    tasks: MemoryAggregates[Task]


def due(tasks: MemoryAggregates[Task], by: date) -> list[Task]:
    """List the tasks that are due, or to be checked, as the store does."""
    return [task for task in tasks.all() if task.state is not TaskState.VERIFIED and task.deadline <= by]


def in_publicity(outcomes: MemoryAggregates[Outcome], on: date, after: str | None, limit: int) -> list[Outcome]:
    """List the outcomes in publicity, as the store does."""
    found = [o for o in outcomes.all() if o.state is OutcomeState.PUBLICISED and o.id > (after or "")]
    return [o for o in found if o.public_until and o.public_until >= on][:limit]


class MemoryFigures:
    """`outcomes.handlers.Figures` without a database."""

    def __init__(self, hall: Hall) -> None:
        self._of = hall

    async def due(self, by: date) -> list[Task]:
        return due(self._of.tasks, by)

    async def public(self, on: date, after: str | None, limit: int) -> list[Outcome]:
        return in_publicity(self._of.outcomes, on, after, limit)

    async def sums(self, window: Window) -> Sums:
        found: dict[Over, dict[str, float]] = {over: {} for over in Over}
        for over, sums in found.items():
            for _, columns in self._rows(over, window):
                for name, value in columns.items():
                    sums[name] = sums.get(name, 0) + value
        return found

    async def records(self, figure: Figure, window: Window, after: str | None, limit: int) -> list[Record]:
        kept = "one" if figure.per == BY_COUNTY else figure.kept
        rows = [row for row in self._rows(figure.over, window) if row[1][kept] > 0 and row[0].id > (after or "")]
        found = [
            Record(record.id, columns[figure.column], record.topic_id, record.division, record.at)
            for record, columns in sorted(rows, key=lambda row: row[0].id)
        ]
        return found[:limit]

    def _rows(self, over: Over, window: Window) -> Iterator[Row]:
        if over is Over.TASKS:
            yield from self._tasks(window)
        elif over in (Over.CONCLUDED, Over.CLOSED, Over.RATINGS):
            for outcome in self._of.outcomes.all():
                if outcome.division.startswith(window.prefix):
                    yield from of_outcome(over, outcome, window)
        else:
            yield from self._activities(over, window)

    def _activities(self, over: Over, window: Window) -> Iterator[Row]:
        held = [a for a in self._of.activities.all() if within(a.on, window) and a.division.startswith(window.prefix)]
        if over is Over.ACTIVITIES:
            for a in held:
                yield Record(a.id, 1, a.topic_id, a.division, a.on), {"one": 1, "heads": a.heads}
        elif over is Over.PEOPLE:
            for person in {person for a in held for person in a.people}:
                yield Record(person, 1), {"one": 1}
        else:
            codes = {a.division if over is Over.VILLAGES else a.division[:9] + "000" for a in held}
            empty = "000" if over is Over.VILLAGES else "000000"
            for code in codes:
                if not code.endswith(empty):
                    yield Record(code, 1, division=code), {"one": 1}

    def _tasks(self, window: Window) -> Iterator[Row]:
        for task in self._of.tasks.all():
            if within(task.assigned_at, window) and task.division.startswith(window.prefix):
                yield (
                    Record(task.id, 1, task.topic_id, task.division, task.assigned_at),
                    {
                        "one": 1,
                        "kept": task.state is TaskState.VERIFIED,
                        "on_time": task.state is TaskState.VERIFIED and bool(task.on_time),
                        "replied": bool(task.replies),
                        "red_cards": task.red_cards,
                    },
                )


def of_outcome(over: Over, outcome: Outcome, window: Window) -> Iterator[Row]:
    """Yield what one outcome adds to a population."""
    if over is Over.CONCLUDED and within(outcome.concluded_at, window):
        ended = outcome.state is OutcomeState.ENDED
        columns = {"one": 1.0, "agreed": not ended, "ended": ended, "meetings": 0 if ended else outcome.meetings}
        yield Record(outcome.id, 1, outcome.topic_id, outcome.division, outcome.concluded_at), columns
    if over is Over.CLOSED and outcome.state is OutcomeState.CLOSED and within(outcome.closed_at, window):
        how = {"unrated": outcome.ending is Ending.UNRATED, "resolved": outcome.ending is Ending.RATED}
        yield Record(outcome.id, 1, outcome.topic_id, outcome.division, outcome.closed_at), {"one": 1, **how}
    for rating in outcome.ratings if over is Over.RATINGS else ():
        if within(rating.at, window):
            record = Record(f"{outcome.id}:{rating.person_id}", 1, outcome.topic_id, outcome.division, rating.at)
            yield record, {"one": 1, "score": rating.score, "satisfied": rating.score >= SATISFIED}


def within(at: datetime | date | None, window: Window) -> bool:
    """Whether a moment lies in the days meant."""
    if window.since is None and window.until is None:
        return True
    day = local_date(at) if isinstance(at, datetime) else at
    return day is not None and (window.since or day) <= day <= (window.until or day)
