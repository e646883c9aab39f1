"""What happens to an event that is heard: taken, asked for again, or laid among the dead with its reason.

taken                                         -> acknowledged
weather (server away, database away)          -> comes back, with a growing delay, as long as it takes
not yet known, or a bug                       -> comes back, with a growing delay, at most ATTEMPTS times
at fault (DomainError), or attempts used up   -> answered where a department said it, dead letter, terminated
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Generic, Protocol

from nats.errors import Error as NatsError
from opentelemetry.trace import SpanKind, Status, StatusCode
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError

from common.aggregate import Origin, derived_id, utc_now
from common.bus.cloudevents import E, Incoming, Outgoing, read, validate
from common.errors import DomainError, Fault, Invalid, NotFound, Refusal, YishiError
from common.events import Event
from common.people import Sealer, mask_phones
from common.telemetry import span, traceparent

WEATHER = (ConnectionFailure, ExecutionTimeout, WTimeoutError, NatsError, OSError, TimeoutError)
DELAYS_S = (0.1, 0.3, 1, 3, 10, 30)
WEATHER_DELAY_S = 5
ATTEMPTS = 10

log = logging.getLogger(__name__)


class Delivery(Protocol):
    """One delivery of a stored message, as nats-py hands it over."""

    subject: str
    data: bytes

    @property
    def headers(self) -> dict[str, str] | None:
        """The message's headers."""
        ...

    async def ack(self) -> None:
        """Taken: it does not come back."""

    async def nak(self, delay: float | None = None) -> None:
        """Not taken: it comes back after `delay` seconds."""

    async def term(self) -> None:
        """Never to come back."""


Answer = Callable[[Refusal], Event]


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

    def __init__(self, county: str, sealer: Sealer, publish: Publish) -> None:
        self._county = county
        self._sealer = sealer
        self._publish = publish
        self._attempts: Counter[str] = Counter()

    async def take(self, hearing: Hearing[E], delivery: Delivery, place: str) -> None:
        """Take one delivery. `place` is where the message is stored (`EVENTS.17`): the same for each redelivery."""
        incoming = read(delivery.headers or {}, delivery.data)
        name = f"process {hearing.event.type}"
        with span(name, SpanKind.CONSUMER, incoming.traceparent, messaging_system="nats") as current:
            try:
                await self._hand_over(hearing, delivery, incoming)
            except Exception as error:  # noqa: BLE001  nothing may be lost, whatever went wrong
                current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                await self._failed(hearing, delivery, incoming, place, error)
            else:
                del self._attempts[f"{hearing.service}.{place}"]
                await delivery.ack()

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
            await self._bury(hearing, delivery, incoming, place, error)

    async def _hand_over(self, hearing: Hearing[E], delivery: Delivery, incoming: Incoming) -> None:
        system = _system(delivery.subject)
        version = delivery.subject.rsplit(".", 1)[-1]
        known = hearing.event.type.rsplit(".", 1)[-1]
        if version != known:
            incoming.faults.append(Fault("", f"version {version} of this event is not known here; {known} is"))
        fact = validate(hearing.event, incoming)
        by = system or incoming.attributes["source"]
        await hearing.method(fact, Origin(str(incoming.id), by, utc_now()))

    async def _bury(
        self, hearing: Hearing[E], delivery: Delivery, incoming: Incoming, place: str, error: Exception
    ) -> None:
        """Answer, lay among the dead, terminate: in this order a crash in between repeats, and loses nothing."""
        faults = _faults(error)
        if hearing.refused and (system := _system(delivery.subject)):
            refusal = Refusal(incoming.id, system, incoming.data, faults)
            answer = hearing.refused(refusal)
            faults = refusal.faults
            await self._answer(answer, system, derived_id("answer", place, hashlib.sha256(delivery.data).hexdigest()))
        letter = self._letter(hearing, delivery, place, error, faults)
        headers = {"Nats-Msg-Id": f"dead.{hearing.service}.{place}", "Content-Type": "application/json"}
        body = json.dumps(letter, ensure_ascii=False).encode()
        await self._publish(f"dead.{self._county}.{hearing.service}", body, headers)
        await delivery.term()
        self._attempts.pop(f"{hearing.service}.{place}", None)
        log.error("%s of %s is dead: %s", place, delivery.subject, letter["reason"])

    async def _answer(self, answer: Event, system: str, id_: str) -> None:
        data = answer.model_dump(mode="json")
        source = f"yishi/{self._county}/{answer.speaker()}"
        outgoing = Outgoing(id_, answer.type, source, system, utc_now(), data, traceparent())
        await self._publish(answer.subject(self._county, system), outgoing.body(), outgoing.headers())

    def _letter(
        self, hearing: Hearing[E], delivery: Delivery, place: str, error: Exception, faults: list[Fault]
    ) -> dict[str, object]:
        """Tell what failed and why; the original is sealed, so that reading a dead letter shows nobody's number."""
        headers = dict(delivery.headers or {})
        original = {"headers": headers, "body": delivery.data.decode("utf-8", "surrogateescape")}
        return {
            "service": hearing.service,
            "event": hearing.event.type,
            "subject": delivery.subject,
            "place": place,
            "reason": error.title if isinstance(error, YishiError) else type(error).__name__,
            "faults": [asdict(fault) for fault in faults],
            "attempts": max(1, self._attempts[f"{hearing.service}.{place}"]),
            "at": utc_now().isoformat(),
            "headers": {name: mask_phones(str(value)) for name, value in headers.items()},
            "original": self._sealer.seal(json.dumps(original).encode()),
        }


def _system(subject: str) -> str | None:
    """Name the department system whose subject this is; None for the services' own."""
    tokens = subject.split(".")
    return tokens[2] if tokens[0] == "dept" else None


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, Invalid):
        return list(error.faults)
    if isinstance(error, DomainError):
        return list(error.faults) or [Fault("", error.detail)]
    # the type alone: a bug's message may quote what a person wrote
    return [Fault("", f"failed {ATTEMPTS} times with {type(error).__name__}")]
