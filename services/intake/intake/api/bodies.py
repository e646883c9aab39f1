"""What intake's routes take, and who may use them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from common.aggregate import Origin
from common.auth import Role, allow
from common.events import (
    Attachment,
    DivisionCode,
    Id,
    Place,
    Reporter,
    Restricted,
    Text,
    Tier,
    Title,
    Weight,
)

Screener = Annotated[Origin, allow(Role.CLERK, Role.OFFICE)]
Committee = Annotated[Origin, allow(Role.COMMITTEE)]
Seconder = Annotated[Origin, allow(Role.MEMBER, Role.PARTY, Role.RESIDENT)]
Reader = allow(Role.CLERK, Role.OFFICE, Role.COMMITTEE, Role.CONVENOR, Role.HOST, Role.LEADER, Role.OBSERVER)
HIDDEN = dict.fromkeys(("taken", "claimed_at", "pieces", "joined", "before"), True) | {"content": {"marks"}}
HIDDEN_IN_LISTS = {"items": {"__all__": HIDDEN}}


class NewIssue(BaseModel):
    """An issue as a resident, or a clerk for a resident, raises it."""

    title: Title
    description: Text
    division: DivisionCode
    category: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    location: Place | None = None
    reporter: Reporter | None = None
    attachments: list[Attachment] = Field(default_factory=list, max_length=50)
    urgency: str = Field(default="normal", pattern="^(low|normal|high)$")
    restricted: Restricted | None = None


class Reason(BaseModel):
    """Why: public, told to whoever brought the issue."""

    reason: Text


class Merge(Reason):
    """The issue that this one becomes part of."""

    into: Id


class Redirect(Reason):
    """The channel an issue belongs to."""

    to: Title


class Screened(Reason):
    """What an issue was found to be: the names of the county's rules that apply to it (议、不议)."""

    grounds: list[str] = Field(default_factory=list, max_length=20)
    bars: list[str] = Field(default_factory=list, max_length=20)


class HandedOver(Reason):
    """The department that answers for an issue from now on; without one, whoever the county falls back on."""

    to: Title | None = None


class Excluded(BaseModel):
    """Why an issue may not be read here."""

    kind: Restricted


class NewTopic(BaseModel):
    """A decision on a topic (定题): its issues, the parties that must be heard, and how it is consulted on."""

    title: Title
    issue_ids: list[Id] = Field(min_length=1, max_length=1000)
    parties: list[Title] = Field(min_length=1, max_length=100)
    needs_research: bool = True
    tier: Tier | None = None
    form: Title | None = None
    weight: Weight | None = None
    steps: Title | None = None


class Referral(Reason):
    """Where a topic goes on."""

    division: DivisionCode
