"""What a case file holds: one case of the article, as data."""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field

CASES = Path(__file__).parents[1] / "cases"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reporter(_Part):
    """An invented person."""

    name: str
    phone: str


class Issue(_Part):
    """What starts the case. `source` is a department system, or `residents`; `merge` says why it joins the first."""

    source: str = Field(alias="from")
    title: str
    description: str
    reporter: Reporter
    merge: str | None = None


class Council(_Part):
    """Where people sit down together."""

    name: str
    kind: str


class Research(_Part):
    """A finding from before the first meeting."""

    method: Literal["visit", "interview", "survey", "documents"]
    finding: str
    with_: list[str] = Field(default=[], alias="with")


class Attendance(_Part):
    """Who came for a party; with a phone, one of them is known by name."""

    party: str
    heads: int = Field(ge=1)
    phone: str | None = None


class Statement(_Part):
    """What a party says."""

    party: str
    text: str


class Position(_Part):
    """Where a party stands at the end of a meeting."""

    party: str
    stance: Literal["support", "live_with", "object", "abstain"]
    reason: str | None = None
    remedy: str | None = None


class Considered(_Part):
    """How the objection of a party was considered."""

    party: str
    text: str


class Mood(_Part):
    """How heated people were and how far apart, 1 to 5, before or after."""

    when: Literal["before", "after"]
    emotion: int = Field(ge=1, le=5)
    dispute: int = Field(ge=1, le=5)


class Meeting(_Part):
    """One meeting, or `repeat` of the same kind."""

    venue: str
    attend: list[Attendance]
    statements: list[Statement]
    positions: list[Position] = []
    considered: list[Considered] = []
    moods: list[Mood] = []
    result: Literal["CONSENSUS", "PARTIAL", "CONTINUE", "NO_CONSENSUS"]
    summary: str
    conclusion: str | None = None
    repeat: int = Field(default=1, ge=1)


class Households(_Part):
    """Everyone who is told by SMS: so many households, in one group of contacts."""

    count: int = Field(ge=1)
    group: str
    text: str


class Task(_Part):
    """What a department has to do by when, and what it answers."""

    department: str
    title: str
    working_days: int = Field(ge=1)
    reply: str


class Case(_Part):
    """A case from its first voice to its end. `ratings` are the SMS answers of the reporters, in their order."""

    id: str
    title: str
    article: str
    division: str
    category: str
    council: Council
    parties: list[str]
    issues: list[Issue] = Field(min_length=1)
    households: Households | None = None
    research: list[Research] = []
    meetings: list[Meeting] = Field(min_length=1)
    tasks: list[Task] = []
    ratings: list[str] = []
    ends: Literal["CLOSED", "ENDED"] = "CLOSED"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one file; its name is the case's id."""
        return cls.model_validate({"id": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))})

    @property
    def rounds(self) -> list[Meeting]:
        """Every meeting, the repeated ones as often as they were held."""
        return [meeting for meeting in self.meetings for _ in range(meeting.repeat)]


def read_cases(folder: Path = CASES) -> list[Case]:
    """Read every case, in the order of the files' names."""
    return [Case.read(path) for path in sorted(folder.glob("[0-9]*.yaml"))]
