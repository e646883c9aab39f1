"""A kind of thing to store, and the adapters of common.aggregate.Aggregates that the contract tests compare."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pymongo import ASCENDING, IndexModel

from common.aggregate import Aggregate, Aggregates, Origin
from common.bus.cloudevents import Outgoing
from common.events import IssueSupplemented, Place
from common.outbox import Outbox
from common.store import Documents, Store
from fakes import MemoryAggregates


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


@dataclass(frozen=True)
class Part:
    name: str
    seen_at: datetime
    until: date | None = None
    places: tuple[Place, ...] = ()


@dataclass(kw_only=True)
class Thing(Aggregate):
    """One of everything that aggregates are made of."""

    name: str = ""
    colour: Colour = Colour.RED
    count: int = 0
    due: date | None = None
    met_at: datetime | None = None
    part: Part | None = None
    parts: list[Part] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, origin: Origin | None = None) -> None:
        """Count one more, and say so; an origin counts once."""
        if origin is None or self.take(origin):
            self.count += 1
            self.tell(self.count)

    def tell(self, version: int) -> None:
        """Say a fact."""
        self.say(IssueSupplemented(issue_id=self.id, version=version))


class Things(Documents[Thing]):
    kind = Thing
    name = "things"
    indexes = (IndexModel([("colour", ASCENDING), ("_id", ASCENDING)]),)


@dataclass
class World:
    """An adapter to play with, and what it said so far."""

    things: Aggregates[Thing]
    said: list[Outgoing]

    async def settle(self) -> None:
        """Wait until everything is said."""


@dataclass
class Bus:
    """A way out that can be away, and can hold facts back."""

    said: list[Outgoing] = field(default_factory=list)
    away: bool = False
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, *facts: Outgoing) -> None:
        for fact in facts:
            if fact.id in self.held:
                await self.held[fact.id].wait()
            if self.away:
                raise ConnectionError
            self.said.append(fact)
            self.arrived.set()


@dataclass
class MongoWorld(World):
    """The real adapter; `said` can be held up or fail through `bus`."""

    things: Things
    store: Store
    bus: Bus
    name: str

    async def settle(self) -> None:
        await self.store.outbox.stop()


@asynccontextmanager
async def memory() -> AsyncIterator[World]:
    """Open the fake."""
    said: list[Outgoing] = []
    yield World(MemoryAggregates(Thing, said.append), said)


@asynccontextmanager
async def mongo(url: str, driver: str, bus: Bus | None = None, database: str = "") -> AsyncIterator[MongoWorld]:
    """Open the real one; a database made here is dropped at the end."""
    bus = bus or Bus()
    name = database or f"contract_{secrets.token_hex(6)}"
    store = Store(url, name, driver, Outbox(bus.publish), "yishi/620102/test")
    things = Things(store)
    await store.prepare()
    try:
        yield MongoWorld(things, bus.said, store, bus, name)
    finally:
        await store.outbox.stop(timeout_s=0)
        if not database:
            await store._client.drop_database(name)
        await store.close()


def play(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story, which must not take long."""

    async def told() -> None:
        await asyncio.wait_for(story(), 30)

    asyncio.run(told())
