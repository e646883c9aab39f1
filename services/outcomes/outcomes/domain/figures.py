"""Says what the key figures are: of which population, which column of it is counted, and what that is divided by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

_EMPTY_LEVELS = re.compile(r"(?<=^\d{9})0{3}$|(?<=^\d{6})0{6}$|(?<=^\d{4})0{8}$|(?<=^\d{2})0{10}$")


class Over(StrEnum):
    """The populations that are counted, and by which day a record of each belongs to a period.

    ACTIVITIES: meetings, by the day the county heard of their end; PEOPLE, TOWNSHIPS and VILLAGES, those in them.
    CONCLUDED: topics, by the day of their agreement or end without one; CLOSED, by the day of closing. TASKS, by the
    day they were given. RATINGS that count, by their own day. Days are those of Asia/Shanghai.
    """

    ACTIVITIES = "activities"
    PEOPLE = "people"
    TOWNSHIPS = "townships"
    VILLAGES = "villages"
    CONCLUDED = "concluded"
    CLOSED = "closed"
    TASKS = "tasks"
    RATINGS = "ratings"


Sums = Mapping[Over, Mapping[str, float]]
"""The sum of each column over each population."""


@dataclass(frozen=True)
class Window:
    """Which days, both included, and which place; `division` is a code or the beginning of one."""

    since: date | None = None
    until: date | None = None
    division: str = ""

    @property
    def prefix(self) -> str:
        """What the code of each place in it begins with: 620102007 for the street 620102007000."""
        return _EMPTY_LEVELS.sub("", self.division)


@dataclass(frozen=True)
class Figure:
    """How a figure is counted: the sum of a column, or that divided by the sum of `per`; ONE counts the records."""

    over: Over
    formula: str
    column: str = "one"
    per: str | None = None
    denominator: str | None = None

    @property
    def kept(self) -> str:
        """The column that is not nought in the records behind it."""
        return self.per or self.column


@dataclass(frozen=True)
class Record:
    """One record behind a figure, and what it adds to the figure (to its numerator, where it is a share or mean)."""

    id: str
    counts: float
    topic_id: str | None = None
    division: str | None = None
    at: datetime | date | None = None


@dataclass(frozen=True)
class Denominator:
    """What a figure is divided by, and of which day that is."""

    what: str
    value: float
    as_of: date


@dataclass(frozen=True)
class KeyFigure:
    """A number that explains itself: what it is, how it is counted, and of which moment it is."""

    value: float | None
    formula: str
    as_of: datetime
    denominator: Denominator | None = None


BY_COUNTY = "county"
"""As `per`: divided by what the county file lists."""

FIGURES = {
    "activities": Figure(Over.ACTIVITIES, "meetings that are over, each counted once"),
    "participants": Figure(
        Over.ACTIVITIES, "sum of heads over all activities; whoever came twice counts twice", "heads"
    ),
    "known_participants": Figure(Over.PEOPLE, "distinct known persons over all activities"),
    "townships_with_activity": Figure(
        Over.TOWNSHIPS,
        "townships and streets with an activity in them or their villages / townships and streets of the county file",
        per=BY_COUNTY,
        denominator="townships and streets of the county file that are valid on the day",
    ),
    "villages_with_activity": Figure(
        Over.VILLAGES,
        "villages and communities with an activity / villages and communities of the county file",
        per=BY_COUNTY,
        denominator="villages and communities of the county file that are valid on the day",
    ),
    "topics_agreed": Figure(Over.CONCLUDED, "topics with an agreement, whatever became of it since", "agreed"),
    "topics_ended": Figure(Over.CONCLUDED, "topics that ended without agreement (a legitimate end)", "ended"),
    "agreement_share": Figure(
        Over.CONCLUDED, "topics_agreed / topics agreed or ended", "agreed", "one", "topics agreed or ended"
    ),
    "mean_meetings_to_agreement": Figure(
        Over.CONCLUDED, "meetings of the agreed topics / topics_agreed", "meetings", "agreed", "topics_agreed"
    ),
    "tasks": Figure(Over.TASKS, "tasks given to departments"),
    "tasks_kept": Figure(Over.TASKS, "tasks whose reply the county office has verified", "kept"),
    "tasks_on_time": Figure(Over.TASKS, "tasks kept whose verified reply came on or before the due day", "on_time"),
    "on_time_share": Figure(Over.TASKS, "tasks_on_time / tasks_kept", "on_time", "kept", "tasks_kept"),
    "red_cards": Figure(Over.TASKS, "red cards shown so far for these tasks", "red_cards"),
    "response_rate": Figure(Over.TASKS, "tasks with a reply / tasks (响应率)", "replied", "one", "tasks"),
    "resolution_rate": Figure(Over.TASKS, "tasks_kept / tasks (解决率)", "kept", "one", "tasks"),
    "satisfaction_rate": Figure(
        Over.RATINGS, "ratings of 3 (basically satisfied) or better / ratings (满意率)", "satisfied", "one", "ratings"
    ),
    "ratings": Figure(Over.RATINGS, "last ratings of each person and topic since the topic was last publicised"),
    "mean_score": Figure(
        Over.RATINGS, "sum of the scores (1 to 5) of those ratings / ratings", "score", "one", "ratings"
    ),
    "topics_closed": Figure(
        Over.CLOSED, "topics closed after every task was verified, or after it was explained why nothing is done (C)"
    ),
    "topics_closed_unrated": Figure(
        Over.CLOSED, "of topics_closed, those that nobody rated within the days of publicity", "unrated"
    ),
    "matters_resolved": Figure(
        Over.CLOSED, "of topics_closed, those with every task verified and a mean rating of 3 or better", "resolved"
    ),
}
"""Every figure. What needs facts that nobody tells yet is left out: members and councils."""


def explain(sums: Sums, by_county: Mapping[Over, int], on: date, as_of: datetime) -> dict[str, KeyFigure]:
    """Make key figures of what was counted; `on` is the day of the denominators."""
    return {name: _explained(figure, sums, by_county, on, as_of) for name, figure in FIGURES.items()}


def _explained(figure: Figure, sums: Sums, by_county: Mapping[Over, int], on: date, as_of: datetime) -> KeyFigure:
    columns = sums.get(figure.over, {})
    value = columns.get(figure.column, 0)
    if figure.per is None:
        return KeyFigure(value, figure.formula, as_of)
    divisor = by_county[figure.over] if figure.per == BY_COUNTY else columns.get(figure.per, 0)
    denominator = Denominator(figure.denominator or figure.per, divisor, on)
    return KeyFigure(value / divisor if divisor else None, figure.formula, as_of, denominator)
