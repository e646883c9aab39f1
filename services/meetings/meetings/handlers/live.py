"""Live views: one watcher a process, one reading of a meeting a change, however many follow it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from common.aggregate import Aggregates
from meetings.domain import Meeting
from meetings.domain.live import Cursor

BEAT_S = 15.0
"""So often a reader is woken though nothing is new: to see that it lives, and to notice who has gone."""

AGAIN_S = 1.0
"""So long it waits where the database is away."""

log = logging.getLogger(__name__)


@dataclass
class Channel:
    """A meeting as it is now, for all who follow it in this process.

    Nothing is queued for anybody: a reader is woken, looks what is new to it, and takes that in one piece. One that is
    slow is woken to more. `told` keeps what was worded for one reader for the others who have seen as much.
    """

    meeting: Meeting
    readers: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    told: dict[str, tuple[Cursor, list[bytes]]] = field(default_factory=dict)
    closed: bool = False

    def show(self, meeting: Meeting) -> None:
        """Show the meeting as it is now; an older state than the one that is shown is no news."""
        if meeting.revision > self.meeting.revision:
            self.meeting = meeting
            self.told.clear()
            self.wake()

    def wake(self) -> None:
        """Wake everybody who waits."""
        self.news.set()
        self.news = asyncio.Event()


class Live:
    """Lets many follow a meeting while it goes on."""

    def __init__(self, meetings: Aggregates[Meeting]) -> None:
        self._meetings = meetings
        self._channels: dict[str, Channel] = {}
        self._behind: set[str] = set()
        self._due = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Watch for changes for ever, and read anew what is followed here."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read())
            tasks.create_task(self._beat())
            async for id_ in self._meetings.changes():
                self._behind.update(self._channels if id_ is None else {id_} & self._channels.keys())
                self._due.set()

    def close(self) -> None:
        """Let everybody go: this process ends, and they go on at another."""
        self._closed = True
        for channel in self._channels.values():
            channel.closed = True
            channel.wake()

    async def get(self, meeting_id: str) -> Meeting:
        """Load a meeting, unless it is followed already. Raises NotFound."""
        channel = self._channels.get(meeting_id)
        return channel.meeting if channel else await self._meetings.get(meeting_id)

    @contextmanager
    def follow(self, meeting: Meeting) -> Iterator[Channel]:
        """Follow a meeting that was just loaded."""
        channel = self._channels.setdefault(meeting.id, Channel(meeting, closed=self._closed))
        channel.readers += 1
        # what was saved between loading and now was told to nobody
        self._behind.add(meeting.id)
        self._due.set()
        try:
            yield channel
        finally:
            channel.readers -= 1
            if not channel.readers:
                self._channels.pop(meeting.id, None)

    async def _read(self) -> None:
        """Read what has changed; however much is saved meanwhile, it is one reading more."""
        while True:
            await self._due.wait()
            self._due.clear()
            behind, self._behind = self._behind, set()
            for id_ in behind & self._channels.keys():
                try:
                    meeting = await self._meetings.get(id_)
                except Exception as error:  # noqa: BLE001  the view goes on when the database does
                    log.warning("a live view waits for better weather: %s", type(error).__name__)
                    self._behind.add(id_)
                else:
                    self._show(meeting)
            if behind & self._behind:
                await asyncio.sleep(AGAIN_S)
                self._due.set()

    def _show(self, meeting: Meeting) -> None:
        if channel := self._channels.get(meeting.id):
            channel.show(meeting)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            for channel in self._channels.values():
                channel.wake()
