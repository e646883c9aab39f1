"""A real nats-server on loopback and small services made of common parts, for live tests that need no database."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from common.aggregate import Origin
from common.bus import Bus, Outgoing, apply, dead
from common.bus.dead import Letter
from common.events import DeptIssue, Event, TopicClosed
from fakes import NOON, sealer
from yishi.child import Child
from yishi.folder import Folder
from yishi.programs import NATS, locate
from yishi.servers import _nats

COUNTY = "620102"
ISSUE = {
    "external_id": "1",
    "version": 1,
    "title": "供暖不热",
    "description": "只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
}
FROM_GRID = DeptIssue.subject(COUNTY, "grid")
CLOSED = TopicClosed.subject(COUNTY)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Ground:
    """A server, with everything on it that a county needs, and a foreign client."""

    url: str
    server: Child
    client: Client
    services: list[Bus] = field(default_factory=list)

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    async def service(self, name: str, *ears: tuple[type[Event], Callable[..., Awaitable[object]]]) -> Bus:
        """Start a small service that hears with these methods."""
        bus = Bus(self.url, COUNTY, name, sealer)
        for event, method in ears:
            bus.listen(event, method)
        await bus.connect()
        await bus.start()
        self.services.append(bus)
        return bus

    async def issue(self, number: int = 1, **changes: object) -> None:
        """Publish an issue as a department system does; its id is `issue-<number>`."""
        body = json.dumps(ISSUE | {"external_id": str(number)} | changes).encode()
        headers = {"ce-id": f"issue-{number}", "ce-type": DeptIssue.type, "ce-source": "grid", "ce-specversion": "1.0"}
        headers |= {"Nats-Msg-Id": f"issue-{number}", "traceparent": TRACE}
        await self.js.publish(FROM_GRID, body, headers=headers, timeout=10)

    async def letters(self) -> list[Letter]:
        return [letter async for letter in dead.letters(self.js, COUNTY)]

    async def stored(self, stream: str) -> int:
        return (await self.js.stream_info(stream)).state.messages

    async def holds(self, stream: str, count: int) -> bool:
        return await self.stored(stream) == count


@asynccontextmanager
async def ground(path: Path) -> AsyncIterator[Ground]:
    """Have a server up, set up by `apply`, and everything gone at the end."""
    folder = Folder.open(path / "nats-ground")
    with folder.locked() as lock:
        server, url = _nats(locate(NATS).path, folder, lock)
        await server.start()
        await apply(url, COUNTY)
        client = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
        here = Ground(url, server, client)
        try:
            yield here
        finally:
            for bus in here.services:
                await bus.deafen()
                await bus.stop()
            await client.close()
            await server.stop(5)


def play(path: Path, story: Callable[[Ground], Awaitable[None]]) -> None:
    """Tell a story on fresh ground."""

    async def told() -> None:
        async with ground(path) as here:
            await story(here)

    asyncio.run(told())


async def until(true: Callable[[], Awaitable[bool] | bool], within_s: float = 20) -> None:
    """Wait until something is true."""
    limit = time.monotonic() + within_s
    while time.monotonic() < limit:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.05)
    message = f"not within {within_s} s"
    raise AssertionError(message)


def closed(number: int = 1) -> Outgoing:
    """Make a fact; its id is `fact-<number>`."""
    fact = TopicClosed(topic_id=f"topic-{number}", title="供暖", score=4.5, ratings=2)
    data = fact.model_dump(mode="json")
    return Outgoing(f"fact-{number}", fact.type, "yishi/620102/outcomes", f"topic-{number}", NOON, data, TRACE)


@dataclass
class Ear:
    """A method that notes what it is given, and does what it is told to do about it."""

    then: Callable[[Event], Awaitable[object]] | None = None
    ids: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    async def hear(self, fact: Event, origin: Origin) -> None:
        self.ids.append(origin.id)
        self.by.append(origin.by)
        self.at.append(time.monotonic())
        if self.then:
            await self.then(fact)
