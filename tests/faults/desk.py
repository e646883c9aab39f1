"""Who asks and tells from outside, stubbornly: the same again with the same key, until it is answered."""

import asyncio
import json
import random
from dataclasses import dataclass, field

import httpx2 as httpx
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from faults.tally import Json, Said, Tally
from yishi.up import CountyUp

PUBLISH_WITHIN_S = 5
ANSWER_WITHIN_S = 10
AGAIN_AFTER_S = 0.3
GIVE_UP_AFTER = 600
COPIES = 3


class Refused(Exception):
    """A write of a script without fault was answered 4xx."""


@dataclass
class Desk:
    """A department system's NATS client and a resident's or official's HTTP client in one."""

    here: CountyUp
    bus: Client
    http: httpx.AsyncClient
    tally: Tally
    chance: random.Random
    _tokens: dict[str, str] = field(default_factory=dict)

    async def tell(self, *events: Said) -> None:
        """Publish each event three times, all of them shuffled; returns when JetStream has acknowledged every one."""
        copies = [(event, f"{event.id}.{copy}") for event in events for copy in range(COPIES)]
        self.chance.shuffle(copies)
        await asyncio.gather(*(self._publish(event, message_id) for event, message_id in copies))
        self.tally.said += events

    async def write(self, who: str, service: str, path: str, body: object = None) -> Json:
        """POST with an Idempotency-Key until it is answered 2xx. Raises Refused on any other final answer."""
        key = f"{self.chance.getrandbits(64):016x}"
        for _ in range(GIVE_UP_AFTER):
            answer = await self._ask("POST", who, service, path, body, {"Idempotency-Key": key})
            if answer is not None and answer.is_success:
                self.tally.writes += 1
                found: Json = answer.json()
                return found
            if answer is not None:
                problem = f"POST {service} {path} as {who}: {answer.status_code} {answer.text[:300]}"
                self.tally.refused.append(problem)
                raise Refused(problem)
            await asyncio.sleep(AGAIN_AFTER_S)
        raise TimeoutError(path)

    async def read(self, who: str, service: str, path: str) -> Json | None:
        """GET until it is answered; None where there is no such thing."""
        for _ in range(GIVE_UP_AFTER):
            answer = await self._ask("GET", who, service, path, None, {})
            if answer is not None:
                found: Json | None = answer.json() if answer.is_success else None
                return found
            await asyncio.sleep(AGAIN_AFTER_S)
        raise TimeoutError(path)

    async def _publish(self, event: Said, message_id: str) -> None:
        headers = {
            "ce-id": event.id,
            "ce-type": f"dept.in.{event.kind}.v1",
            "ce-source": event.system,
            "ce-specversion": "1.0",
            "Content-Type": "application/json",
            "Nats-Msg-Id": message_id,
        }
        subject = f"dept.{self.here.county.code}.{event.system}.in.{event.kind}.v1"
        body = json.dumps(event.data).encode()
        for _ in range(GIVE_UP_AFTER):
            try:
                await self.bus.jetstream().publish(subject, body, headers=headers, timeout=PUBLISH_WITHIN_S)
            except (NatsError, TimeoutError, OSError) as error:
                self.tally.weather[f"publish: {type(error).__name__}"] += 1
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return
        raise TimeoutError(event.id)

    async def _ask(
        self, method: str, who: str, service: str, path: str, body: object, headers: dict[str, str]
    ) -> httpx.Response | None:
        """Ask once; None for what calls for asking again."""
        url = self.here.urls[service] + path
        try:
            answer = await self.http.request(
                method, url, json=body, headers={"Authorization": f"Bearer {self._token(who)}"} | headers
            )
        except httpx.TransportError as error:
            self.tally.weather[f"http: {type(error).__name__}"] += 1
            return None
        if answer.is_server_error or '"stale"' in answer.text:
            self.tally.weather[f"http: {answer.status_code}"] += 1
            return None
        return answer

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            role, _, name = who.partition("/")
            self._tokens[who] = self.here.keys.token([role], name or role, self.here.county.code)
        return self._tokens[who]


async def open_desk(here: CountyUp, nats_url: str, tally: Tally, chance: random.Random) -> Desk:
    """Open a desk."""

    async def quiet(_: Exception) -> None:
        """Say nothing: that connections fail is the point."""

    bus = await nats.connect(
        nats_url.split(","), max_reconnect_attempts=-1, reconnect_time_wait=0.2, connect_timeout=5, error_cb=quiet
    )
    return Desk(here, bus, httpx.AsyncClient(trust_env=False, timeout=ANSWER_WITHIN_S), tally, chance)
