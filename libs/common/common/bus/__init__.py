"""The bus: facts come in through FastStream, go out acknowledged, and are never lost in between."""

import asyncio
from collections.abc import Awaitable, Callable

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker
from faststream.nats.message import NatsMessage
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from opentelemetry.trace import SpanKind
from prometheus_client import Gauge

from common.aggregate import Origin
from common.bus import fullness, provision, streams
from common.bus.advisories import Advisories
from common.bus.cloudevents import E, Outgoing
from common.bus.listen import Answer, Hearing, Listener
from common.bus.provision import apply, diff
from common.bus.publish import Publisher
from common.bus.pulse import Pulse
from common.bus.streams import Consumer
from common.bus.suspects import Suspects
from common.events import Event, Timer, type_registry
from common.people import Sealer
from common.telemetry import leaf
from common.timers import schedule

__all__ = ["Bus", "Outgoing", "apply", "diff"]

GRACE_S = 10
"""How long what is in hand may take to be finished; what is not comes back to whoever hears next."""


_pending = Gauge("yishi_consumer_pending", "Events that wait for a consumer", ["consumer"])


class Bus:
    """One service's ear and mouth."""

    def __init__(self, nats_url: str, county: str, service: str, sealer: Sealer, replicas: int = 1) -> None:
        self._county = county
        self._service = service
        self._replicas = replicas
        # -1: with a limit, a long outage ends in a client that has given up while the process looks alive
        self.broker = NatsBroker(nats_url.split(","), max_reconnect_attempts=-1, apply_types=False, logger=None)
        suspects = Suspects(county, service, lambda: self.broker.connection, self._store)
        self._listener = Listener(county, sealer, self._store, suspects)
        self._advisories = Advisories(county, service, self._listener)
        self._publisher: Publisher | None = None
        self._in_hand: set[asyncio.Task[None]] = set()
        self._pulses: dict[Consumer, Pulse] = {}
        self.heard: list[Consumer] = []

    def listen(
        self, event: type[E], method: Callable[[E, Origin], Awaitable[object]], *, refused: Answer | None = None
    ) -> None:
        """Hear an event with a method; `refused` words the answer to a department whose event is at fault."""
        consumer = Consumer(self._service, event, self._county)
        hearing = Hearing(event, method, self._service, refused)
        self.heard.append(consumer)
        pulse = self._pulses[consumer] = Pulse(consumer.name)
        self._advisories.watch(consumer.name, hearing)

        async def take(raw: Msg) -> None:
            about = raw.metadata
            place = f"{consumer.stream}.{about.sequence.stream}"
            with pulse:
                await self._listener.take(hearing, raw, place, about.num_delivered)

        async def begin(msg: Msg) -> None:
            # side by side, as many as the consumer lets out; the framework's own workers took 9 % in a profile
            task = asyncio.create_task(take(msg))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

        async def handle(message: NatsMessage) -> None:
            await begin(message.raw_message)

        subscriber = self.broker.subscriber(
            consumer.filter,
            queue=consumer.name,
            stream=JStream(consumer.stream, declare=False),
            ack_policy=AckPolicy.MANUAL,
            decoder=_as_it_is,
        )
        subscriber(handle)
        # FastStream keeps the subscription; what it does around each message took 12 % and serves nothing here
        subscriber.consume = begin  # type: ignore[method-assign]

    async def connect(self) -> None:
        """Connect and compare the server with the table. Raises Misconfigured on a difference."""
        await self.broker.connect()
        await provision.require(self.broker.connection, self._county, self._service, self._replicas)
        self._publisher = Publisher(self.broker.connection)
        await self._publisher.open()

    async def start(self) -> None:
        """Begin to hear."""
        await self.broker.start()
        await self._advisories.start(self.broker.connection)

    async def deafen(self) -> None:
        """Hear no more, and finish what is in hand."""
        await self._advisories.stop()
        await asyncio.gather(*(subscriber.stop() for subscriber in self.broker.subscribers))
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=GRACE_S)

    async def stop(self) -> None:
        """Leave."""
        if self._publisher:
            self._publisher.close()
        await self.broker.stop()

    async def publish(self, *facts: Outgoing) -> None:
        """Say facts; returns once the stream has stored them all. Saying one again with the same id does nothing.

        They are on their way together, but for those on one subject: none of these leaves before the one ahead of it is
        stored, so that whoever hears that subject hears them in order whatever happens in between.
        """
        under_way: dict[str, asyncio.Future[None]] = {}
        for fact in facts:
            subject, headers = self._addressed(fact)
            if subject in under_way:
                await asyncio.gather(*under_way.values())
                under_way.clear()
            with leaf(f"publish {fact.type}", SpanKind.PRODUCER, fact.traceparent, messaging_system="nats"):
                under_way[subject] = await self._send(subject, fact.body(), headers)
        await asyncio.gather(*under_way.values())

    async def answer(self, answer: Event, system: str, id_: str) -> None:
        """Answer a department system that has spoken by another way than the bus."""
        await self._listener.answer(answer, system, id_)

    def _addressed(self, fact: Outgoing) -> tuple[str, dict[str, str]]:
        event = type_registry[fact.type]
        subject, headers = event.subject(self._county, str(fact.data.get("system", "*"))), fact.headers()
        if issubclass(event, Timer):
            subject, scheduled = schedule(subject, fact.subject, str(fact.data["at"]))
            headers |= scheduled
        return subject, headers

    async def _send(self, subject: str, body: bytes, headers: dict[str, str]) -> asyncio.Future[None]:
        if self._publisher is None:
            raise NatsError("the bus is not connected")
        return await self._publisher.send(subject, body, headers, streams.home(subject))

    async def _store(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        await (await self._send(subject, body, headers))

    async def troubles(self) -> list[str]:
        """Tell why this bus is not ready; nothing where it is."""
        if not self.broker.connection.is_connected:
            return ["NATS is not connected"]
        await fullness.measure(self.broker.connection, streams.DEPT_IN)
        found = await provision.differences(self.broker.connection, self._county, self._replicas, self._service)
        return found or await self._without_progress()

    async def _without_progress(self) -> list[str]:
        js = self.broker.connection.jetstream()
        asked = [js.consumer_info(consumer.stream, consumer.name) for consumer in self._pulses]
        waiting = [info.num_pending or 0 for info in await asyncio.gather(*asked)]
        for consumer, many in zip(self._pulses, waiting, strict=True):
            _pending.labels(consumer.name).set(many)
        told = [pulse.trouble(many) for pulse, many in zip(self._pulses.values(), waiting, strict=True)]
        return [trouble for trouble in told if trouble]


async def _as_it_is(message: NatsMessage) -> NatsMessage:
    return message
