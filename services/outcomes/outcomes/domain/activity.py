"""Keeps the ledger of activities (协商活动)."""

from dataclasses import dataclass, field
from datetime import date

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
