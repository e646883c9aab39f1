"""Translates HTTP: the floor, considerations, moods, and what leaders say."""

from typing import Annotated

from fastapi import FastAPI

from common.aggregate import Origin
from common.auth import Role, allow
from meetings.api.bodies import Asking, Comment, Considered, Feeling, Grant, Order, Reason, Seen
from meetings.api.who import HIDDEN, Host, Leader, Reading, Table
from meetings.domain import FloorView, Meeting, Mood
from meetings.handlers import Sessions

Speaker = Annotated[Origin, allow(Role.HOST, Role.RECORDER, Role.PARTY, Role.MEMBER, Role.DEPARTMENT)]


def routes(app: FastAPI, sessions: Sessions) -> None:
    """Put them into the application."""
    _queue(app, sessions)
    _lead(app, sessions)
    _words(app, sessions)


def _queue(app: FastAPI, sessions: Sessions) -> None:
    @app.get("/meetings/{meeting_id}/floor")
    async def floor(meeting_id: str, origin: Reading) -> FloorView:
        return await sessions.floor(meeting_id, origin)

    @app.post("/meetings/{meeting_id}/floor/ask")
    async def ask(meeting_id: str, body: Asking, origin: Speaker) -> FloorView:
        party, who = body.party or "", body.speaker or ""
        return await sessions.ask(meeting_id, party, who, origin, point_of_order=body.point_of_order)

    @app.post("/meetings/{meeting_id}/floor/withdraw")
    async def withdraw(meeting_id: str, body: Asking, origin: Speaker) -> FloorView:
        return await sessions.withdraw(meeting_id, body.party or "", body.speaker or "", origin)


def _lead(app: FastAPI, sessions: Sessions) -> None:
    @app.post("/meetings/{meeting_id}/floor/give")
    async def give(meeting_id: str, body: Seen, origin: Host) -> FloorView:
        return await sessions.give(meeting_id, body.seen, origin)

    @app.post("/meetings/{meeting_id}/floor/finish")
    async def finish(meeting_id: str, body: Seen, origin: Host) -> FloorView:
        return await sessions.finish(meeting_id, body.seen, origin)

    @app.post("/meetings/{meeting_id}/floor/arrange")
    async def arrange(meeting_id: str, body: Order, origin: Host) -> FloorView:
        return await sessions.arrange(meeting_id, body.numbers, origin)

    @app.post("/meetings/{meeting_id}/floor/grant")
    async def grant(meeting_id: str, body: Grant, origin: Host) -> FloorView:
        return await sessions.grant(meeting_id, body.party, body.seconds, origin)

    @app.post("/meetings/{meeting_id}/pause")
    async def pause(meeting_id: str, body: Reason, origin: Host) -> FloorView:
        return await sessions.pause(meeting_id, body.reason, origin)

    @app.post("/meetings/{meeting_id}/resume")
    async def resume(meeting_id: str, origin: Host) -> FloorView:
        return await sessions.resume(meeting_id, origin)


def _words(app: FastAPI, sessions: Sessions) -> None:
    @app.post("/meetings/{meeting_id}/consider", response_model_exclude=HIDDEN)
    async def consider(meeting_id: str, body: Considered, origin: Table) -> Meeting:
        return await sessions.consider(meeting_id, body.party, body.option, body.text, origin)

    @app.post("/meetings/{meeting_id}/mood", response_model_exclude=HIDDEN)
    async def feel(meeting_id: str, body: Feeling, origin: Table) -> Meeting:
        return await sessions.feel(meeting_id, Mood(body.when, body.emotion, body.dispute, body.party or ""), origin)

    @app.post("/meetings/{meeting_id}/comment", response_model_exclude=HIDDEN)
    async def comment(meeting_id: str, body: Comment, origin: Leader) -> Meeting:
        return await sessions.comment(meeting_id, body.text, origin, urge=body.urge)
