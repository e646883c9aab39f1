"""The parts of a county's rules."""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from common.events import DivisionCode, Phase

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Vote = Literal["villagers", "representatives", "owners", "owners_special", "expropriation"]
CountyCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
ImportField = Literal[
    "external_id",
    "version",
    "title",
    "description",
    "division",
    "category",
    "category2",
    "category3",
    "occurred_at",
    "address",
    "lon",
    "lat",
    "name",
    "phone",
    "urgency",
]
"""What a column of an imported list can hold; `category2` and `category3` are the levels below `category`."""


class Rule(BaseModel):
    """Part of a county file: nothing unknown, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Name(Rule):
    """A name in Chinese, and in English for operators."""

    zh: str
    en: str


class Division(Rule):
    """A place with its 12-digit code. Names are not unique (20 townships of Gansu are called 城关镇): the code is."""

    code: DivisionCode
    name: str
    kind: Literal["province", "city", "county", "street", "town", "township", "community", "village"]
    valid_from: date | None = None
    valid_to: date | None = None


class System(Rule):
    """A department system that speaks on the bus."""

    name: Slug
    title: str


class Department(Rule):
    """A department that can be given tasks; they go out to its `system` (its own name where none is said)."""

    name: Slug
    title: str
    contact_role: str = "department"
    system: Slug | None = None


class Leader(Rule):
    """A leader who covers townships (包抓): urges and comments, never decides."""

    name: str
    post: str
    covers: list[DivisionCode] = []
    vacant: bool = Field(default=False, description="Nobody holds the post now: supervision goes one rung up")


class LeadingGroup(Rule):
    """The leading group: the party secretary is its first head, the chair of the CPPCC its head."""

    first_head: str
    head: str


class Step(Rule):
    """One of the county's steps and the canonical phase it is part of."""

    name: str
    phase: Phase


class Quorum(Rule):
    """Who must have come before anything is concluded: so many people, so many per cent of the seats, every party."""

    heads: int = Field(default=0, ge=0)
    percent: int = Field(default=0, ge=0, le=100)
    parties: bool = False


class MeetingRules(Rule):
    """What the county asks of its meetings; nothing beyond the rules of the house unless it is set.

    `notice` is in working days, the seconds are those of one turn and of one party. `dissent_considered` asks how each
    objection was considered before an end without agreement, `moods` how heated it was before and after.
    """

    notice: int = Field(default=0, ge=0)
    quorum: Quorum = Quorum()
    turn_seconds: int = Field(default=0, ge=0)
    party_seconds: int = Field(default=0, ge=0)
    dissent_considered: bool = False
    moods: bool = False


class Area(Rule):
    """Where the county lies: a polygon of WGS 84 [longitude, latitude] corners; two corners are those of a box."""

    corners: list[tuple[Longitude, Latitude]] = Field(min_length=2, max_length=10_000)

    def contains(self, lon: float, lat: float) -> bool:
        """Whether a point lies inside."""
        if len(self.corners) == 2:  # noqa: PLR2004  a box
            (west, south), (east, north) = self.corners
            return min(west, east) <= lon <= max(west, east) and min(south, north) <= lat <= max(south, north)
        inside = False
        for (x1, y1), (x2, y2) in pairwise([*self.corners, self.corners[0]]):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside


class Imports(Rule):
    """How lists from departments are read: further headings for a field, beside those that are known."""

    headings: dict[ImportField, list[str]] = {}


class Deadlines(Rule):
    """Working days allowed, by kind."""

    acknowledge: int = Field(default=15, ge=1)
    screening: int = Field(default=10, ge=1)
    handling: int = Field(default=15, ge=1)
    publicity: int = Field(default=5, ge=1)
    rework: int = Field(default=15, ge=1)
    reporting: int = Field(default=7, ge=1, description="To report an agreement, and again to hear what becomes of it")
    returning: int = Field(default=5, ge=1, description="To return a task that is not one's own")
    extension: int = Field(default=7, ge=1, description="By which a task can be extended, once")
    verifying: int = Field(default=3, ge=1, description="For the office to check a reply")
    dissent_reply: int = Field(default=10, ge=1, description="To reply to an objection that remains")


class Ladder(Rule):
    """After how many working days past the due day each rung is urged (督办): department, office, leader, group."""

    department: int = Field(default=1, ge=1)
    office: int = Field(default=3, ge=1)
    leader: int = Field(default=5, ge=1)
    group: int = Field(default=10, ge=1)


class QuietHours(Rule):
    """From when until when nobody is disturbed, in Asia/Shanghai."""

    start: time = time(22)
    end: time = time(8)


class Template(Rule):
    """The text of a message, `{field}` for what the event says; `codes` are the providers' own ids for it."""

    text: str = Field(max_length=500)
    codes: dict[str, str] = {}


class Gateway(Rule):
    """A way out for messages. `options` are its kind's own; `secrets` names environment variables, never values."""

    name: Slug
    kind: Slug
    weight: int = Field(default=1, ge=0)
    limits: dict[str, int] = {}
    options: dict[str, JsonValue] = {}
    secrets: dict[str, str] = {}
