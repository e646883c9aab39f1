"""What happens to an event that is heard: taken, asked for again, or laid among the dead with its reason.

taken                                         -> acknowledged
weather (server away, database away)          -> comes back, with a growing delay, as long as it takes
not yet known, or a bug                       -> comes back, with a growing delay, at most ATTEMPTS times
at fault (DomainError), or attempts used up   -> answered where a department said it, dead letter, terminated
ends its taker's process, again and again     -> the same, from the notes that were left (common.bus.suspects)
"""

import asyncio
import hashlib
import json
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Generic, Protocol

from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from opentelemetry.trace import SpanKind, Status, StatusCode
from prometheus_client import Counter as Metric
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError

from common.aggregate import Origin, derived_id, utc_now
from common.bus import dead
from common.bus.cloudevents import E, Incoming, Outgoing, read, validate
from common.bus.suspects import KILLS, SUSPECT_AFTER, Notes
from common.errors import DomainError, Fault, NotFound, Refusal
from common.events import Event
from common.people import Sealer
from common.telemetry import span, traceparent

WEATHER = (ConnectionFailure, ExecutionTimeout, WTimeoutError, NatsError, OSError, TimeoutError)
DELAYS_S = (0.1, 0.3, 1, 3, 10, 30)
WEATHER_DELAY_S = 5
ATTEMPTS = 10
TURN_S = 3
"""How long a suspect waits for its turn: less than the server waits for its acknowledgement."""

_buried = Metric("yishi_dead_letters_total", "Events laid among the dead", ["event"])

log = logging.getLogger(__name__)


class Delivery(dead.Message, Protocol):
    """One delivery of a stored message, as nats-py hands it over."""

    async def ack(self) -> None:
        """Taken: it does not come back."""

    async def nak(self, delay: float | None = None) -> None:
        """Not taken: it comes back after `delay` seconds."""

    async def term(self) -> None:
        """Never to come back."""


Answer = Callable[[Refusal], Event]


class Deadly(DomainError):
    """The event has ended the process of whoever took it, again and again."""

    title = "killed its taker"


@dataclass(frozen=True)
class Hearing(Generic[E]):
    """One service hears one kind of event with one method."""

    event: type[E]
    method: Callable[[E, Origin], Awaitable[object]]
    service: str
    refused: Answer | None = None


class Publish(Protocol):
    """The way out to a stream; returns once the server has stored the message."""

    async def __call__(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """Publish, and wait for the server."""


class Listener:
    """Applies the policy above to each delivery."""

    def __init__(self, county: str, sealer: Sealer, publish: Publish, suspects: Notes | None = None) -> None:
        self._county = county
        self._sealer = sealer
        self._publish = publish
        self._suspects = suspects
        self._attempts: Counter[str] = Counter()
        self._ended: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self.buried: deque[str] = deque(maxlen=1000)

    async def take(self, hearing: Hearing[E], delivery: Delivery, place: str, delivered: int = 1) -> None:
        """Take one delivery, the `delivered`th. `place` is where the message is stored (`EVENTS.17`), every time."""
        key = f"{hearing.service}.{place}"
        if self._suspects is None or delivered - self._ended.get(key, 0) <= SUSPECT_AFTER:
            await self._take(hearing, delivery, place, delivered)
            return
        try:
            # one at a time: where it ends the process, nobody else's note is left open
            async with asyncio.timeout(TURN_S):
                await self._turn.acquire()
        except TimeoutError:
            await delivery.nak(WEATHER_DELAY_S)
            return
        try:
            await self._take(hearing, delivery, place, delivered, self._suspects)
        finally:
            self._turn.release()

    async def _take(
        self, hearing: Hearing[E], delivery: Delivery, place: str, delivered: int, suspects: Notes | None = None
    ) -> None:
        incoming = read(delivery.headers or {}, delivery.data)
        name = f"process {hearing.event.type}"
        key = f"{hearing.service}.{place}"
        with span(name, SpanKind.CONSUMER, incoming.traceparent, messaging_system="nats") as current:
            try:
                if suspects and await suspects.begin(place) >= KILLS:
                    self._condemn(key, delivered)
                await self._hand_over(hearing, delivery, incoming)
            except Exception as error:  # noqa: BLE001  nothing may be lost, whatever went wrong
                current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                self._ended[key] = delivered
                await self._failed(hearing, delivery, incoming, place, error)
            else:
                self._forget(key)
                await delivery.ack()
            if suspects:
                await suspects.end(place)

    def _forget(self, key: str) -> None:
        self._attempts.pop(key, None)
        self._ended.pop(key, None)

    def _condemn(self, key: str, delivered: int) -> None:
        self._attempts[key] = delivered - 1  # this one is counted as every failure is
        raise Deadly(f"ended whoever took it, {KILLS} times in a row, and was delivered {delivered} times")

    async def _failed(
        self, hearing: Hearing[E], delivery: Delivery, incoming: Incoming, place: str, error: Exception
    ) -> None:
        key = f"{hearing.service}.{place}"
        if isinstance(error, WEATHER):
            log.warning("%s waits for better weather: %s", key, type(error).__name__)
            await delivery.nak(WEATHER_DELAY_S)
            return
        self._attempts[key] += 1
        again = isinstance(error, NotFound) or not isinstance(error, DomainError)
        if again and self._attempts[key] < ATTEMPTS:
            log.warning("%s failed, attempt %d: %s", key, self._attempts[key], type(error).__name__)
            await delivery.nak(DELAYS_S[min(self._attempts[key], len(DELAYS_S)) - 1])
        else:
            why = dead.verdict(error, max(1, self._attempts[key]))
            await self.bury(hearing, delivery, incoming, place, why)

    async def _hand_over(self, hearing: Hearing[E], delivery: Delivery, incoming: Incoming) -> None:
        system = _system(delivery.subject)
        version = delivery.subject.rsplit(".", 1)[-1]
        known = hearing.event.type.rsplit(".", 1)[-1]
        if version != known:
            incoming.faults.append(Fault("", f"version {version} of this event is not known here; {known} is"))
        fact = validate(hearing.event, incoming)
        by = system or incoming.attributes["source"]
        await hearing.method(fact, Origin(str(incoming.id), by, utc_now(), said_at=incoming.time))

    async def bury(
        self, hearing: Hearing[E], delivery: Delivery, incoming: Incoming, place: str, why: dead.Verdict
    ) -> None:
        """Answer, lay among the dead, terminate: in this order a crash in between repeats, and loses nothing."""
        if hearing.refused and (system := _system(delivery.subject)):
            refusal = Refusal(incoming.id, system, incoming.data, why.faults)
            answer = hearing.refused(refusal)
            why = replace(why, faults=refusal.faults)
            id_ = derived_id("answer", place, hashlib.sha256(delivery.data).hexdigest())
            with suppress(MaxPayloadError):  # one that repeats an id of megabytes cannot be said, at no attempt
                await self.answer(answer, system, id_)
        await self.lay(hearing, delivery, place, why)
        self.buried.append(place)
        await delivery.term()
        self._forget(f"{hearing.service}.{place}")

    async def lay(
        self, hearing: Hearing[E], message: dead.Message, place: str, why: dead.Verdict, *, lost: bool = False
    ) -> None:
        """Lay among the dead; `lost` where nobody holds the original any more."""
        headers = {"Nats-Msg-Id": f"dead.{hearing.service}.{place}", "Content-Type": "application/json"}
        subject = f"dead.{self._county}.{hearing.service}"
        letter = dead.write(hearing.service, hearing.event.type, message, place, why, self._sealer)
        if lost:
            letter["original"] = None
        try:
            await self._publish(subject, json.dumps(letter, ensure_ascii=False).encode(), headers)
        except MaxPayloadError:
            keep = dead.BEGINNING_BYTES
            letter = dead.write(hearing.service, hearing.event.type, message, place, why, self._sealer, keep)
            await self._publish(subject, json.dumps(letter, ensure_ascii=False).encode(), headers)
        _buried.labels(hearing.event.type).inc()
        log.error("%s of %s is dead: %s", place, message.subject, why.reason)

    async def answer(self, answer: Event, system: str, id_: str) -> None:
        """Tell a department system what became of what it said; the same `id_` is told once."""
        data = answer.model_dump(mode="json")
        source = f"yishi/{self._county}/{answer.speaker()}"
        outgoing = Outgoing(id_, answer.type, source, system, utc_now(), data, traceparent())
        await self._publish(answer.subject(self._county, system), outgoing.body(), outgoing.headers())


def _system(subject: str) -> str | None:
    """Name the department system whose subject this is; None for the services' own."""
    tokens = subject.split(".")
    return tokens[2] if tokens[0] == "dept" else None
