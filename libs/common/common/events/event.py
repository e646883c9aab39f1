"""The base of all facts.

A fact is a frozen model whose class says everything about its way: its CloudEvents type (the subject without the
county), who hears it, and which of the six canonical phases of consultation it belongs to. Fields are only ever added,
with a default; a reader ignores what it does not know.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Unpack

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints


class Phase(StrEnum):
    """The six canonical phases onto which every county maps its own steps."""

    PROPOSE = "PROPOSE"
    DECIDE = "DECIDE"
    RESEARCH = "RESEARCH"
    DELIBERATE = "DELIBERATE"
    SUBMIT = "SUBMIT"
    FOLLOW = "FOLLOW"


PUBLIC = "public"
"""Stands in `heard_by` where portals and the province are the audience."""

type_registry: dict[str, type["Event"]] = {}

Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Restricted = Literal["litigation", "discipline", "accusation"]
"""What consultation must not touch: in litigation or arbitration, under discipline, an accusation (检举控告)."""

Tier = Literal["village", "township", "county", "city", "province"]
Weight = Literal["small", "urgent", "major"]
"""小事简议、急事快议、大事重议."""


class Event(BaseModel):
    """A fact. `type` is its CloudEvents type, `heard_by` the services that hear it (or PUBLIC)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    heard_by: ClassVar[tuple[str, ...]]
    phase: ClassVar[Phase | None]

    def __init_subclass__(
        cls, *, type: str = "", heard_by: tuple[str, ...] = (), phase: Phase | None = None, **config: Unpack[ConfigDict]
    ) -> None:
        """Register the fact under its type; a class without one is a base for others."""
        super().__init_subclass__(**config)
        if not type:
            return
        if type in type_registry:
            message = f"two events are called {type}"
            raise TypeError(message)
        cls.type, cls.heard_by, cls.phase = type, heard_by, phase
        type_registry[type] = cls

    @classmethod
    def subject(cls, county: str, system: str = "*") -> str:
        """Name the NATS subject: `yishi.<county>...`; for departments `dept.<county>.<system>...`."""
        root, rest = cls.type.split(".", 1)
        return f"dept.{county}.{system}.{rest}" if root == "dept" else f"{root}.{county}.{rest}"

    @classmethod
    def speaker(cls) -> str:
        """Name the service that alone tells this fact; `department` for what comes from outside."""
        root, rest = cls.type.split(".", 1)
        if root != "dept":
            return rest.split(".")[0]
        return {"in.issue.v1": "department", "in.task.v1": "department", "out.issue.v1": "intake"}.get(rest, "outcomes")


class PersonMet(Event):
    """A person's contact came in at a boundary: sealed to notify's key, together with the id all others know."""

    person_id: Id
    contact: str


class Timer(Event):
    """Something a service tells itself at a later moment, `at`: a reason to look at what it remembers, no more."""

    at: AwareDatetime
