"""Arranges what goes on beside the meetings of a topic: options, replies, votes, and whom to ask."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from common.aggregate import A, Aggregates, Origin
from common.calendar import local_date
from common.events import Stood, Temper
from meetings.domain import (
    Council,
    Deliberation,
    Meeting,
    Member,
    Suggestion,
    Tally,
    VoteKind,
    When,
    best,
    suggestion,
)

AT_ONCE = 1000
"""So many are read in one go where all have to be looked at."""


@dataclass(frozen=True)
class Comparison:
    """A meeting of a topic beside the others: what came of it, and where everyone stood on the options."""

    meeting_id: str
    sequence: int
    state: str
    result: str | None
    option: str | None
    heads: int
    positions: tuple[Stood, ...]
    before: Temper | None
    after: Temper | None


class Matters:
    """Compares options, sees that objections are answered, and sends to a vote what belongs there."""

    def __init__(
        self,
        councils: Aggregates[Council],
        members: Aggregates[Member],
        deliberations: Aggregates[Deliberation],
        meetings: Aggregates[Meeting],
    ) -> None:
        self._councils = councils
        self._members = members
        self._deliberations = deliberations
        self._meetings = meetings

    async def propose(self, topic_id: str, title: str, text: str, origin: Origin) -> Deliberation:
        """Put an option on the table, in the open meeting too."""
        topic = await self._deliberations.change(topic_id, lambda topic: topic.propose(title, text, origin))
        return await self._lay_out(topic)

    async def drop(self, topic_id: str, key: str, reason: str, origin: Origin) -> Deliberation:
        """Take an option off the table."""
        topic = await self._deliberations.change(topic_id, lambda topic: topic.drop(key, reason, origin))
        return await self._lay_out(topic)

    async def compare(self, topic_id: str, after: str | None, limit: int) -> list[Comparison]:
        """Put the meetings of a topic beside one another, page by page."""
        await self._deliberations.get(topic_id)
        return [_beside(meeting) for meeting in await self._meetings.page(after, limit, topic_id=topic_id)]

    async def reply(self, topic_id: str, party: str, option: str | None, text: str, origin: Origin) -> Deliberation:
        """Give a party the reply it is owed."""
        today = local_date(origin.at)
        return await self._deliberations.change(topic_id, lambda topic: topic.reply(party, option, text, today, origin))

    async def leave_to(self, topic_id: str, vote: VoteKind, origin: Origin) -> Deliberation:
        """Declare whose vote the matter is."""
        return await self._deliberations.change(topic_id, lambda topic: topic.leave_to(vote, origin))

    async def send_to_vote(self, topic_id: str, proposal: str, origin: Origin) -> Deliberation:
        """Send the matter to its vote."""
        return await self._deliberations.change(topic_id, lambda topic: topic.send_to_vote(proposal, origin))

    async def take_back(self, topic_id: str, tally: Tally, origin: Origin) -> Deliberation:
        """Take the result of the vote in."""
        return await self._deliberations.change(topic_id, lambda topic: topic.take_back(tally, origin))

    async def suggest(self, topic_id: str, skills: Sequence[str], limit: int) -> list[Suggestion]:
        """Suggest members for a topic, by what they know and where they serve."""
        topic = await self._deliberations.get(topic_id)
        places = {council.id: council.division async for council in _all(self._councils)}
        return best(
            [
                suggestion(member, places.get(member.council_id, ""), topic, skills)
                async for member in _all(self._members)
            ],
            limit,
        )

    async def _lay_out(self, topic: Deliberation) -> Deliberation:
        if topic.open_meeting:
            options = topic.open_options()
            await self._meetings.change(topic.open_meeting.meeting_id, lambda meeting: meeting.lay_out(options))
        return topic


async def _all(collection: Aggregates[A]) -> AsyncIterator[A]:
    after = None
    while found := await collection.page(after, AT_ONCE):
        for one in found:
            yield one
        after = found[-1].id


def _beside(meeting: Meeting) -> Comparison:
    return Comparison(
        meeting_id=meeting.id,
        sequence=meeting.sequence,
        state=meeting.state,
        result=meeting.result,
        option=meeting.option,
        heads=sum(there.heads for there in meeting.attendance),
        positions=meeting.stood(),
        before=meeting.temper(When.BEFORE),
        after=meeting.temper(When.AFTER),
    )
