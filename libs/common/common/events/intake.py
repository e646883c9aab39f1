"""What intake says (steps 1 征集 and 2 定题)."""

from common.events.event import PUBLIC, Event, Id, PersonMet, Phase


class IntakePersonMet(PersonMet, type="yishi.intake.person.met.v1", heard_by=("notify",)):
    """Intake met a person."""


class IssueReceived(Event, type="yishi.intake.issue.received.v1", heard_by=("notify",), phase=Phase.PROPOSE):
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


class IssueMerged(Event, type="yishi.intake.issue.merged.v1", heard_by=("intake", "notify"), phase=Phase.PROPOSE):
    """The issue goes on as part of another (并案)."""

    issue_id: Id
    into: Id
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


class TopicDecided(
    Event, type="yishi.intake.topic.decided.v1", heard_by=("intake", "meetings", "notify"), phase=Phase.DECIDE
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
