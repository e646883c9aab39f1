"""What the screening desk knows of an issue: where it stands, who holds it, who answers for it, what a county asks."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.events import Attachment, Place

NOT_READ = "（依法不阅看）"
"""Stands where nothing may be kept of what an issue says."""


class IssueState(StrEnum):
    """Where an issue stands."""

    RECEIVED = "RECEIVED"
    REGISTERED = "REGISTERED"
    SCREENED = "SCREENED"
    SECONDED = "SECONDED"
    MERGED = "MERGED"
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

    @property
    def is_unread(self) -> bool:
        """Whether nothing was kept of it."""
        return self.description == NOT_READ

    def unread(self) -> "Content":
        """Keep of it no more than where it belongs."""
        return replace(self, title=NOT_READ, description=NOT_READ, location=None, attachments=())


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
