"""The parts of a county's rules."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.events import DivisionCode, Phase

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
CountyCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]


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


class LeadingGroup(Rule):
    """The leading group: the party secretary is its first head, the chair of the CPPCC its head."""

    first_head: str
    head: str


class Step(Rule):
    """One of the county's steps and the canonical phase it is part of."""

    name: str
    phase: Phase


class Scope(Rule):
    """What may be consulted on here. `refused` maps a category to the channel it belongs to instead."""

    categories: list[str]
    private_disputes: bool = True
    refused: dict[str, str] = {}


class Deadlines(Rule):
    """Working days allowed, by kind."""

    acknowledge: int = Field(default=15, ge=1)
    screening: int = Field(default=10, ge=1)
    handling: int = Field(default=15, ge=1)
    publicity: int = Field(default=5, ge=1)
    rework: int = Field(default=15, ge=1)


class QuietHours(Rule):
    """From when until when nobody is disturbed, in Asia/Shanghai."""

    start: time = time(22)
    end: time = time(8)


class Template(Rule):
    """The text of a message, `{field}` for what the event says; `codes` are the providers' own ids for it."""

    text: str = Field(max_length=500)
    codes: dict[str, str] = {}


class Gateway(Rule):
    """A way out for messages. `secrets` names environment variables, never values."""

    name: Slug
    kind: Slug
    weight: int = Field(default=1, ge=0)
    limits: dict[str, int] = {}
    secrets: dict[str, str] = {}
