"""The live view (实况) as server-sent events: what is new, worded once for all who have seen as much."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Annotated

from fastapi import FastAPI, Header, Response
from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send

from common.aggregate import Origin
from common.auth import allow
from meetings.domain import Meeting
from meetings.domain.live import Audience, Cursor, Step, audience, steps
from meetings.handlers.live import Channel, Live

log = logging.getLogger(__name__)

STALLED_S = 30
"""Whoever takes nothing for so long is let go; the id of the last event brings them back."""

PIECE = 32_768
"""Bytes sent in one piece, give or take an event: what a slow reader can have waiting in this process."""

RETRY = b"retry: 2000\n\n"
BEAT = b": still here\n\n"

WORDED = 32
"""How many places in the record are kept worded: nearly everybody is at one of them."""

News = tuple[Cursor, list[bytes]]

_json = TypeAdapter(dict[str, object])

Anyone = Annotated[Origin, allow()]


def routes(app: FastAPI, live: Live) -> None:
    """Put the live view into the application."""

    @app.get(
        "/meetings/{meeting_id}/live",
        response_class=Response,
        responses={
            200: {"description": "Events `entry`, `state` and, last, `end`", "content": {"text/event-stream": {}}},
            204: {"description": "The end has been told already: there is nothing to come back for"},
        },
    )
    async def follow(meeting_id: str, origin: Anyone, last_event_id: Annotated[str, Header()] = "") -> Response:
        seen = Cursor.read(last_event_id) if last_event_id else Cursor()
        meeting = await live.get(meeting_id)
        return Response(status_code=204) if seen.over else Events(_pieces(live, meeting, seen, audience(origin.roles)))


async def _pieces(live: Live, meeting: Meeting, seen: Cursor, audience: Audience) -> AsyncIterator[bytes]:
    """Yield what is new, as long as the meeting goes on."""
    with live.follow(meeting) as channel:
        yield RETRY
        while not (channel.closed or seen.over):
            news = channel.news
            seen, pieces = _news(channel, seen, audience)
            for piece in pieces or [BEAT]:
                yield piece
            if not seen.over:
                await news.wait()


def _news(channel: Channel, seen: Cursor, audience: Audience) -> News:
    """Word what is new to somebody, or take what was worded for somebody else who has seen as much."""
    key = f"{seen} {audience}"
    if key in channel.told:
        return channel.told[key]
    found = list(steps(channel.meeting, seen, audience))
    news = (found[-1].cursor if found else seen), list(_worded(found))
    if len(channel.told) < WORDED:
        channel.told[key] = news
    return news


def _worded(found: Iterable[Step]) -> Iterator[bytes]:
    piece = b""
    for step in found:
        data = _json.dump_json(step.data).decode()
        piece += f"id: {step.cursor}\nevent: {step.kind}\ndata: {data}\n\n".encode()
        if len(piece) >= PIECE:
            yield piece
            piece = b""
    if piece:
        yield piece


class Events(Response):
    """An answer that goes on until there is nothing more to tell, or nobody takes it."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        # proxies must neither keep it nor collect it
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send piece after piece."""
        del scope
        gone = asyncio.create_task(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for piece in self._pieces:
                if gone.done():
                    break
                async with asyncio.timeout(STALLED_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            else:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a reader of a live view takes nothing and is let go")
        finally:
            gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
