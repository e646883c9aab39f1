"""Decides about issues (议题线索): what is raised, by whom, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from common.aggregate import Aggregate, Origin, utc_now
from common.errors import Conflict
from common.events import (
    DeptIssue,
    DeptIssueAnswer,
    IntakePersonMet,
    IssueMerged,
    IssueProgressed,
    IssueReceived,
    IssueRedirected,
    IssueRejected,
    IssueSupplemented,
    IssueWithdrawn,
)
from intake.domain.desk import (
    OPEN,
    RESIDENTS,
    UNREAD,
    Conditions,
    Content,
    HandOver,
    IssueState,
    Joined,
    Lease,
    Teller,
)
from intake.domain.update import FOR_ALL, Update

Step = Literal["registered", "screened", "seconded", "handed_over"]

CLAIM_HOLDS = timedelta(minutes=1)
"""How long an issue is kept for a topic that is being decided on; the decision may have been cut short."""


@dataclass(kw_only=True)
class Issue(Aggregate):
    """An issue. `versions` are those taken, in any order: the highest one is what the issue says.

    `owner` answers for it, from the first moment to the last (首接负责): a department, or whoever the county falls back
    on. `due_on` is the last day for screening it. `seconders` are subjects of tokens. `reporters` brought it
    themselves; `people` are all who hear of it, those of `joined` issues too. `before` is where it stood when it joined
    another.
    """

    source: str
    external_id: str
    content: Content
    received_at: datetime
    state: IssueState = IssueState.RECEIVED
    version: int = 0
    versions: list[int] = field(default_factory=list)
    reporters: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    joined: dict[str, Joined] = field(default_factory=dict)
    topic_id: str | None = None
    claimed_at: datetime | None = None
    into: str | None = None
    before: IssueState | None = None
    reason: str | None = None
    owner: str = "office"
    handed_over: list[HandOver] = field(default_factory=list)
    due_on: date | None = None
    seconders: list[str] = field(default_factory=list)
    lease: Lease | None = None
    updates: list[Update] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it is not settled yet what becomes of it."""
        return self.state in OPEN

    @property
    def settled(self) -> bool:
        """Whether nothing more is done about the issue itself."""
        return bool(self.updates) and self.updates[-1].settled

    def receive(self, fact: DeptIssue, content: Content, origin: Origin, person: IntakePersonMet | None) -> None:
        """Take one version of what a source says: raised, supplemented or withdrawn. Each version counts once."""
        if fact.version in self.versions:
            return
        newest = fact.version > self.version
        if newest and not (self.is_open or self.state is IssueState.WITHDRAWN):
            raise Conflict(f"the issue is {self.state} and cannot be changed by version {fact.version}")
        first = not self.versions
        self.versions.append(fact.version)
        if person and not self.content.is_unread:
            self.say(person)
            self._meet(person.person_id)
        if newest:
            self.version, self.content = fact.version, content
            # what was screened is another text now, so it is looked at again; who took it on and who seconded it stays
            anew = self.state in (IssueState.RECEIVED, IssueState.WITHDRAWN)
            self.state, self.reason = IssueState.RECEIVED if anew else IssueState.REGISTERED, None
        if first:
            self._told_received()
        elif newest and fact.action != "withdraw":
            self.say(IssueSupplemented(issue_id=self.id, version=fact.version))
        if newest and fact.action == "withdraw":
            self._withdraw(content.description)
        status = {"raise": "received", "supplement": "supplemented", "withdraw": "withdrawn"}[fact.action]
        self.answer(status, version=fact.version, in_reply_to=origin.id)

    @property
    def tellers(self) -> tuple[Teller, ...]:
        """This issue and all that goes on as part of it, as the systems that brought them know them."""
        own = Teller(self.id, self.source, self.external_id, self.version)
        return (own, *(teller for joined in self.joined.values() for teller in joined.tellers))

    def redirect(self, to: str, reason: str, origin: Origin | None = None) -> None:
        """Send it to the channel it belongs to (转办); without an origin it is the county's rule that does."""
        if origin is None or self.take(origin):
            self.require(origin, "redirected", *OPEN)
            self._redirect(to, reason)

    def exclude(self, channel: str, origin: Origin | None = None) -> None:
        """Send on what must not be read here: what it says, and who said it, is kept no longer."""
        if origin is None or self.take(origin):
            self.require(origin, "redirected", *OPEN)
            self.content, self.people, self.reporters = self.content.unread(), [], []
            self._redirect(channel, UNREAD)

    def reject(self, reason: str, origin: Origin | None = None) -> None:
        """Decline to consult on it; the reason is public."""
        if origin is None or self.take(origin):
            self.require(origin, "rejected", *OPEN)
            self.settle(IssueState.REJECTED, reason)
            self.say(IssueRejected(issue_id=self.id, reason=reason, people=self.people))
            self.answer("rejected", reason=reason)

    def withdraw(self, reason: str, origin: Origin | None = None) -> None:
        """Take it back, for whoever brought it."""
        if origin is None or self.take(origin):
            self.require(origin, "withdrawn", *OPEN)
            self._withdraw(reason)
            self.answer("withdrawn", reason=reason)

    def unready(self, topic_id: str, at: datetime, asked: Conditions) -> str | None:
        """Tell why the issue cannot become part of this topic; None where it can."""
        kept = self.topic_id not in (None, topic_id) and self.claimed_at and at - self.claimed_at < CLAIM_HOLDS
        return asked.lacking(self.state, len(self.seconders)) or (f"is kept for {self.topic_id}" if kept else None)

    def claim(self, topic_id: str, at: datetime, asked: Conditions) -> None:
        """Be kept for a topic that is being decided on, so that two decisions at once do not both get it."""
        require_ready([self], topic_id, at, asked)
        self.topic_id, self.claimed_at = topic_id, at

    def let_go(self, topic_id: str) -> None:
        """Be free again: the topic it was kept for was declined."""
        if self.is_open and self.topic_id == topic_id:
            self.topic_id = self.claimed_at = None

    def adopt(self, topic_id: str) -> None:
        """Become part of the topic that it is kept for."""
        if self.is_open and self.topic_id == topic_id:
            self.settle(IssueState.ADOPTED, self.reason)
            self.answer("decided")

    def refer(self, topic_id: str, reason: str, origin: Origin) -> None:
        """Tell whoever brought it that its topic goes on at another tier."""
        if self.topic_id == topic_id and self.state is IssueState.ADOPTED and self.take(origin):
            self.answer("referred", reason=reason)

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
        for teller in self.tellers if status in FOR_ALL else self.tellers[:1]:
            if teller.system != RESIDENTS:
                told = {**vars(teller), "topic_id": self.topic_id, "status": status, **more}
                self.say(DeptIssueAnswer.model_validate(told))

    def _meet(self, person: str) -> None:
        """Know one more who brought it, and say so where it goes on as part of another already."""
        self.reporters += [person] if person not in self.reporters else []
        if person not in self.people:
            self.people.append(person)
            if self.into:
                self.say(IssueMerged(issue_id=self.id, into=self.into, reason=self.reason or "", people=(person,)))

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

    def progress(self, step: Step, reason: str | None = None) -> None:
        """Tell that screening came a step further."""
        self.say(IssueProgressed(issue_id=self.id, step=step, owner=self.owner, reason=reason))
        self.answer(step, reason=reason)

    def require(self, origin: Origin | None, verb: str, *states: IssueState) -> None:
        """Raise Conflict where the issue stands elsewhere, or somebody else is screening it."""
        if self.state not in states:
            raise Conflict(f"the issue is {self.state} and cannot be {verb}")
        if origin and self.lease and self.lease.by != origin.by and origin.at < self.lease.until:
            until = self.lease.until.isoformat(timespec="seconds")
            raise Conflict(f"{self.lease.by} is screening the issue until {until}; wait, or ask for its release")

    def _redirect(self, to: str, reason: str) -> None:
        self.settle(IssueState.REDIRECTED, reason)
        self.say(IssueRedirected(issue_id=self.id, to=to, reason=reason, people=self.people))
        self.answer("redirected", reason=f"{reason} ({to})")

    def _withdraw(self, reason: str) -> None:
        self.settle(IssueState.WITHDRAWN, reason)
        self.say(IssueWithdrawn(issue_id=self.id, reason=reason))

    def settle(self, state: IssueState, reason: str | None) -> None:
        """Be done with screening; nobody holds it any longer."""
        self.state, self.reason, self.lease = state, reason, None


def require_ready(issues: Sequence[Issue], topic_id: str, at: datetime, asked: Conditions) -> None:
    """Raise Conflict with every issue that cannot become part of this topic, and why."""
    found = [(issue, issue.unready(topic_id, at, asked)) for issue in issues]
    unready = [f"{issue.id} {why}" for issue, why in found if why]
    if unready:
        raise Conflict(f"not ready to become a topic: {'; '.join(unready)}")
