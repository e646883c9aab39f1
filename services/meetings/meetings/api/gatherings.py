"""Translates HTTP: who is called to a meeting, who comes, and who stands back."""

import secrets

from fastapi import FastAPI
from pydantic import BaseModel

from common.auth import public
from common.events import Reporter
from meetings.api.bodies import Answer, CodeCheckIn, NewSeat, Postponement, Recusal
from meetings.api.who import HIDDEN, Caller, Convenor, Host, Seated
from meetings.domain import Acknowledgement, Meeting, Seat
from meetings.handlers import Gatherings

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What nobody mistakes for something else on a poster; eight of them are not guessed (39 bits)."""


class Code(BaseModel):
    """The code that people check in with until the meeting ends."""

    code: str


def seat_of(body: NewSeat) -> Seat:
    """Make a seat of what was asked."""
    return Seat(body.who, body.duty, body.party or "", body.label or "")


def routes(app: FastAPI, gatherings: Gatherings) -> None:
    """Put them into the application."""

    @app.post("/meetings/{meeting_id}/seats", response_model_exclude=HIDDEN)
    async def seat(meeting_id: str, body: NewSeat, origin: Caller) -> Meeting:
        return await gatherings.seat(meeting_id, seat_of(body), origin)

    @app.post("/meetings/{meeting_id}/acknowledge", response_model_exclude=HIDDEN)
    async def acknowledge(meeting_id: str, body: Answer, origin: Seated) -> Meeting:
        answer = Acknowledgement(body.who or origin.by, body.coming, body.note or "")
        return await gatherings.acknowledge(meeting_id, answer, origin)

    @app.post("/meetings/{meeting_id}/postpone", response_model_exclude=HIDDEN)
    async def postpone(meeting_id: str, body: Postponement, origin: Convenor) -> Meeting:
        return await gatherings.postpone(meeting_id, body.starts_at, body.venue or "", body.reason, origin)

    @app.post("/meetings/{meeting_id}/code")
    async def renew_code(meeting_id: str, origin: Host) -> Code:
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        return Code(code=(await gatherings.renew_code(meeting_id, code, origin)).code)

    @app.post("/meetings/{meeting_id}/check-in/code", status_code=204, dependencies=[public])
    async def check_in_by_code(meeting_id: str, body: CodeCheckIn) -> None:
        person = Reporter(name=body.name, phone=body.phone)
        await gatherings.check_in_by_code(meeting_id, body.code, body.party, person)

    @app.post("/meetings/{meeting_id}/recuse", response_model_exclude=HIDDEN)
    async def recuse(meeting_id: str, body: Recusal, origin: Seated) -> Meeting:
        return await gatherings.recuse(meeting_id, body.who, body.reason, body.instead or "", origin)
