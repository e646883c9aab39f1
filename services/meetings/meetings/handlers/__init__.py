"""Arranges: what meetings does when something is heard or asked."""

from common.aggregate import Aggregates, Origin, derived_id
from common.county import County
from common.errors import Fault, Invalid
from common.events import (
    MeetingAdjourned,
    MeetingsPersonMet,
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
    Tier,
)


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
        self._county = county
        self._sealer = sealer

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

    async def appoint(self, name: str, tier: Tier, sector: str, council_id: str, origin: Origin) -> Member:
        """Let a member serve in a council (委员下沉)."""
        await self.councils.get(council_id)
        id_ = derived_id("member", origin.id)
        member = Member(id=id_, name=name, tier=tier, sector=sector, council_id=council_id)
        return await self.members.change(id_, _as_it_is, new=lambda: member)

    async def begin(self, fact: TopicDecided, _: Origin) -> None:
        """Hear that a topic was decided on."""
        await self.deliberations.change(fact.topic_id, _as_it_is, new=lambda: Deliberation.of(fact))

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
        topic = await self.deliberations.change(topic_id, lambda topic: topic.convene(plan, origin))
        await self._catch_up(topic_id)
        return await self.meetings.get(topic.meeting_called_by(origin))

    async def open(self, meeting_id: str, origin: Origin) -> Meeting:
        """Open a meeting."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.open(origin))

    async def check_in(self, meeting_id: str, party: str, heads: int, person: Reporter, origin: Origin) -> Meeting:
        """Count who came. A number is sealed here; the name goes with it, and nowhere else."""
        met = None
        if person.phone:
            name = person.name.get_secret_value() if person.name else ""
            known = self._sealer.meet(person.phone.get_secret_value(), name)
            met = MeetingsPersonMet(person_id=known.person_id, contact=known.contact)
        return await self.meetings.change(meeting_id, lambda meeting: meeting.check_in(party, heads, met, origin))

    async def speak(self, meeting_id: str, party: str, text: str, origin: Origin) -> Meeting:
        """Record what a party says."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.speak(party, text, origin))

    async def stand(self, meeting_id: str, position: Position, origin: Origin) -> Meeting:
        """Record where a party stands."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.stand(position, origin))

    async def adjourn(self, meeting_id: str, result: Result, summary: str, conclusion: str, origin: Origin) -> Meeting:
        """End a meeting; its topic follows at once, so that the next one can be called."""
        meeting = await self.meetings.change(
            meeting_id, lambda meeting: meeting.adjourn(result, summary, conclusion, origin)
        )
        await self.follow(meeting.adjournment(), origin)
        return meeting

    async def record(self, meeting_id: str, text: str, origin: Origin) -> Meeting:
        """Write the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.record(text, origin))

    async def sign(self, meeting_id: str, origin: Origin) -> Meeting:
        """Sign the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.sign(origin))

    async def publish(self, meeting_id: str, origin: Origin) -> Meeting:
        """Publish the minutes."""
        return await self.meetings.change(meeting_id, lambda meeting: meeting.publish(origin))

    async def cancel(self, meeting_id: str, reason: str, origin: Origin) -> Meeting:
        """Call a meeting off; its topic is free for another."""
        meeting = await self.meetings.change(meeting_id, lambda meeting: meeting.cancel(reason, origin))
        await self.deliberations.change(meeting.topic_id, lambda topic: topic.release(meeting.id))
        return meeting

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


def _as_it_is(_: object) -> None:
    """Change nothing: what is there stays, what is new begins."""
