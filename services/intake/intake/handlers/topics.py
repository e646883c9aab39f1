"""Arranges what becomes of issues as topics (议题): proposed, decided on, referred, and followed to their end."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from common.aggregate import Aggregates, Origin, derived_id
from common.county import County, step_templates
from common.errors import Conflict, Fault, Invalid, NotFound
from common.events import TopicClosed, TopicDecided, TopicEnded, TopicReferred, TopicReopened
from intake.domain import (
    Conditions,
    How,
    Issue,
    IssueState,
    Topic,
    TopicState,
    at_tier,
    lies_in,
    require_ready,
    tier_of,
)

USUAL = How()


class Topics:
    """Makes topics of issues."""

    def __init__(self, issues: Aggregates[Issue], topics: Aggregates[Topic], county: County) -> None:
        self._issues = issues
        self._topics = topics
        self._county = county
        self._asked = Conditions(county.screening.required, county.screening.seconds)

    async def decide(
        self,
        title: str,
        issue_ids: Sequence[str],
        parties: Sequence[str],
        *,
        needs_research: bool,
        origin: Origin,
        how: How = USUAL,
    ) -> Topic:
        """Decide on a topic made of issues, or propose it where the committee must approve.

        Place and category are those of the first issue. The issues are kept for it first: of two decisions at once one
        finds them taken. Raises Invalid with every fault, and Conflict with every issue that is not ready.
        """
        id_ = derived_id("topic", origin.id)
        with suppress(NotFound):
            return await self._topics.get(id_)
        issues = await self._some(issue_ids)
        topic = self._topic(title, issues, parties, needs_research=needs_research, origin=origin, how=how)
        try:
            await self._claim(issues, id_, origin.at)
        except Conflict:
            # the same request, come twice at once, may have decided meanwhile
            with suppress(NotFound):
                return await self._topics.get(id_)
            raise
        approval = self._needs_approval(topic)
        return await self._topics.change(
            id_, lambda topic: topic.propose(issues, origin, approval=approval), new=lambda: topic
        )

    async def approve(self, topic_id: str, origin: Origin) -> Topic:
        """Decide on a proposed topic for the committee, if its issues are all still there."""
        topic = await self._topics.get(topic_id)
        issues = await self._some(topic.issue_ids)
        if topic.state is TopicState.PROPOSED:
            await self._claim(issues, topic_id, origin.at)
        return await self._topics.change(topic_id, lambda topic: topic.approve(issues, origin))

    async def decline(self, topic_id: str, reason: str, origin: Origin) -> Topic:
        """Decide against a proposed topic; its issues are free for another."""
        topic = await self._topics.change(topic_id, lambda topic: topic.decline(reason, origin))
        for issue_id in topic.issue_ids:
            await self._issues.change(issue_id, lambda issue: issue.let_go(topic_id))
        return topic

    async def refer(self, topic_id: str, division: str, reason: str, origin: Origin) -> Topic:
        """Let a topic go on one tier higher, also above the county, or one lower within it."""
        if not lies_in(f"{self._county.code}000000", division) and self._county.division(division) is None:
            raise Invalid([Fault("division", f"{division} is not a division of county {self._county.code}")])
        return await self._topics.change(topic_id, lambda topic: topic.refer(division, reason, origin))

    async def adopt(self, fact: TopicDecided, _: Origin) -> None:
        """Hear that a topic was decided on: its issues belong to it, and follow it if it has ended already."""
        for issue_id in fact.issue_ids:
            await self.join(await self._issues.change(issue_id, lambda issue: issue.adopt(fact.topic_id)))
        await self._follow(await self._topics.get(fact.topic_id))

    async def join(self, issue: Issue) -> None:
        """Let an issue's people be heard with the topic it belongs to: some may have come to it since."""
        if issue.topic_id and issue.state is IssueState.ADOPTED:
            await self._topics.change(issue.topic_id, lambda topic: topic.join(issue.people))

    async def moved(self, fact: TopicReferred, origin: Origin) -> None:
        """Hear that a topic was referred: whoever brought one of its issues is told."""
        topic = await self._topics.get(fact.topic_id)
        reason = f"{fact.reason} ({fact.division})"
        for issue_id in topic.issue_ids:
            await self._issues.change(issue_id, lambda issue: issue.refer(topic.id, reason, origin))

    async def close(self, fact: TopicClosed, _: Origin) -> None:
        """Hear that a topic is done."""
        topic = await self._topics.change(
            fact.topic_id, lambda topic: topic.conclude(TopicState.CLOSED, None, fact.round)
        )
        await self._follow(topic)

    async def end(self, fact: TopicEnded, _: Origin) -> None:
        """Hear that a topic ended without agreement."""
        reason = fact.explanation
        topic = await self._topics.change(
            fact.topic_id, lambda topic: topic.conclude(TopicState.ENDED, reason, fact.round)
        )
        await self._follow(topic)

    async def reopen(self, fact: TopicReopened, _: Origin) -> None:
        """Hear that a topic comes back to a meeting: its issues are open again, unless it has ended since."""
        topic = await self._topics.change(fact.topic_id, lambda topic: topic.reopen(fact.round))
        if topic.state is TopicState.DECIDED:
            for issue_id in topic.issue_ids:
                await self._issues.change(issue_id, lambda issue: issue.reopen(topic.id))

    def _topic(
        self,
        title: str,
        issues: Sequence[Issue],
        parties: Sequence[str],
        *,
        needs_research: bool,
        origin: Origin,
        how: How,
    ) -> Topic:
        first = issues[0].content
        how = self._checked(how, first.division)
        return Topic(
            id=derived_id("topic", origin.id),
            title=title,
            division=at_tier(first.division, how.tier) if how.tier else first.division,
            category=first.category,
            issue_ids=[issue.id for issue in issues],
            parties=list(parties),
            steps=how.steps or self._county.steps,
            needs_research=needs_research or how.weight in self._county.deciding.research,
            decided_by=origin.by,
            decided_at=origin.at,
            form=how.form,
            weight=how.weight,
        )

    def _checked(self, how: How, division: str) -> How:
        """Fill in the county's usual way. Raises Invalid with every fault."""
        faults, forms, templates = [], self._county.deciding.forms, step_templates()
        if how.form and how.form not in forms:
            faults.append(Fault("form", f"{how.form!r} is not a form of this county; there are {', '.join(forms)}"))
        if how.steps and how.steps not in templates:
            faults.append(Fault("steps", f"{how.steps!r} is not a step template; there are {', '.join(templates)}"))
        if how.tier and not self._reaches(how, division):
            faults.append(Fault("tier", f"no {how.tier} of this county has {division} in it; decide, then refer"))
        if faults:
            raise Invalid(faults)
        return replace(how, form=how.form or forms[0])

    def _reaches(self, how: How, division: str) -> bool:
        there = at_tier(division, how.tier) if how.tier else division
        return tier_of(there) == how.tier and self._county.division(there) is not None

    def _needs_approval(self, topic: Topic) -> bool:
        approval = self._county.deciding.approval
        return approval in ("all", topic.weight)

    async def _some(self, issue_ids: Iterable[str]) -> list[Issue]:
        return [await self._issues.get(id_) for id_ in dict.fromkeys(issue_ids)]

    async def _claim(self, issues: Sequence[Issue], topic_id: str, at: datetime) -> None:
        require_ready(issues, topic_id, at, self._asked)
        await self._require_unproposed(issues, topic_id)
        for issue in issues:
            await self._issues.change(issue.id, lambda issue: issue.claim(topic_id, at, self._asked))

    async def _require_unproposed(self, issues: Sequence[Issue], topic_id: str) -> None:
        """Raise Conflict where an issue waits in another topic for the committee, however long that takes."""
        for id_ in dict.fromkeys(issue.topic_id for issue in issues):
            if id_ and id_ != topic_id:
                with suppress(NotFound):
                    other = await self._topics.get(id_)
                    if other.state is TopicState.PROPOSED:
                        raise Conflict(f"{id_} is proposed with one of these issues: approve or decline that first")

    async def _conclude(self, fact: TopicClosed | TopicEnded, state: TopicState, reason: str | None) -> None:
        topic = await self._topics.change(fact.topic_id, lambda topic: topic.conclude(state, reason, fact.round))
        await self._follow(topic)

    async def _follow(self, topic: Topic) -> None:
        """Let a topic's issues follow it to its end, if it has come to one."""
        if topic.state not in (TopicState.ENDED, TopicState.CLOSED):
            return
        state = IssueState(topic.state)
        for issue_id in topic.issue_ids:
            await self._issues.change(issue_id, lambda issue: issue.conclude(topic.id, state, topic.reason))
