"""Arranges what happens while a meeting is in session: the floor, the words, the moods."""

from collections.abc import Callable

from common.aggregate import Aggregates, Origin
from meetings.domain import Entry, Floor, FloorView, Meeting, Mood


class Sessions:
    """Leads through a meeting. Two hosts may ask at once: the store lets one be first, and both see one order."""

    def __init__(self, meetings: Aggregates[Meeting]) -> None:
        self._meetings = meetings

    async def floor(self, meeting_id: str, origin: Origin) -> FloorView:
        """Show who waits, who speaks, and for how long."""
        return (await self._meetings.get(meeting_id)).floor.view(origin.at)

    async def ask(self, meeting_id: str, party: str, who: str, origin: Origin, *, point_of_order: bool) -> FloorView:
        """Ask for the floor."""
        meeting = await self._meetings.change(
            meeting_id, lambda meeting: meeting.ask(party, who, origin, point_of_order=point_of_order)
        )
        return meeting.floor.view(origin.at)

    async def withdraw(self, meeting_id: str, party: str, who: str, origin: Origin) -> FloorView:
        """Ask for the floor no more."""
        meeting = await self._meetings.change(meeting_id, lambda meeting: meeting.withdraw(party, who, origin))
        return meeting.floor.view(origin.at)

    async def give(self, meeting_id: str, seen: int, origin: Origin) -> FloorView:
        """Give the floor to the next one, if it is still as the host has seen it."""
        return await self._lead(meeting_id, lambda floor: floor.give(seen, origin), origin)

    async def finish(self, meeting_id: str, seen: int, origin: Origin) -> FloorView:
        """End the turn that the host has seen."""
        return await self._lead(meeting_id, lambda floor: floor.finish(seen, origin), origin)

    async def arrange(self, meeting_id: str, numbers: list[int], origin: Origin) -> FloorView:
        """Put those who wait into another order."""
        return await self._lead(meeting_id, lambda floor: floor.arrange(numbers, origin), origin)

    async def grant(self, meeting_id: str, party: str, seconds: int, origin: Origin) -> FloorView:
        """Let a party speak longer."""
        return await self._lead(meeting_id, lambda floor: floor.grant(party, seconds, origin), origin)

    async def pause(self, meeting_id: str, reason: str, origin: Origin) -> FloorView:
        """Stop the clock."""
        return await self._lead(meeting_id, lambda floor: floor.pause(reason, origin), origin)

    async def resume(self, meeting_id: str, origin: Origin) -> FloorView:
        """Go on."""
        return await self._lead(meeting_id, lambda floor: floor.resume(origin), origin)

    async def consider(self, meeting_id: str, party: str, option: str | None, text: str, origin: Origin) -> Meeting:
        """Put down how an objection was considered."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.consider(party, option, text, origin))

    async def feel(self, meeting_id: str, mood: Mood, origin: Origin) -> Meeting:
        """Put down how heated it was."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.feel(mood, origin))

    async def comment(self, meeting_id: str, text: str, origin: Origin, *, urge: bool) -> Meeting:
        """Put down what a covering leader says."""
        return await self._meetings.change(meeting_id, lambda meeting: meeting.comment(text, origin, urge=urge))

    async def _lead(self, meeting_id: str, deed: Callable[[Floor], list[Entry]], origin: Origin) -> FloorView:
        meeting = await self._meetings.change(meeting_id, lambda meeting: meeting.lead(deed, origin))
        return meeting.floor.view(origin.at)
