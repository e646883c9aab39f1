"""Keeps the ledger of activities (协商活动), and explains the key figures that are counted from it."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from common.aggregate import Aggregate
from common.events import MeetingAdjourned


@dataclass(kw_only=True)
class Activity(Aggregate):
    """One meeting that is over; its id is the meeting's. `heads` counts everybody, `people` are those known."""

    topic_id: str
    sequence: int
    division: str
    result: str
    heads: int
    on: date
    people: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, fact: MeetingAdjourned, on: date) -> "Activity":
        """Enter a meeting; `on` is the day the county heard of its end."""
        return cls(
            id=fact.meeting_id,
            topic_id=fact.topic_id,
            sequence=fact.sequence,
            division=fact.division,
            result=fact.result,
            heads=fact.heads,
            on=on,
            people=list(dict.fromkeys(fact.people)),
        )


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What the store counts. A mean is None where there is nothing to divide by."""

    activities: int = 0
    participants: int = 0
    known_participants: int = 0
    topics_agreed: int = 0
    topics_ended: int = 0
    mean_meetings_to_agreement: float | None = None
    tasks: int = 0
    tasks_kept: int = 0
    tasks_on_time: int = 0
    ratings: int = 0
    mean_score: float | None = None
    topics_closed: int = 0
    topics_closed_unrated: int = 0


@dataclass(frozen=True)
class KeyFigure:
    """A number that explains itself: what it is, how it is counted, and of which moment it is."""

    value: float | None
    formula: str
    as_of: datetime


FORMULAS = {
    "activities": "meetings that are over, each counted once",
    "participants": "sum of heads over all activities; whoever came twice counts twice",
    "known_participants": "distinct known persons over all activities",
    "topics_agreed": "topics with an agreement, whatever became of it since",
    "topics_ended": "topics that ended without agreement (a legitimate end)",
    "mean_meetings_to_agreement": "meetings of the agreed topics / topics_agreed",
    "tasks": "tasks given to departments",
    "tasks_kept": "tasks whose reply the county office has verified",
    "tasks_on_time": "tasks kept whose verified reply came on or before the due day",
    "ratings": "last ratings of each person and topic since the topic was last publicised",
    "mean_score": "sum of the scores (1 to 5) of those ratings / ratings",
    "topics_closed": "topics closed after every task was verified, or after it was explained why nothing is done (C)",
    "topics_closed_unrated": "of topics_closed, those that nobody rated within the days of publicity",
}
"""How each field of Totals is counted."""


def explain(totals: Totals, as_of: datetime) -> dict[str, KeyFigure]:
    """Make key figures of what was counted."""
    return {name: KeyFigure(value, FORMULAS[name], as_of) for name, value in asdict(totals).items()}
