"""Arranges: what meetings does when something is heard or asked."""

from dataclasses import replace
from datetime import datetime, time

from common.aggregate import Aggregates, Origin, derived_id
from common.calendar import SHANGHAI, local_date
from common.county import County
from common.errors import Fault, Invalid
from common.events import (
    MeetingAdjourned,
    Reporter,
    TopicClosed,
    TopicDecided,
    TopicJoined,
    TopicReferred,
    TopicReopened,
)
from common.people import Sealer
from meetings.domain import (
    Council,
    Deliberation,
    Meeting,
    MeetingState,
    Member,
    Method,
    Plan,
    Position,
    Result,
    Terms,
    Tier,
    VoteKind,
)
from meetings.domain.minutes import record, sign
from meetings.handlers.gatherings import Gatherings
from meetings.handlers.matters import Comparison, Matters
from meetings.handlers.sessions import Sessions

__all__ = ["Comparison", "Gatherings", "Matters", "Meetings", "Sessions"]


class Meetings:
    """Founds councils, takes research in, and brings those concerned together until a topic ends."""

    def __init__(
        self,
        councils: Aggregates[Council],
        members: Aggregates[Member],
        deliberations: Aggregates[Deliberation],
        meetings: Aggregates[Meeting],
        county: County,
        sealer: Sealer,
    ) -> None:
        self.councils = councils
        self.members = members
        self.deliberations = deliberations
        self.meetings = meetings
        self.gatherings = Gatherings(deliberations, meetings, sealer)
        self.sessions = Sessions(meetings)
        self.matters = Matters(councils, members, deliberations, meetings)
        self._county = county
        self._terms = _terms(county)

    async def found(self, name: str, division: str, kind: str, origin: Origin) -> Council:
        """Found a council. Raises Invalid for a division outside this county."""
        if self._county.division(division) is None:
            raise Invalid([Fault("division", f"{division} is not a division of county {self._county.code}")])
        council = Council(
            id=derived_id("council", origin.id),
            name=name,
            division=division,
            kind=kind,
            founded_by=origin.by,
            founded_at=origin.at,
        )
        return await self.councils.change(council.id, _as_it_is, new=lambda: council)

    async def appoint(
        self, name: str, tier: Tier, sector: str, council_id: str, origin: Origin, skills: tuple[str, ...] = ()
    ) -> Member:
        """Let a member serve in a council (委员下沉)."""
        await self.councils.get(council_id)
        id_ = derived_id("member", origin.id)
        member = Member(id=id_, name=name, tier=tier, sector=sector, council_id=council_id, skills=list(skills))
        return await self.members.change(id_, _as_it_is, new=lambda: member)

    async def begin(self, fact: TopicDecided, _: Origin) -> None:
        """Hear that a topic was decided on."""
        vote = self._county.scope.votes.get(fact.category)
        kind = VoteKind(vote) if vote else None
        await self.deliberations.change(fact.topic_id, _as_it_is, new=lambda: Deliberation.of(fact, kind))

    async def research(
        self, topic_id: str, method: Method, finding: str, together_with: tuple[str, ...], origin: Origin
    ) -> Deliberation:
        """Take in what research found."""
        return await self.deliberations.change(
            topic_id, lambda topic: topic.research(method, finding, together_with, origin)
        )

    async def convene(self, topic_id: str, plan: Plan, origin: Origin) -> Meeting:
        """Call a meeting: the topic decides whether one may be called, then the meeting is made."""
        await self.councils.get(plan.council_id)
        await self._catch_up(topic_id)
        called = await self.meetings.page(limit=1, called_by=origin.id)
        if called:
            return called[0]
        plan, earliest = replace(plan, terms=self._terms), self._earliest(origin)
        topic = await self.deliberations.change(topic_id, lambda topic: topic.convene(plan, origin, earliest))
        await self._catch_up(topic_id)
        return await self.meetings.get(topic.meeting_called_by(origin))

    async def open(self, meeting_id: str, origin: Origin) -> Meeting:
        """Open a meeting."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.open(origin))

    async def check_in(
        self, meeting_id: str, party: str, heads: int, person: Reporter, origin: Origin, who: str = ""
    ) -> Meeting:
        """Count who came."""
        return await self.gatherings.check_in(meeting_id, party, heads, person, origin, who)

    async def speak(self, meeting_id: str, party: str, text: str, origin: Origin, who: str = "") -> Meeting:
        """Record what a party says."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.speak(party, text, origin, who))

    async def stand(self, meeting_id: str, position: Position, origin: Origin) -> Meeting:
        """Record where a party stands."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.stand(position, origin))

    async def adjourn(
        self,
        meeting_id: str,
        result: Result,
        summary: str,
        conclusion: str,
        origin: Origin,
        option: str | None = None,
    ) -> Meeting:
        """End a meeting; its topic follows at once, so that the next one can be called."""
        reply_by = self._county.calendar.after(local_date(origin.at), self._county.deadlines.dissent_reply)
        meeting = await self.meetings.change(
            meeting_id, lambda meeting: meeting.adjourn(result, summary, conclusion, origin, option, reply_by)
        )
        await self.follow(meeting.adjournment(), origin)
        return meeting

    async def record(self, meeting_id: str, text: str, origin: Origin) -> Meeting:
        """Write the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: record(meeting, text, origin))

    async def sign(self, meeting_id: str, origin: Origin) -> Meeting:
        """Sign the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: sign(meeting, origin))

    async def publish(self, meeting_id: str, origin: Origin) -> Meeting:
        """Publish the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.publish(origin))

    async def cancel(self, meeting_id: str, reason: str, origin: Origin) -> Meeting:
        """Call a meeting off; its topic is free for another."""
        return await self.gatherings.cancel(meeting_id, reason, origin)

    async def follow(self, fact: MeetingAdjourned, _: Origin) -> None:
        """Hear that a meeting is over: its topic goes on, or ends."""
        await self.deliberations.change(fact.topic_id, lambda topic: topic.follow(fact))

    async def join(self, fact: TopicJoined, _: Origin) -> None:
        """Hear that more people are concerned with a topic."""
        await self.deliberations.change(fact.topic_id, lambda topic: topic.join(fact))

    async def move(self, fact: TopicReferred, _: Origin) -> None:
        """Hear that a topic goes on at another tier."""
        await self.deliberations.change(fact.topic_id, lambda topic: topic.move(fact))

    async def close(self, fact: TopicClosed, _: Origin) -> None:
        """Hear that a topic is done."""
        await self.deliberations.change(fact.topic_id, lambda topic: topic.close(fact.round))

    async def reopen(self, fact: TopicReopened, _: Origin) -> None:
        """Hear that a topic comes back: a meeting can be called again."""
        await self.deliberations.change(fact.topic_id, lambda topic: topic.reopen(fact.round))

    async def _catch_up(self, topic_id: str) -> None:
        """Do what the topic's open meeting still waits for: a crash may have come between topic and meeting."""
        topic = await self.deliberations.get(topic_id)
        call = topic.open_meeting
        if call is None:
            return
        meeting = await self.meetings.change(
            call.meeting_id, lambda meeting: meeting.convene(topic.people), new=lambda: Meeting.of(topic, call)
        )
        if meeting.state is MeetingState.CANCELLED:
            await self.deliberations.change(topic_id, lambda topic: topic.release(meeting.id))
        elif meeting.result:
            fact = meeting.adjournment()
            await self.deliberations.change(topic_id, lambda topic: topic.follow(fact))

    def _earliest(self, origin: Origin) -> datetime | None:
        """Tell from when on a meeting may be held that is called now, where the county asks for notice."""
        days = self._county.meetings.notice
        if not days:
            return None
        return datetime.combine(self._county.calendar.after(local_date(origin.at), days), time(), SHANGHAI)


def _terms(county: County) -> Terms:
    rules = county.meetings
    return Terms(
        quorum_heads=rules.quorum.heads,
        quorum_percent=rules.quorum.percent,
        quorum_parties=rules.quorum.parties,
        seconds_per_turn=rules.turn_seconds,
        seconds_per_party=rules.party_seconds,
        dissent_considered=rules.dissent_considered,
        moods=rules.moods,
    )


def _as_it_is(_: object) -> None:
    """Change nothing: what is there stays, what is new begins."""
