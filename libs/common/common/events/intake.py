"""What intake says (steps 1 征集 and 2 定题)."""

from typing import Literal

from common.events.event import PUBLIC, Event, Id, PersonMet, Phase, Tier, Weight


class IntakePersonMet(PersonMet, type="yishi.intake.person.met.v1", heard_by=("notify",)):
    """Intake met a person."""


class IssueReceived(Event, type="yishi.intake.issue.received.v1", heard_by=("notify", "outcomes"), phase=Phase.PROPOSE):
    """An issue has been taken in."""

    issue_id: Id
    title: str
    division: str
    category: str
    source: str
    urgency: str = "normal"
    people: tuple[Id, ...] = ()


class IssueSupplemented(Event, type="yishi.intake.issue.supplemented.v1", heard_by=(PUBLIC,), phase=Phase.PROPOSE):
    """A later version of an issue replaced the earlier one."""

    issue_id: Id
    version: int


class IssueWithdrawn(Event, type="yishi.intake.issue.withdrawn.v1", heard_by=(PUBLIC,), phase=Phase.PROPOSE):
    """Whoever brought the issue took it back."""

    issue_id: Id
    reason: str


class IssueMerged(
    Event, type="yishi.intake.issue.merged.v1", heard_by=("intake", "notify", "outcomes"), phase=Phase.PROPOSE
):
    """The issue goes on as part of another (并案)."""

    issue_id: Id
    into: Id
    reason: str
    people: tuple[Id, ...] = ()


class IssueLinked(Event, type="yishi.intake.issue.linked.v1", heard_by=("intake", "notify"), phase=Phase.PROPOSE):
    """The issue is the same matter as another system's, and goes on with that one. `systems`: its own, the other."""

    issue_id: Id
    to: Id
    systems: tuple[str, str]
    reason: str
    people: tuple[Id, ...] = ()


class IssueUnmerged(Event, type="yishi.intake.issue.unmerged.v1", heard_by=("intake", "notify"), phase=Phase.PROPOSE):
    """The issue goes on alone again: it had been merged or linked by mistake."""

    issue_id: Id
    out_of: Id
    reason: str
    people: tuple[Id, ...] = ()


class IssueRedirected(Event, type="yishi.intake.issue.redirected.v1", heard_by=("notify",), phase=Phase.PROPOSE):
    """The issue belongs to another channel, which is named (转办)."""

    issue_id: Id
    to: str
    reason: str
    people: tuple[Id, ...] = ()


class IssueRejected(Event, type="yishi.intake.issue.rejected.v1", heard_by=("notify",), phase=Phase.PROPOSE):
    """The issue cannot be consulted on; the reason is public."""

    issue_id: Id
    reason: str
    people: tuple[Id, ...] = ()


class IssueProgressed(Event, type="yishi.intake.issue.progressed.v1", heard_by=(PUBLIC,), phase=Phase.PROPOSE):
    """Screening took the issue a step further, or somebody else answers for it now (`owner`, a department)."""

    issue_id: Id
    step: Literal["registered", "screened", "seconded", "handed_over"]
    owner: str
    reason: str | None = None


class TopicDecided(
    Event,
    type="yishi.intake.topic.decided.v1",
    heard_by=("intake", "meetings", "notify", "outcomes"),
    phase=Phase.DECIDE,
):
    """A topic has been decided on (定题): what is consulted, where, with which parties, by which step template."""

    topic_id: Id
    title: str
    division: str
    category: str
    issue_ids: list[Id]
    parties: list[str]
    steps: str
    needs_research: bool = True
    people: tuple[Id, ...] = ()
    tier: Tier | None = None
    form: str | None = None
    weight: Weight | None = None


class TopicJoined(Event, type="yishi.intake.topic.joined.v1", heard_by=("meetings",), phase=Phase.DECIDE):
    """More people are concerned with a topic: their issue was merged into one of its own."""

    topic_id: Id
    people: tuple[Id, ...]


class TopicReferred(
    Event, type="yishi.intake.topic.referred.v1", heard_by=("intake", "meetings", "outcomes"), phase=Phase.DECIDE
):
    """A topic goes on a tier higher or lower (上下联动), from `origin` to `division`. `hop` counts from 1."""

    topic_id: Id
    hop: int
    direction: Literal["up", "down"]
    origin: str
    division: str
    tier: Tier
    reason: str
