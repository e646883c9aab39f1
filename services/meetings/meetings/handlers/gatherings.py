"""Arranges what comes before a meeting begins, and who comes to it."""

from datetime import datetime

from common.aggregate import Aggregates, Origin, derived_id, utc_now
from common.events import MeetingsPersonMet, Reporter
from common.people import Sealer
from meetings.domain import Acknowledgement, Deliberation, Meeting, Seat

BY_CODE = "code"
"""Who checks in by themselves, as far as the record is concerned."""


class Gatherings:
    """Seats people, hears whether they come, counts them in, and moves or cancels what cannot be held."""

    def __init__(self, deliberations: Aggregates[Deliberation], meetings: Aggregates[Meeting], sealer: Sealer) -> None:
        self._deliberations = deliberations
        self._meetings = meetings
        self._sealer = sealer

    async def seat(self, meeting_id: str, seat: Seat, origin: Origin) -> Meeting:
        """Give somebody a seat."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.seat(seat, origin))

    async def acknowledge(self, meeting_id: str, answer: Acknowledgement, origin: Origin) -> Meeting:
        """Hear whether somebody comes."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.acknowledge(answer, origin))

    async def postpone(self, meeting_id: str, starts_at: datetime, venue: str, reason: str, origin: Origin) -> Meeting:
        """Move a meeting; everyone concerned is told."""
        people = await self._people(meeting_id)
        return await self._meetings.change(
            meeting_id, lambda meeting: meeting.postpone(starts_at, venue, reason, people, origin)
        )

    async def cancel(self, meeting_id: str, reason: str, origin: Origin) -> Meeting:
        """Call a meeting off, and tell everyone concerned; its topic is free for another."""
        people = await self._people(meeting_id)
        meeting = await self._meetings.change(meeting_id, lambda meeting: meeting.cancel(reason, origin, people))
        await self._deliberations.change(meeting.topic_id, lambda topic: topic.release(meeting.id))
        return meeting

    async def renew_code(self, meeting_id: str, code: str, origin: Origin) -> Meeting:
        """Let people check in with a new code."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.renew_code(code, origin))

    async def check_in(
        self, meeting_id: str, party: str, heads: int, person: Reporter, origin: Origin, who: str = ""
    ) -> Meeting:
        """Count who came. A number is sealed here; the name goes with it, and nowhere else."""
        met = self._met(person) if person.phone else None
        return await self._meetings.change(meeting_id, lambda meeting: meeting.check_in(party, heads, met, origin, who))

    async def check_in_by_code(self, meeting_id: str, code: str, party: str, person: Reporter) -> None:
        """Count somebody who has the meeting's code; whoever comes twice came once."""
        met = self._met(person)
        origin = Origin(derived_id("check-in", meeting_id, met.person_id), BY_CODE, utc_now())
        await self._meetings.change(meeting_id, lambda meeting: meeting.check_in_by_code(code, party, met, origin))

    async def recuse(self, meeting_id: str, who: str, reason: str, instead: str, origin: Origin) -> Meeting:
        """Have somebody stand back."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.recuse(who, reason, instead, origin))

    async def _people(self, meeting_id: str) -> list[str]:
        meeting = await self._meetings.get(meeting_id)
        return (await self._deliberations.get(meeting.topic_id)).people

    def _met(self, person: Reporter) -> MeetingsPersonMet:
        name = person.name.get_secret_value() if person.name else ""
        known = self._sealer.meet(person.phone.get_secret_value() if person.phone else "", name)
        return MeetingsPersonMet(person_id=known.person_id, contact=known.contact)
