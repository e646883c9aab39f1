"""The world outside: whatever the demonstration does, it does as a department's NATS client or an HTTP client does."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2 as httpx
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from common.county import County
from common.people import Sealer
from yishi.up import CountyUp

PATIENCE_S = 20
"""How long the demonstration waits for one thing to happen."""

ASK_EVERY_S = 0.1

Json = dict[str, object]


class Disappointed(Exception):
    """Something did not happen, or was refused."""


@dataclass(frozen=True)
class Heard:
    """An event on the bus, as somebody outside sees it."""

    type: str
    subject: str
    time: datetime
    data: Json


@dataclass
class Outside:
    """Clients of NATS and of the four services, and everything heard so far."""

    here: CountyUp
    bus: Client
    http: httpx.AsyncClient
    events: list[Heard] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def county(self) -> County:
        """The county it is outside of."""
        return self.here.county

    async def publish(self, system: str, kind: str, data: Json, traceparent: str) -> str:
        """Publish `dept.in.<kind>.v1` as a department system; returns the event's id."""
        id_ = secrets.token_hex(16)
        headers = {
            "ce-id": id_,
            "ce-type": f"dept.in.{kind}.v1",
            "ce-source": system,
            "ce-time": datetime.now(UTC).isoformat(),
            "ce-specversion": "1.0",
            "Content-Type": "application/json",
            "Nats-Msg-Id": id_,
            "traceparent": traceparent,
        }
        subject = f"dept.{self.county.code}.{system}.in.{kind}.v1"
        await self.bus.jetstream().publish(subject, json.dumps(data).encode(), headers=headers, timeout=10)
        return id_

    async def ask(self, who: str, what: str, path: str, body: object = None, trace: str | None = None) -> Json:
        """Ask a service: `who` is role or role/name, `what` METHOD service. Raises Disappointed when it is refused."""
        method, service = what.split()
        headers = {"Authorization": f"Bearer {self._token(who)}"} | ({"traceparent": trace} if trace else {})
        answer = await self.http.request(method, self.here.urls[service] + path, json=body, headers=headers)
        if answer.is_error:
            message = f"{what} {path} as {who}: {answer.status_code} {answer.text[:500]}"
            raise Disappointed(message)
        found: Json = answer.json()
        return found

    async def hear(self, what: str, wanted: Callable[[Heard], bool]) -> Heard:
        """Wait until an event is heard, or has been. Raises Disappointed when it is not."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                while True:
                    for event in self.events:
                        if wanted(event):
                            return event
                    await self._news.wait()
        except TimeoutError:
            message = f"{what} was not heard within {PATIENCE_S} s"
            raise Disappointed(message) from None

    async def until(self, what: str, true: Callable[[], Awaitable[bool]]) -> None:
        """Ask again and again until something is true. Raises Disappointed when it never is."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    if await true():
                        return
                    await asyncio.sleep(ASK_EVERY_S)
        except TimeoutError:
            message = f"{what}: not within {PATIENCE_S} s"
            raise Disappointed(message) from None

    def person_id(self, phone: str) -> str:
        """Name the person behind a number, as only those can who have the county's key."""
        return Sealer(self.here.keys.county, self.here.keys.seal_public).person_id(phone)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            role, _, name = who.partition("/")
            self._tokens[who] = self.here.keys.token([role], name or role, self.county.code)
        return self._tokens[who]

    async def _take(self, message: Msg) -> None:
        headers = {name.lower(): value for name, value in (message.headers or {}).items()}
        time = datetime.fromisoformat(headers.get("ce-time", datetime.now(UTC).isoformat()).replace("%3A", ":"))
        async with self._news:
            event = Heard(headers.get("ce-type", ""), message.subject, time, json.loads(message.data))
            self.events.append(event)
            self._news.notify_all()


@asynccontextmanager
async def outside(here: CountyUp) -> AsyncIterator[Outside]:
    """Connect from outside, and hear everything that may be heard."""
    client = await nats.connect(here.nats_url)
    async with httpx.AsyncClient(timeout=30) as http:
        world = Outside(here, client, http)
        for subject in (f"yishi.{here.county.code}.>", f"dept.{here.county.code}.*.out.>"):
            await client.subscribe(subject, cb=world._take)  # noqa: SLF001  its own ear
        await client.flush()
        try:
            yield world
        finally:
            await client.close()
