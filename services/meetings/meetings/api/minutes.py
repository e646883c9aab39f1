"""Translates HTTP: the minutes as JSON, PDF and Word document, and their amendments."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI, Header, Query, Response
from pydantic import BaseModel

from common.aggregate import Origin
from common.auth import Role, allow
from common.events import Title
from meetings.api.bodies import Words
from meetings.api.papers import MEDIA, Layout, Press
from meetings.api.who import HIDDEN
from meetings.domain import Meeting
from meetings.domain.minutes import Minutes, Phase
from meetings.domain.record import Answer, Signature
from meetings.handlers.minutes import MinutesDesk

Anyone = Annotated[Origin, allow()]
Attendant = Annotated[Origin, allow(Role.PARTY, Role.MEMBER, Role.HOST, Role.RECORDER)]
Recorder = Annotated[Origin, allow(Role.RECORDER)]
Format = Annotated[Literal["json", "pdf", "docx"] | None, Query(description="What comes; else what Accept asks for")]
Language = Annotated[Literal["zh", "zh-bo"], Query(description="Chinese, or Chinese and Tibetan side by side")]
Published = Annotated[bool, Query(description="As everybody may read them once they are published: names masked")]


class Signed(BaseModel):
    """Who signed, and when."""

    by: str
    at: datetime


class MinutesAnswer(BaseModel):
    """The minutes. `hash` is that of `content` as canonical JSON (RFC 8785), unless names are masked in it."""

    phase: Phase
    content: dict[str, object]
    hash: str
    intact: bool
    signatures: list[Signed]


class NewAmendment(BaseModel):
    """What somebody who attended wants changed."""

    party: Title
    text: Words


class AmendmentAnswer(BaseModel):
    """Whether an amendment is taken up, and why or how."""

    taken_up: bool
    reason: Words


def routes(app: FastAPI, desk: MinutesDesk) -> None:
    """Put the minutes into the application."""
    press = Press()

    @app.get(
        "/meetings/{meeting_id}/minutes",
        response_model=MinutesAnswer,
        responses={200: {"content": {media: {} for media in MEDIA.values()}}},
    )
    async def read(
        meeting_id: str,
        origin: Anyone,
        format_: Annotated[Format, Query(alias="format")] = None,
        language: Language = "zh",
        published: Published = False,
        accept: Annotated[str, Header()] = "",
    ) -> Response | MinutesAnswer:
        found, signatures = await desk.read(meeting_id, origin, published=published)
        kind: str = format_ or next((kind for kind, media in MEDIA.items() if media in accept), "json")
        if kind == "json":
            return MinutesAnswer(**vars(found), signatures=[Signed(**vars(signature)) for signature in signatures])
        office, place = desk.place(str(found.content["division"]))
        sheet = Layout(found.content, language, office, place).sheet(
            found.phase, found.hash, _signed(found, signatures)
        )
        return _paper(await press.print(sheet, kind), kind, f"{meeting_id}-{language}")

    @app.post("/meetings/{meeting_id}/minutes/amendments", status_code=201, response_model_exclude=HIDDEN)
    async def amend(meeting_id: str, body: NewAmendment, origin: Attendant) -> Meeting:
        return await desk.amend(meeting_id, body.party, body.text, origin)

    @app.post("/meetings/{meeting_id}/minutes/amendments/{number}/answer", response_model_exclude=HIDDEN)
    async def answer(meeting_id: str, number: int, body: AmendmentAnswer, origin: Recorder) -> Meeting:
        return await desk.answer(meeting_id, number, Answer(body.taken_up, body.reason), origin)


def _signed(found: Minutes, signatures: Sequence[Signature]) -> list[tuple[str, str]]:
    titles = {found.content["host"]: "主持人", found.content["recorder"]: "记录人"}
    return [(f"{titles.get(sign.by, '')}　{sign.by}", sign.at.isoformat()) for sign in signatures]


def _paper(paper: bytes, kind: str, name: str) -> Response:
    """Answer with a file, and with its hash (RFC 9530), which is the same whenever it is set anew."""
    hash_ = base64.b64encode(hashlib.sha256(paper).digest()).decode()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Repr-Digest": f"sha-256=:{hash_}:",
    }
    return Response(paper, media_type=MEDIA[kind], headers=headers)
