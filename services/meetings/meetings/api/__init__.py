"""Translates HTTP: what meetings is asked."""

from typing import Annotated

from fastapi import FastAPI, Query

from common.auth import allow
from common.events import DivisionCode, Id, Reporter
from common.web import Cursor, Limit, Listing, listing
from meetings.api import calendar, gatherings, matters, sessions
from meetings.api.bodies import (
    Adjournment,
    CheckIn,
    Minutes,
    NewCouncil,
    NewMeeting,
    NewMember,
    Reason,
    Research,
    Speech,
    Stand,
)
from meetings.api.gatherings import seat_of
from meetings.api.who import (
    HIDDEN,
    HIDDEN_IN_LISTS,
    Convenor,
    Floor,
    Host,
    Office,
    Publisher,
    Reader,
    Recorder,
    Researcher,
    Table,
)
from meetings.domain import Council, Deliberation, Meeting, Member, Plan, Position, TopicState
from meetings.handlers import Meetings


def routes(app: FastAPI, meetings: Meetings) -> None:
    """Put the routes of meetings into the application."""
    _councils(app, meetings)
    _members(app, meetings)
    _topics(app, meetings)
    _meetings(app, meetings)
    _course(app, meetings)
    _floor(app, meetings)
    _minutes(app, meetings)
    gatherings.routes(app, meetings.gatherings)
    sessions.routes(app, meetings.sessions)
    matters.routes(app, meetings.matters)
    calendar.routes(app, meetings)


def _councils(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/councils", status_code=201, response_model_exclude=HIDDEN)
    async def found(body: NewCouncil, origin: Publisher) -> Council:
        return await meetings.found(body.name, body.division, body.kind, origin)

    @app.get("/councils", dependencies=[allow()], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_councils(
        after: Cursor = None, limit: Limit = 50, division: Annotated[DivisionCode | None, Query()] = None
    ) -> Listing[Council]:
        return listing(await meetings.councils.page(after, limit, division=division), limit)

    @app.get("/councils/{council_id}", dependencies=[allow()], response_model_exclude=HIDDEN)
    async def get_council(council_id: str) -> Council:
        return await meetings.councils.get(council_id)


def _members(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/members", status_code=201, response_model_exclude=HIDDEN)
    async def appoint(body: NewMember, origin: Office) -> Member:
        return await meetings.appoint(body.name, body.tier, body.sector, body.council_id, origin, tuple(body.skills))

    @app.get("/members", dependencies=[allow()], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_members(
        after: Cursor = None, limit: Limit = 50, council_id: Annotated[Id | None, Query()] = None
    ) -> Listing[Member]:
        return listing(await meetings.members.page(after, limit, council_id=council_id), limit)


def _topics(app: FastAPI, meetings: Meetings) -> None:
    @app.get("/topics", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_topics(
        after: Cursor = None, limit: Limit = 50, state: Annotated[TopicState | None, Query()] = None
    ) -> Listing[Deliberation]:
        return listing(await meetings.deliberations.page(after, limit, state=state), limit)

    @app.get("/topics/{topic_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_topic(topic_id: str) -> Deliberation:
        return await meetings.deliberations.get(topic_id)

    @app.post("/topics/{topic_id}/research", response_model_exclude=HIDDEN)
    async def research(topic_id: str, body: Research, origin: Researcher) -> Deliberation:
        return await meetings.research(topic_id, body.method, body.finding, tuple(body.together_with), origin)


def _meetings(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/topics/{topic_id}/meetings", status_code=201, response_model_exclude=HIDDEN)
    async def convene(topic_id: str, body: NewMeeting, origin: Convenor) -> Meeting:
        seats = tuple(seat_of(seat) for seat in body.seats)
        plan = Plan(**dict(body) | {"agenda": tuple(body.agenda), "seats": seats})
        return await meetings.convene(topic_id, plan, origin)

    @app.get("/topics/{topic_id}/meetings", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_meetings(topic_id: str, after: Cursor = None, limit: Limit = 50) -> Listing[Meeting]:
        await meetings.deliberations.get(topic_id)
        return listing(await meetings.meetings.page(after, limit, topic_id=topic_id), limit)

    @app.get("/meetings/{meeting_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_meeting(meeting_id: str) -> Meeting:
        return await meetings.meetings.get(meeting_id)


def _course(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/meetings/{meeting_id}/open", response_model_exclude=HIDDEN)
    async def open_(meeting_id: str, origin: Host) -> Meeting:
        return await meetings.open(meeting_id, origin)

    @app.post("/meetings/{meeting_id}/adjourn", response_model_exclude=HIDDEN)
    async def adjourn(meeting_id: str, body: Adjournment, origin: Host) -> Meeting:
        return await meetings.adjourn(meeting_id, body.result, body.summary, body.conclusion or "", origin, body.option)

    @app.post("/meetings/{meeting_id}/cancel", response_model_exclude=HIDDEN)
    async def cancel(meeting_id: str, body: Reason, origin: Convenor) -> Meeting:
        return await meetings.cancel(meeting_id, body.reason, origin)


def _floor(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/meetings/{meeting_id}/check-in", response_model_exclude=HIDDEN)
    async def check_in(meeting_id: str, body: CheckIn, origin: Table) -> Meeting:
        person = Reporter(name=body.name, phone=body.phone)
        return await meetings.check_in(meeting_id, body.party or "", body.heads, person, origin, body.who or "")

    @app.post("/meetings/{meeting_id}/speak", response_model_exclude=HIDDEN)
    async def speak(meeting_id: str, body: Speech, origin: Floor) -> Meeting:
        return await meetings.speak(meeting_id, body.party or "", body.text, origin, body.speaker or "")

    @app.post("/meetings/{meeting_id}/position", response_model_exclude=HIDDEN)
    async def stand(meeting_id: str, body: Stand, origin: Floor) -> Meeting:
        return await meetings.stand(meeting_id, Position(**dict(body)), origin)


def _minutes(app: FastAPI, meetings: Meetings) -> None:
    @app.post("/meetings/{meeting_id}/minutes", response_model_exclude=HIDDEN)
    async def record(meeting_id: str, body: Minutes, origin: Recorder) -> Meeting:
        return await meetings.record(meeting_id, body.text, origin)

    @app.post("/meetings/{meeting_id}/sign", response_model_exclude=HIDDEN)
    async def sign(meeting_id: str, origin: Table) -> Meeting:
        return await meetings.sign(meeting_id, origin)

    @app.post("/meetings/{meeting_id}/publish", response_model_exclude=HIDDEN)
    async def publish(meeting_id: str, origin: Publisher) -> Meeting:
        return await meetings.publish(meeting_id, origin)
