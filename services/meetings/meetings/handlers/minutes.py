"""Minutes: what those who attended want changed, and what each reader is given of them."""

import re
from dataclasses import replace

from common.aggregate import Aggregates, Origin
from common.county import County
from common.errors import Conflict
from common.people import mask_name
from meetings.domain import Meeting, MeetingState, minutes
from meetings.domain.minutes import Minutes
from meetings.domain.record import Answer, Signature

FULL = frozenset({"host", "recorder", "convenor", "office", "clerk", "party", "member", "leader", "observer"})
"""Who reads the minutes as they are; everybody else what is published of them."""


class MinutesDesk:
    """Gives the minutes out, and takes amendments in."""

    def __init__(self, meetings: Aggregates[Meeting], county: County) -> None:
        self._meetings = meetings
        self._county = county

    async def read(self, meeting_id: str, origin: Origin, *, published: bool) -> tuple[Minutes, list[Signature]]:
        """Write the minutes for a reader. Raises Conflict where there is nothing yet that they may read."""
        meeting = await self._meetings.get(meeting_id)
        found = minutes.minutes(meeting)
        if not published and origin.roles & FULL:
            return found, meeting.signatures
        if meeting.state is not MeetingState.PUBLISHED:
            raise Conflict("the minutes are not published yet")
        return _masked(found, meeting)

    def place(self, division: str) -> tuple[str, str]:
        """Name the county, and the division in it."""
        there = self._county.division(division)
        return self._county.name.zh, there.name if there else ""

    async def amend(self, meeting_id: str, party: str, wanted: str, origin: Origin) -> Meeting:
        """Ask for an amendment."""
        return await self._meetings.change(meeting_id, lambda meeting: minutes.amend(meeting, party, wanted, origin))

    async def answer(self, meeting_id: str, number: int, answer: Answer, origin: Origin) -> Meeting:
        """Answer an amendment."""
        return await self._meetings.change(meeting_id, lambda meeting: minutes.answer(meeting, number, answer, origin))


def _masked(found: Minutes, meeting: Meeting) -> tuple[Minutes, list[Signature]]:
    """Blot out the names of host and recorder, wherever they stand; the hash stays that of the whole."""
    names = {meeting.host: mask_name(meeting.host), meeting.recorder: mask_name(meeting.recorder)}
    content = {name: _without(names, value) for name, value in found.content.items()}
    signatures = [Signature(names.get(signature.by, "*"), signature.at) for signature in meeting.signatures]
    return replace(found, content=content), signatures


def _without(names: dict[str, str], value: object) -> object:
    if isinstance(value, str):
        pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)" if value.isascii() else pattern, lambda m: names[m[0]], value)
    if isinstance(value, list):
        return [_without(names, item) for item in value]
    if isinstance(value, dict):
        return {name: _without(names, item) for name, item in value.items()}
    return value
