"""Arranges: what intake does when something is heard or asked."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from pydantic import ValidationError

from common.aggregate import Aggregates, Origin, derived_id
from common.county import County
from common.errors import Conflict, Fault, Invalid, NotFound, Refusal
from common.events import (
    DeptIssue,
    DeptIssueAnswer,
    FaultLine,
    IntakePersonMet,
    IssueMerged,
    Place,
    TopicClosed,
    TopicDecided,
    TopicEnded,
    TopicReopened,
)
from common.people import Sealer, mask_phones
from intake.domain import RESIDENTS, Content, Issue, IssueState, Topic, TopicState, require_free


class Intake:
    """Takes issues in from departments and residents, screens them, and makes topics of them."""

    def __init__(self, issues: Aggregates[Issue], topics: Aggregates[Topic], county: County, sealer: Sealer) -> None:
        self.issues = issues
        self.topics = topics
        self._county = county
        self._sealer = sealer

    async def receive(self, fact: DeptIssue, origin: Origin) -> Issue:
        """Take in what a department system says. Raises Invalid with every fault."""
        self.check(fact, origin.by)
        return await self._take(fact, origin, origin.by)

    async def raise_(self, fact: DeptIssue, origin: Origin) -> Issue:
        """Take in what a resident says. Raises Invalid with every fault."""
        self.check(fact, RESIDENTS)
        return await self._take(fact, origin, RESIDENTS)

    def check(self, fact: DeptIssue, source: str) -> None:
        """Hold what is said against the county. Raises Invalid with every fault."""
        faults = [*self._unknown(fact.division, fact.category), *self._outside(fact.location)]
        if source != RESIDENTS and not self._county.has_system(source):
            faults.append(_no_such_system(source))
        if faults:
            raise Invalid(faults)

    def issue_id(self, source: str, external_id: str) -> str:
        """Tell the id of an issue before it is there: the same for whoever brings it again."""
        return derived_id("issue", self._county.code, source, external_id)

    async def merge(self, issue_id: str, into: str, reason: str) -> Issue:
        """Let an issue go on as part of another, whose topic then hears its people too."""
        target = await self.issues.get(into)
        merged = await self.issues.change(issue_id, lambda issue: issue.merge(target, reason))
        await self.issues.change(into, lambda issue: issue.absorb(merged.people))
        return merged

    async def absorb(self, fact: IssueMerged, _: Origin) -> None:
        """Hear that an issue was merged: its people are heard with the other one."""
        await self.issues.change(fact.into, lambda issue: issue.absorb(fact.people))

    async def redirect(self, issue_id: str, to: str, reason: str) -> Issue:
        """Send an issue to the channel it belongs to."""
        return await self.issues.change(issue_id, lambda issue: issue.redirect(to, reason))

    async def reject(self, issue_id: str, reason: str) -> Issue:
        """Decline to consult on an issue."""
        return await self.issues.change(issue_id, lambda issue: issue.reject(reason))

    async def withdraw(self, issue_id: str, reason: str) -> Issue:
        """Take an issue back."""
        return await self.issues.change(issue_id, lambda issue: issue.withdraw(reason))

    async def decide(
        self, title: str, issue_ids: Sequence[str], parties: Sequence[str], *, needs_research: bool, origin: Origin
    ) -> Topic:
        """Decide on a topic made of issues; place and category are those of the first one.

        The issues are kept for it first: of two decisions at once one finds them taken.
        """
        id_ = derived_id("topic", origin.id)
        with suppress(NotFound):
            return await self.topics.get(id_)
        issues = [await self.issues.get(id_) for id_ in dict.fromkeys(issue_ids)]
        first = issues[0].content
        topic = Topic(
            id=id_,
            title=title,
            division=first.division,
            category=first.category,
            issue_ids=[issue.id for issue in issues],
            parties=list(parties),
            steps=self._county.steps,
            needs_research=needs_research,
            decided_by=origin.by,
            decided_at=origin.at,
        )
        try:
            await self._claim(issues, id_, origin.at)
        except Conflict:
            # the same request, come twice at once, may have decided meanwhile
            with suppress(NotFound):
                return await self.topics.get(id_)
            raise
        return await self.topics.change(id_, lambda topic: topic.decide(issues, origin), new=lambda: topic)

    async def adopt(self, fact: TopicDecided, _: Origin) -> None:
        """Hear that a topic was decided on: its issues belong to it, and follow it if it has ended already."""
        for issue_id in fact.issue_ids:
            await self.issues.change(issue_id, lambda issue: issue.adopt(fact.topic_id))
        await self._follow(await self.topics.get(fact.topic_id))

    async def close(self, fact: TopicClosed, _: Origin) -> None:
        """Hear that a topic is done."""
        topic = await self.topics.change(
            fact.topic_id, lambda topic: topic.conclude(TopicState.CLOSED, None, fact.round)
        )
        await self._follow(topic)

    async def end(self, fact: TopicEnded, _: Origin) -> None:
        """Hear that a topic ended without agreement."""
        reason = fact.explanation
        topic = await self.topics.change(
            fact.topic_id, lambda topic: topic.conclude(TopicState.ENDED, reason, fact.round)
        )
        await self._follow(topic)

    async def reopen(self, fact: TopicReopened, _: Origin) -> None:
        """Hear that a topic comes back to a meeting: its issues are open again, unless it has ended since."""
        topic = await self.topics.change(fact.topic_id, lambda topic: topic.reopen(fact.round))
        if topic.state is TopicState.DECIDED:
            for issue_id in topic.issue_ids:
                await self.issues.change(issue_id, lambda issue: issue.reopen(topic.id))

    def refuse(self, refusal: Refusal) -> DeptIssueAnswer:
        """Word the answer to a department whose event is at fault, adding what the county has to say about it."""
        data = refusal.data if isinstance(refusal.data, dict) else {}
        known = {fault.path for fault in refusal.faults}
        said = self._unknown(_text(data.get("division")), _text(data.get("category")))
        with suppress(ValidationError):  # where it is malformed, that is among the faults already
            said += self._outside(Place.model_validate(data.get("location") or {}))
        if not self._county.has_system(refusal.system):
            said.append(_no_such_system(refusal.system))
        refusal.faults += [fault for fault in said if fault.path not in known]
        version = data.get("version")
        return DeptIssueAnswer(
            system=refusal.system,
            status="refused",
            external_id=_text(data.get("external_id")),
            version=version if isinstance(version, int) else None,
            in_reply_to=refusal.id,
            reason=f"{len(refusal.faults)} fault(s)",
            faults=[FaultLine(path=fault.path, problem=fault.problem) for fault in refusal.faults],
        )

    async def _take(self, fact: DeptIssue, origin: Origin, source: str) -> Issue:
        reporter = fact.reporter
        person = None
        if reporter and reporter.phone:
            name = reporter.name.get_secret_value() if reporter.name else ""
            known = self._sealer.meet(reporter.phone.get_secret_value(), name)
            person = IntakePersonMet(person_id=known.person_id, contact=known.contact)
        content = content_of(fact)
        channel = self._county.scope.refused.get(fact.category)
        id_ = self.issue_id(source, fact.external_id)

        def take(issue: Issue) -> None:
            issue.receive(fact, content, origin, person)
            if issue.said and channel and issue.state is IssueState.RECEIVED:
                issue.redirect(channel, "outside what is consulted on in this county")

        def new() -> Issue:
            return Issue(id=id_, source=source, external_id=fact.external_id, content=content, received_at=origin.at)

        return await self.issues.change(id_, take, new=new)

    async def _claim(self, issues: Sequence[Issue], topic_id: str, at: datetime) -> None:
        require_free(issues, topic_id, at)
        for issue in issues:
            await self.issues.change(issue.id, lambda issue: issue.claim(topic_id, at))

    async def _follow(self, topic: Topic) -> None:
        """Let a topic's issues follow it to its end, if it has come to one."""
        if topic.state is TopicState.DECIDED:
            return
        state = IssueState(topic.state)
        for issue_id in topic.issue_ids:
            await self.issues.change(issue_id, lambda issue: issue.conclude(topic.id, state, topic.reason))

    def _unknown(self, division: str | None, category: str | None) -> list[Fault]:
        faults = []
        if division is not None and self._county.division(division) is None:
            faults.append(Fault("division", f"{division} is not a division of county {self._county.code}"))
        if category is not None and not self._county.scope.knows(category):
            known = ", ".join(self._county.scope.like(category))
            faults.append(Fault("category", f"{category!r} is not known in this county; known are {known}"))
        return faults

    def _outside(self, place: Place | None) -> list[Fault]:
        if place is None or (place.lon is None and place.lat is None):
            return []
        if place.lon is None or place.lat is None:
            return [Fault("location", "needs lon and lat, both or neither")]
        area = self._county.area
        if area is None or area.contains(place.lon, place.lat):
            return []
        return [Fault("location", f"does not lie in county {self._county.code}")]


def _no_such_system(system: str) -> Fault:
    return Fault("system", f"{system!r} is not a department system of this county")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def content_of(fact: DeptIssue) -> Content:
    """Keep what an issue says, without who said it."""
    return Content(
        title=mask_phones(fact.title),
        description=mask_phones(fact.description),
        division=fact.division,
        category=fact.category,
        occurred_at=fact.occurred_at,
        urgency=fact.urgency,
        location=fact.location,
        attachments=tuple(fact.attachments),
    )
