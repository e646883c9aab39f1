"""Translates HTTP: the meetings to come as an iCalendar feed (RFC 5545), and each as an invitation (RFC 5546)."""

from datetime import UTC
from typing import Annotated

from fastapi import FastAPI, Query, Response
from icalendar import STATUS, Calendar, Event

from common.aggregate import utc_now
from common.auth import allow
from common.events import Id
from meetings.domain import Meeting, MeetingState, What
from meetings.handlers import Meetings

MOST = 1000
"""So many meetings a feed holds."""


class Ics(Response):
    """A calendar."""

    media_type = "text/calendar; charset=utf-8"


def routes(app: FastAPI, meetings: Meetings) -> None:
    """Put them into the application."""

    @app.get("/calendar.ics", dependencies=[allow()], response_class=Ics)
    async def feed(council_id: Annotated[Id | None, Query()] = None) -> Ics:
        coming = await meetings.meetings.page(limit=MOST, state=MeetingState.CONVENED, council_id=council_id)
        return _ics(coming, "PUBLISH")

    @app.get("/meetings/{meeting_id}/invitation.ics", dependencies=[allow()], response_class=Ics)
    async def invite(meeting_id: str) -> Ics:
        meeting = await meetings.meetings.get(meeting_id)
        return _ics([meeting], "CANCEL" if meeting.state is MeetingState.CANCELLED else "REQUEST")


def _ics(meetings: list[Meeting], method: str) -> Ics:
    entries = [_entry(meeting) for meeting in meetings]
    calendar = Calendar.new(prodid="-//Yishi//Meetings//ZH", name="协商议事", method=method, subcomponents=entries)
    return Ics(calendar.to_ical())


def _entry(meeting: Meeting) -> Event:
    moved = sum(entry.what is What.POSTPONED for entry in meeting.course)
    cancelled = meeting.state is MeetingState.CANCELLED
    return Event.new(
        uid=f"{meeting.id}@yishi",
        stamp=utc_now(),
        start=meeting.starts_at.astimezone(UTC),
        summary=f"{meeting.title}（第{meeting.sequence}次协商会）",
        location=meeting.venue,
        description="\n".join(meeting.agenda),
        sequence=moved + cancelled,
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
    )
