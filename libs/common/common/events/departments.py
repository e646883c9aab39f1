"""What department systems say, and what they read."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from common.events.event import PUBLIC, DivisionCode, Event, Id, Phase, Restricted, Text, Title

MAX_WHOLE = 2**53
"""The greatest whole number that every JSON reader keeps exactly; MongoDB could store no more than 2**63."""


class Place(BaseModel):
    """Where: WGS 84 longitude and latitude in degrees, or an address in words."""

    model_config = ConfigDict(frozen=True)

    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    address: str | None = Field(default=None, max_length=500)


class Reporter(BaseModel):
    """The person behind an issue, as the outside says it. Name and phone are sealed as soon as they arrive."""

    model_config = ConfigDict(frozen=True)

    name: SecretStr | None = Field(default=None, max_length=64)
    phone: SecretStr | None = None
    anonymous: bool = False


class Attachment(BaseModel):
    """A file held elsewhere; `size` in bytes, `sha256` in hexadecimal."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(max_length=255)
    media_type: str = Field(max_length=127)
    size: int = Field(ge=0, le=MAX_WHOLE)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    url: str = Field(max_length=2_000)


class DeptIssue(Event, type="dept.in.issue.v1", heard_by=("intake",), phase=Phase.PROPOSE):
    """A department system raises an issue, supplements or withdraws it. A later `version` replaces an earlier one.

    `restricted` says that it must not be read here: it is refused unread, and the answer names its channel.
    """

    external_id: Id
    version: int = Field(ge=1, le=MAX_WHOLE)
    action: Literal["raise", "supplement", "withdraw"] = "raise"
    title: Title
    description: Text
    division: DivisionCode
    category: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    occurred_at: AwareDatetime
    location: Place | None = None
    reporter: Reporter | None = None
    attachments: list[Attachment] = Field(default_factory=list, max_length=50)
    urgency: Literal["low", "normal", "high"] = "normal"
    restricted: Restricted | None = None


class DeptTask(Event, type="dept.in.task.v1", heard_by=("outcomes",), phase=Phase.SUBMIT):
    """A department accepts a task, replies to it, returns it, asks to extend it (`until`), or has come a step further.

    A return says whose the task is (`whose`, a department's name in county.yaml); progress names the `milestone`.
    """

    task_id: Id
    action: Literal["accept", "reply", "return", "extend", "progress"]
    text: Text
    evidence: list[Attachment] = Field(default_factory=list, max_length=50)
    until: date | None = None
    whose: Id | None = None
    milestone: Title | None = None


OPEN = Field(json_schema_extra={"x-open": True})
"""Marks an enumeration that grows: whoever reads it expects values that are not known yet."""


class FaultLine(BaseModel):
    """One fault of an event that was refused."""

    model_config = ConfigDict(frozen=True)

    path: str
    problem: str


class DeptIssueAnswer(Event, type="dept.out.issue.v1", heard_by=(PUBLIC,), phase=Phase.PROPOSE):
    """What became of an issue, told to the system that brought it. `in_reply_to` is the `ce-id` it answers."""

    system: str
    status: Annotated[
        Literal[
            "received",
            "supplemented",
            "withdrawn",
            "refused",
            "merged",
            "redirected",
            "rejected",
            "decided",
            "ended",
            "closed",
            "reopened",
            "registered",
            "screened",
            "seconded",
            "handed_over",
            "referred",
            "linked",
            "unlinked",
            "unmerged",
        ],
        OPEN,
    ]
    external_id: str | None = None
    version: int | None = None
    in_reply_to: str | None = None
    issue_id: str | None = None
    topic_id: str | None = None
    reason: str | None = None
    faults: tuple[FaultLine, ...] = ()
    linked_system: str | None = None
    linked_external_id: str | None = None


class DeptTaskOrder(Event, type="dept.out.task.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """A task given to a department, or what became of its reply. `due_on` is the last day, in the county's calendar.

    `role` is "helper" (协办) where another department is accountable (主办).
    """

    system: str
    status: Annotated[
        Literal[
            "assigned",
            "urged",
            "yellow",
            "red",
            "accepted",
            "returned",
            "extended",
            "verified",
            "rework",
            "refused",
            "progress",
            "reassigned",
            "paused",
            "resumed",
        ],
        OPEN,
    ]
    task_id: str | None = None
    topic_id: str | None = None
    title: str | None = None
    due_on: date | None = None
    in_reply_to: str | None = None
    reason: str | None = None
    faults: tuple[FaultLine, ...] = ()
    role: Literal["accountable", "helper"] = "accountable"
