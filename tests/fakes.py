"""What stands in for the servers in unit, api and flow tests. The contract tests prove that it does not lie."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Generic, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from common.aggregate import A, Origin
from common.auth import Caller, Gate, unguarded
from common.bus.cloudevents import E, Outgoing, read, validate
from common.bus.listen import Answer
from common.county import County
from common.errors import NotFound, Unauthenticated
from common.events import Event
from common.people import Opener, Sealer
from common.web import web

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
PHONE = "19900000001"

_PRIVATE = X25519PrivateKey.generate()
PUBLIC_KEY = _PRIVATE.public_key().public_bytes_raw()
sealer = Sealer(b"k" * 32, PUBLIC_KEY)
opener = Opener(_PRIVATE.private_bytes_raw())

COUNTY = County.model_validate(
    {
        "code": "620102",
        "name": {"zh": "城关区", "en": "Chengguan"},
        "divisions": [
            {"code": "620102007000", "name": "白银路街道", "kind": "street"},
            {"code": "620102007004", "name": "西北新村社区", "kind": "community"},
        ],
        "systems": [{"name": "hotline12345", "title": "12345热线"}, {"name": "grid", "title": "网格"}],
        "departments": [
            {"name": "housing", "title": "住建局", "system": "grid"},
            {"name": "police", "title": "公安分局"},
        ],
        "leaders": [{"name": "张主席", "post": "政协主席", "covers": ["620102007000"]}],
        "scope": {"categories": ["heating", "property", "traffic"], "refused": {"litigation": "法院"}},
    }
)


def origin(id_: str = "one", by: str = "somebody", *roles: str) -> Origin:
    """Say where something comes from."""
    return Origin(id_, by, NOON, frozenset(roles))


class MemoryAggregates(Generic[A]):
    """`common.aggregate.Aggregates` without a database. What was said is kept in `said`, and told to `tell`."""

    def __init__(self, kind: type[A], tell: "Callable[[Outgoing], None] | None" = None, name: str = "") -> None:
        self._adapter = TypeAdapter(kind)
        self._name = name or kind.__name__.lower()
        self._documents: dict[str, dict[str, object]] = {}
        self._tell = tell or (lambda _: None)
        self.said: list[Event] = []
        self._watchers: list[asyncio.Queue[str]] = []

    async def changes(self) -> AsyncIterator[str | None]:
        """As common.store.Documents."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers.append(queue)
        yield None
        while True:
            yield await queue.get()

    async def get(self, id_: str) -> A:
        if id_ not in self._documents:
            raise NotFound(self._name, id_)
        return self._adapter.validate_python(self._documents[id_])

    async def change(self, id_: str, decide: Callable[[A], None], *, new: Callable[[], A] | None = None) -> A:
        there = id_ in self._documents
        aggregate = await self.get(id_) if there or new is None else new()
        before = self._adapter.dump_python(aggregate) if there else None
        decide(aggregate)
        if self._adapter.dump_python(aggregate) == before and not aggregate.said:
            return aggregate
        aggregate.revision += 1
        self._documents[id_] = self._adapter.dump_python(aggregate)
        for watcher in self._watchers:
            watcher.put_nowait(id_)
        said, aggregate.said = list(aggregate.said), []
        self.said += said
        for number, event in enumerate(said):
            data = event.model_dump(mode="json")
            self._tell(Outgoing(f"{id_}.{aggregate.revision}.{number}", event.type, "test", id_, NOON, data))
        return aggregate

    async def page(self, after: str | None = None, limit: int = 50, **equal: str | None) -> list[A]:
        wanted = {name: value for name, value in equal.items() if value is not None}
        found = [
            self._adapter.validate_python(document)
            for id_, document in sorted(self._documents.items())
            if (after is None or id_ > after) and all(document.get(k) == v for k, v in wanted.items())
        ]
        return found[:limit]

    def all(self) -> list[A]:
        """List everything, for assertions."""
        return [self._adapter.validate_python(document) for _, document in sorted(self._documents.items())]


class MemoryBus:
    """Carries facts between services in one process, through their wire form; `tell` here, `settle` there."""

    def __init__(self, county: str = COUNTY.code) -> None:
        self.county = county
        self.told: list[Outgoing] = []
        self._queue: deque[Outgoing] = deque()
        self._heard: list[tuple[type[Event], Callable[[Event, Origin], Awaitable[object]]]] = []

    def listen(
        self, event: type[E], method: Callable[[E, Origin], Awaitable[object]], *, refused: Answer | None = None
    ) -> None:
        """As common.bus.Bus."""
        del refused
        self._heard.append((event, cast("Callable[[Event, Origin], Awaitable[object]]", method)))

    def tell(self, outgoing: Outgoing) -> None:
        """Store a fact, to be heard when the bus settles."""
        self.told.append(outgoing)
        self._queue.append(outgoing)

    def say(self, event: Event, id_: str, by: str = "test") -> None:
        """Say a fact as an outside party does."""
        data = TypeAdapter(type(event)).dump_python(event, mode="json")
        self.tell(Outgoing(id_, event.type, by, id_, NOON, data))

    async def settle(self) -> None:
        """Hand over everything that was said, and whatever is said because of it."""
        while self._queue:
            outgoing = self._queue.popleft()
            for event, method in self._heard:
                if event.type == outgoing.type:
                    incoming = read(outgoing.headers(), outgoing.body())
                    await method(
                        validate(event, incoming), Origin(outgoing.id, outgoing.source, NOON, said_at=incoming.time)
                    )
        await asyncio.sleep(0)


class FakeGate:
    """Admits tokens of the form `<subject>:<role>,<role>`."""

    def admit(self, token: str) -> Caller:
        subject, _, roles = token.partition(":")
        if not roles:
            raise Unauthenticated("not a token")
        return Caller(subject, frozenset(roles.split(",")), ())


def bearer(*roles: str, subject: str = "somebody") -> dict[str, str]:
    """Make the header that FakeGate admits."""
    return {"Authorization": f"Bearer {subject}:{','.join(roles)}"}


async def no_troubles() -> list[str]:
    """Answer as a service in perfect health."""
    return []


def client(name: str, add_routes: Callable[[FastAPI], None]) -> TestClient:
    """Make an HTTP client of an application in this process, with FakeGate at the door."""
    app = web(name, cast("Gate", FakeGate()), no_troubles)
    add_routes(app)
    assert unguarded(app) == []
    return TestClient(app)


def county(**changes: object) -> County:
    """Make a county like COUNTY, but for some fields."""
    return County.model_validate({**COUNTY.model_dump(), **changes})


__all__ = [
    "COUNTY",
    "NOON",
    "PHONE",
    "FakeGate",
    "MemoryAggregates",
    "MemoryBus",
    "bearer",
    "client",
    "county",
    "opener",
    "origin",
    "sealer",
]
