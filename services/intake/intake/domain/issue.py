"""Decides about issues (议题线索): what is raised, by whom, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from common.aggregate import Aggregate, Origin, utc_now
from common.errors import Conflict
from common.events import (
    Attachment,
    DeptIssue,
    DeptIssueAnswer,
    IntakePersonMet,
    IssueMerged,
    IssueReceived,
    IssueRedirected,
    IssueRejected,
    IssueSupplemented,
    IssueWithdrawn,
    Place,
)
from intake.domain.update import Update

RESIDENTS = "residents"
"""The source of issues that come from people rather than from a department system."""

CLAIM_HOLDS = timedelta(minutes=1)
"""How long an issue is kept for a topic that is being decided on; the decision may have been cut short."""


class IssueState(StrEnum):
    """Where an issue stands."""

    RECEIVED = "RECEIVED"
    MERGED = "MERGED"
    REDIRECTED = "REDIRECTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    ADOPTED = "ADOPTED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


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


@dataclass(kw_only=True)
class Issue(Aggregate):
    """An issue. `versions` are those taken, in any order: the highest one is what the issue says."""

    source: str
    external_id: str
    content: Content
    received_at: datetime
    state: IssueState = IssueState.RECEIVED
    version: int = 0
    versions: list[int] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    topic_id: str | None = None
    claimed_at: datetime | None = None
    into: str | None = None
    reason: str | None = None
    updates: list[Update] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Whether nothing more is done about the issue itself."""
        return bool(self.updates) and self.updates[-1].settled

    def receive(self, fact: DeptIssue, content: Content, origin: Origin, person: IntakePersonMet | None) -> None:
        """Take one version of what a source says: raised, supplemented or withdrawn. Each version counts once."""
        if fact.version in self.versions:
            return
        newest = fact.version > self.version
        if newest and self.state not in (IssueState.RECEIVED, IssueState.WITHDRAWN):
            raise Conflict(f"the issue is {self.state} and cannot be changed by version {fact.version}")
        first = not self.versions
        self.versions.append(fact.version)
        if person:
            self.say(person)
            self.people += [person.person_id] if person.person_id not in self.people else []
        if newest:
            self.version, self.content = fact.version, content
            self.state, self.reason = IssueState.RECEIVED, None
        if first:
            self._told_received()
        elif newest and fact.action != "withdraw":
            self.say(IssueSupplemented(issue_id=self.id, version=fact.version))
        if newest and fact.action == "withdraw":
            self._withdraw(content.description)
        status = {"raise": "received", "supplement": "supplemented", "withdraw": "withdrawn"}[fact.action]
        self.answer(status, version=fact.version, in_reply_to=origin.id)

    def merge(self, into: "Issue", reason: str) -> None:
        """Go on as part of another issue (并案); who brought this one is heard there."""
        self._require_received("merged")
        if into.id == self.id:
            raise Conflict("an issue cannot be merged into itself")
        if into.state not in (IssueState.RECEIVED, IssueState.ADOPTED):
            raise Conflict(f"{into.id} is {into.state}: choose an issue that is still being dealt with")
        self.state, self.into, self.reason = IssueState.MERGED, into.id, reason
        self.say(IssueMerged(issue_id=self.id, into=into.id, reason=reason, people=self.people))
        self.answer("merged", reason=reason)

    def absorb(self, people: Sequence[str]) -> None:
        """Hear those, too, whose issue was merged into this one."""
        self.people += [person for person in people if person not in self.people]

    def redirect(self, to: str, reason: str) -> None:
        """Send it to the channel it belongs to (转办)."""
        self._require_received("redirected")
        self.state, self.reason = IssueState.REDIRECTED, reason
        self.say(IssueRedirected(issue_id=self.id, to=to, reason=reason, people=self.people))
        self.answer("redirected", reason=f"{reason} ({to})")

    def reject(self, reason: str) -> None:
        """Decline to consult on it; the reason is public."""
        self._require_received("rejected")
        self.state, self.reason = IssueState.REJECTED, reason
        self.say(IssueRejected(issue_id=self.id, reason=reason, people=self.people))
        self.answer("rejected", reason=reason)

    def withdraw(self, reason: str) -> None:
        """Take it back, for whoever brought it."""
        self._require_received("withdrawn")
        self._withdraw(reason)
        self.answer("withdrawn", reason=reason)

    def is_free(self, topic_id: str, at: datetime) -> bool:
        """Whether the issue can become part of this topic: received, and not kept for another."""
        kept = self.topic_id not in (None, topic_id) and self.claimed_at and at - self.claimed_at < CLAIM_HOLDS
        return self.state is IssueState.RECEIVED and not kept

    def claim(self, topic_id: str, at: datetime) -> None:
        """Be kept for a topic that is being decided on, so that two decisions at once do not both get it."""
        require_free([self], topic_id, at)
        self.topic_id, self.claimed_at = topic_id, at

    def adopt(self, topic_id: str) -> None:
        """Become part of the topic that it is kept for."""
        if self.state is IssueState.RECEIVED and self.topic_id == topic_id:
            self.state = IssueState.ADOPTED
            self.answer("decided")

    def conclude(self, topic_id: str, state: IssueState, reason: str | None) -> None:
        """Follow the topic to its end, closed or without agreement."""
        if self.topic_id == topic_id and self.state is IssueState.ADOPTED:
            self.state, self.reason = state, reason
            self.answer("closed" if state is IssueState.CLOSED else "ended", reason=reason)

    def reopen(self, topic_id: str) -> None:
        """Follow the topic back to a meeting."""
        if self.topic_id == topic_id and self.state in (IssueState.CLOSED, IssueState.ENDED):
            self.state, self.reason = IssueState.ADOPTED, None
            self.answer("reopened")

    def answer(self, status: str, **more: str | int | None) -> None:
        """Note what became of the issue, and tell the department system that brought it."""
        reason = more.get("reason")
        self.updates.append(Update(status, utc_now(), reason if isinstance(reason, str) else None))
        if self.source == RESIDENTS:
            return
        told = {"system": self.source, "external_id": self.external_id, "issue_id": self.id, "topic_id": self.topic_id}
        self.say(DeptIssueAnswer.model_validate({**told, "status": status, "version": self.version, **more}))

    def _told_received(self) -> None:
        self.say(
            IssueReceived(
                issue_id=self.id,
                title=self.content.title,
                division=self.content.division,
                category=self.content.category,
                source=self.source,
                urgency=self.content.urgency,
                people=self.people,
            )
        )

    def _withdraw(self, reason: str) -> None:
        self.state, self.reason = IssueState.WITHDRAWN, reason
        self.say(IssueWithdrawn(issue_id=self.id, reason=reason))

    def _require_received(self, verb: str) -> None:
        if self.state is not IssueState.RECEIVED:
            raise Conflict(f"the issue is {self.state} and cannot be {verb}")


def require_free(issues: Sequence[Issue], topic_id: str, at: datetime) -> None:
    """Raise Conflict with every issue that cannot become part of this topic."""
    taken = [f"{issue.id} ({issue.state})" for issue in issues if not issue.is_free(topic_id, at)]
    if taken:
        raise Conflict(f"not free to become a topic: {', '.join(taken)}")
