"""The live view on a real database, at two replicas of the service."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from common.bus.cloudevents import Outgoing
from common.outbox import Outbox
from common.store import Store
from meetings.api import live as wire
from meetings.domain import Meeting
from meetings.domain.live import Audience, Cursor
from meetings.handlers.live import Live
from meetings.store import MongoMeetings
from village import Village

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]


async def _say(*_: Outgoing) -> None:
    """Nobody hears."""


@asynccontextmanager
async def replica(url: str, database: str) -> AsyncIterator[tuple[MongoMeetings, Live]]:
    """Have the parts of the service that a live view is made of."""
    store = Store(url, database, "motor", Outbox(_say), "yishi/620102/meetings")
    meetings = MongoMeetings(store)
    live = Live(meetings)
    running = asyncio.create_task(live.run())
    try:
        yield meetings, live
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.outbox.stop(timeout_s=0)
        await store.close()


async def read(live: Live, meeting_id: str, seen: Cursor, until: str) -> tuple[str, Cursor]:
    """Follow until something is said, then break off; gives what came, and how far that was."""
    pieces = wire._pieces(live, await live.get(meeting_id), seen, Audience.TABLE)
    text = ""
    async for piece in pieces:
        text += piece.decode()
        if until in text:
            break
    await pieces.aclose()  # type: ignore[attr-defined]
    ids = [line for line in text.splitlines() if line.startswith("id: ")]
    return text, Cursor.read(ids[-1].removeprefix("id: "))


def test_a_reader_that_was_cut_off_goes_on_at_another_replica_without_a_gap(mongo_url: str) -> None:
    async def story() -> None:
        village, database = Village(), f"live_{secrets.token_hex(6)}"
        meeting_id = await village.meet(await village.begin(), hear=())
        made: Meeting = await village.meetings.get(meeting_id)
        made.revision, made.said = 0, []
        async with AsyncExitStack() as stack:
            there, first = await stack.enter_async_context(replica(mongo_url, database))
            _, second = await stack.enter_async_context(replica(mongo_url, database))
            await there.change(meeting_id, lambda _: None, new=lambda: made)

            async def speak(*words: str) -> None:
                for word in words:
                    origin = village.by("recorder")
                    await there.change(meeting_id, lambda m, w=word, o=origin: m.speak("居民", w, o))  # type: ignore[misc]

            following = asyncio.create_task(read(first, meeting_id, Cursor(), "第二句"))
            await speak("第一句", "第二句")
            text, seen = await following
            await speak("第三句")
            following = asyncio.create_task(read(second, meeting_id, seen, "第四句"))
            await speak("第四句")
            rest, _ = await following
            for word in ("第一句", "第二句", "第三句", "第四句"):
                assert (text + rest).count(f'"text":"{word}"') == 1
            await there.collection.database.client.drop_database(database)

    asyncio.run(asyncio.wait_for(story(), 20))
