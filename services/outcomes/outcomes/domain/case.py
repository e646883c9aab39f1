"""Keeps the case library (案例库): closed topics that others can learn from, without names."""

from dataclasses import dataclass, field
from datetime import date, datetime

from common.aggregate import Aggregate
from common.words import pieces


@dataclass(frozen=True)
class Deed:
    """What a department did, and what everyone may read of it."""

    department: str
    title: str
    due_on: date | None = None
    on_time: bool | None = None
    answer: str = ""


@dataclass(kw_only=True)
class Case(Aggregate):
    """A closed topic, under its id; `shown` is false while the topic is open again. `source` names where it is from."""

    title: str
    division: str
    place: str
    category: str = ""
    parties: list[str] = field(default_factory=list)
    meetings: int = 0
    agreement: str = ""
    explanation: str = ""
    deeds: list[Deed] = field(default_factory=list)
    score: float | None = None
    ratings: int = 0
    ending: str | None = None
    closed_at: datetime | None = None
    source: str = ""
    shown: bool = True
    pieces: list[str] = field(default_factory=list)

    def tell(self, told: "Case") -> None:
        """Be told anew, after the topic was closed again or reopened; category and parties stay as they are."""
        kept = ("id", "revision", "taken", "category", "parties", "pieces")
        vars(self).update({name: value for name, value in vars(told).items() if name not in (*kept, "said")})
        self.index()

    def describe(self, category: str, parties: list[str]) -> None:
        """Say what it is about, and between whom it was."""
        self.category, self.parties = category, parties
        self.index()

    def index(self) -> None:
        """Be found by what it says."""
        deeds = [deed.title for deed in self.deeds]
        self.pieces = pieces([self.title, self.category, self.place, *self.parties, self.agreement, *deeds])
