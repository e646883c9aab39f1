"""What the screening desk knows of an issue: where it stands, who holds it, who answers for it, what a county asks."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from common.events import Attachment, Place

RESIDENTS = "residents"
"""The source of issues that come from people rather than from a department system."""

UNREAD = "依法不属于协商受理范围，未阅看、未留存"
"""Why what must not be read here is sent on."""

NOT_READ = "（依法不阅看）"
"""Stands where nothing may be kept of what an issue says."""


class IssueState(StrEnum):
    """Where an issue stands."""

    RECEIVED = "RECEIVED"
    REGISTERED = "REGISTERED"
    SCREENED = "SCREENED"
    SECONDED = "SECONDED"
    MERGED = "MERGED"
    LINKED = "LINKED"
    REDIRECTED = "REDIRECTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    ADOPTED = "ADOPTED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


WAITING = (IssueState.RECEIVED, IssueState.REGISTERED)
"""States in which an issue waits for the screening desk."""

OPEN = (*WAITING, IssueState.SCREENED, IssueState.SECONDED)
"""States in which it is not settled yet what becomes of an issue."""

GOING_ON = (*OPEN, IssueState.ADOPTED)
"""States in which others can go on as part of an issue."""

JOINED = (IssueState.MERGED, IssueState.LINKED)
"""States of an issue that goes on as part of another."""


@dataclass(frozen=True)
class Content:
    """What an issue says, with no trace of who said it."""

    title: str
    description: str
    division: str
    category: str
    occurred_at: datetime
    urgency: str = "normal"
    location: Place | None = None
    attachments: tuple[Attachment, ...] = ()
    marks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_unread(self) -> bool:
        """Whether nothing was kept of it."""
        return self.description == NOT_READ

    def unread(self) -> "Content":
        """Keep of it no more than where it belongs."""
        return replace(self, title=NOT_READ, description=NOT_READ, location=None, attachments=(), marks=())


@dataclass(frozen=True)
class Teller:
    """An issue, as the system that brought it knows it."""

    issue_id: str
    system: str
    external_id: str
    version: int


@dataclass(frozen=True)
class Joined:
    """What goes on as part of an issue, at its `revision`: whose it is, and who hears of it; nothing once it parted."""

    revision: int
    linked: bool = False
    people: tuple[str, ...] = ()
    tellers: tuple[Teller, ...] = ()


@dataclass(frozen=True)
class Lease:
    """Who is screening an issue (`by` is a token's subject), and until when nobody else may."""

    by: str
    until: datetime


@dataclass(frozen=True)
class HandOver:
    """One change of who answers for an issue: from whom to whom, why, ordered by whom, when."""

    origin: str
    to: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Conditions:
    """What a county asks of an issue before it can become part of a topic; nothing by default."""

    screened: bool = False
    seconds: int = 0

    def lacking(self, state: IssueState, seconders: int) -> str | None:
        """Tell what is still to be done; None where it is ready."""
        if state not in OPEN:
            return f"is {state}"
        if (self.screened or self.seconds) and state in WAITING:
            return f"is {state}: screen it first"
        if seconders < self.seconds:
            return f"has {seconders} of the {self.seconds} seconds it needs"
        return None
