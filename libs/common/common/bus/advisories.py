"""What the server gives up by itself, deliveries used up or terminated by somebody else, is laid among the dead too.

The server tells it once, whether anybody hears it or not; the stream ADVISORIES keeps it until the service whose
consumer it was has written the dead letter.
"""

import base64
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, RawStreamMsg, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from common.aggregate import utc_now
from common.bus import dead
from common.bus.cloudevents import E, read
from common.bus.listen import Hearing, Listener
from common.errors import Fault
from common.events import Event

STREAM = "ADVISORIES"
KINDS = ("MAX_DELIVERIES", "MSG_TERMINATED")
_ROOT = "$JS.EVENT.ADVISORY.CONSUMER"
DEPT_IN = "DEPT_IN"
DELETED = "Unacknowledged message was deleted"
"""So the server, killed and started again, reports what a work queue let go of when it was acknowledged (measured with
2.15.1: all of 393). Nothing else takes a message out of DEPT_IN, which denies deletion and purging."""

_DELAY_S = 10
_DEDUPLICATED = timedelta(seconds=100)
"""So long the server itself drops a second letter about the same event."""

log = logging.getLogger(__name__)


def stream(watched: Sequence[str]) -> StreamConfig:
    """Configure the stream that keeps the server's advisories about the consumers of some streams."""
    subjects = [f"{_ROOT}.{kind}.{name}.*" for kind in KINDS for name in watched]
    return StreamConfig(name=STREAM, subjects=subjects, retention=RetentionPolicy.WORK_QUEUE)


@dataclass(frozen=True)
class Watch:
    """A service's durable consumer of the advisories about its other consumers: stream and name of each."""

    service: str
    county: str
    watched: tuple[tuple[str, str], ...]
    stream = STREAM

    @property
    def name(self) -> str:
        """`intake-advisories`."""
        return f"{self.service}-advisories"

    def config(self, replicas: int = 1) -> ConsumerConfig:
        """Configure it as the other consumers are: push, to a fixed subject."""
        return ConsumerConfig(
            durable_name=self.name,
            filter_subjects=[f"{_ROOT}.{kind}.{stream}.{name}" for kind in KINDS for stream, name in self.watched],
            deliver_subject=f"deliver.{self.county}.{self.name}",
            deliver_group=self.name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=30,
            num_replicas=replicas,
        )


@dataclass(frozen=True)
class GivenUp:
    """A message that the server delivers no more, for the listener to bury."""

    subject: str
    data: bytes
    headers: dict[str, str]
    client: Client
    reply: str

    async def ack(self) -> None:
        """Settle nothing: it is not delivered any more."""

    async def nak(self, delay: float | None = None) -> None:
        """Settle nothing: it is not delivered any more."""

    async def term(self) -> None:
        """Take it out of a stream that keeps what is not settled: a consumer made anew would deliver it again."""
        await self.client.publish(self.reply, b"+ACK")


class Advisories:
    """Hears what the server gave up, and has it buried."""

    def __init__(self, county: str, service: str, listener: Listener) -> None:
        self._county = county
        self._service = service
        self._listener = listener
        self._hearings: dict[str, Hearing[Event]] = {}
        self._subscription: Subscription | None = None

    def watch(self, consumer: str, hearing: Hearing[E]) -> None:
        """Care for a consumer."""
        self._hearings[consumer] = cast("Hearing[Event]", hearing)

    async def start(self, client: Client) -> None:
        """Begin to hear."""
        name = f"{self._service}-advisories"

        async def take(message: Msg) -> None:
            try:
                await self._take(client, json.loads(message.data))
            except Exception as error:  # noqa: BLE001  it comes back, whatever went wrong
                log.warning("an advisory waits: %s", type(error).__name__)
                await message.nak(_DELAY_S)
            else:
                await message.ack()

        self._subscription = await client.subscribe(f"deliver.{self._county}.{name}", name, take)

    async def stop(self) -> None:
        """Hear no more."""
        if self._subscription:
            await self._subscription.unsubscribe()
            self._subscription = None

    async def _take(self, client: Client, advisory: dict[str, object]) -> None:
        stream, consumer = str(advisory["stream"]), str(advisory["consumer"])
        if stream == DEPT_IN and advisory.get("reason") == DELETED:
            return
        sequence, deliveries = int(str(advisory["stream_seq"])), int(str(advisory["deliveries"]))
        hearing, place = self._hearings[consumer], f"{stream}.{sequence}"
        terminated = str(advisory["type"]).endswith("terminated")
        if terminated and await self._is_known(client, place, datetime.fromisoformat(str(advisory["timestamp"]))):
            return
        why = _terminated(deliveries) if terminated else _used_up(deliveries)
        reply = f"$JS.ACK.{stream}.{consumer}.{deliveries}.{sequence}.1.0.0"
        try:
            stored = await client.jetstream().get_msg(stream, sequence)
        except NotFoundError:
            gone = GivenUp(hearing.event.subject(self._county), b"", {}, client, reply)
            await self._listener.lay(hearing, gone, place, why, lost=True)
            return
        message = GivenUp(stored.subject or "", stored.data or b"", headers_of(stored), client, reply)
        await self._listener.bury(hearing, message, read(message.headers, message.data), place, why)

    async def _is_known(self, client: Client, place: str, at: datetime) -> bool:
        """Whether it was this service that terminated it, so that there is a letter; the server drops a young one."""
        if place in self._listener.buried:
            return True
        if utc_now() - at < _DEDUPLICATED:
            return False
        async for letter in dead.letters(client.jetstream(), self._county, self._service):
            if letter.place == place:
                return True
        return False


def headers_of(stored: RawStreamMsg) -> dict[str, str]:
    """Read the headers of a message that was fetched: nats-py hands over what is not ASCII as e-mail headers."""
    lines = base64.b64decode(stored.hdrs or b"").decode("utf-8", "replace").split("\r\n")[1:]
    return {name: value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


def _used_up(deliveries: int) -> dead.Verdict:
    fault = Fault("", f"was delivered {deliveries} times, and whoever took it never came to an end with it")
    return dead.Verdict("deliveries used up", [fault], deliveries)


def _terminated(deliveries: int) -> dead.Verdict:
    return dead.Verdict("terminated by somebody else", [Fault("", "no service of ours has done that")], deliveries)
