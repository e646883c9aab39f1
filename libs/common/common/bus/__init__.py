"""The bus: facts come in through FastStream, go out acknowledged, and are never lost in between."""

import asyncio
from collections.abc import Awaitable, Callable

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker
from faststream.nats.message import NatsMessage
from opentelemetry.trace import SpanKind

from common.aggregate import Origin
from common.bus import streams
from common.bus.cloudevents import E, Outgoing
from common.bus.listen import Answer, Hearing, Listener
from common.bus.streams import Consumer, apply, diff
from common.events import type_registry
from common.people import Sealer
from common.telemetry import span

__all__ = ["Bus", "Outgoing", "apply", "diff"]

WORKERS = 64
PUBLISH_TIMEOUT_S = 5


class Bus:
    """One service's ear and mouth."""

    def __init__(self, nats_url: str, county: str, service: str, sealer: Sealer) -> None:
        self._county = county
        self._service = service
        # -1: with a limit, a long outage ends in a client that has given up while the process looks alive
        self.broker = NatsBroker(nats_url.split(","), max_reconnect_attempts=-1, apply_types=False, logger=None)
        self._listener = Listener(county, sealer, self._store)
        self.heard: list[Consumer] = []

    def listen(
        self, event: type[E], method: Callable[[E, Origin], Awaitable[object]], *, refused: Answer | None = None
    ) -> None:
        """Hear an event with a method; `refused` words the answer to a department whose event is at fault."""
        consumer = Consumer(self._service, event, self._county)
        hearing = Hearing(event, method, self._service, refused)
        self.heard.append(consumer)

        async def take(message: NatsMessage) -> None:
            raw = message.raw_message
            await self._listener.take(hearing, raw, f"{consumer.stream}.{raw.metadata.sequence.stream}")

        subscriber = self.broker.subscriber(
            consumer.filter,
            queue=consumer.name,
            stream=JStream(consumer.stream, declare=False),
            ack_policy=AckPolicy.MANUAL,
            max_workers=WORKERS,
            decoder=_as_it_is,
        )
        subscriber(take)

    async def connect(self) -> None:
        """Connect and compare the server with the table. Raises Misconfigured on a difference."""
        await self.broker.connect()
        await streams.require(self.broker.connection, self._county, self._service)

    async def start(self) -> None:
        """Begin to hear."""
        await self.broker.start()

    async def deafen(self) -> None:
        """Hear no more, and finish what is in hand; what was not begun comes back to whoever hears next."""
        await asyncio.gather(*(subscriber.stop() for subscriber in self.broker.subscribers))

    async def stop(self) -> None:
        """Leave."""
        await self.broker.stop()

    async def publish(self, outgoing: Outgoing) -> None:
        """Say a fact; returns once the stream has stored it. Saying it again with the same id does nothing."""
        system = str(outgoing.data.get("system", "*"))
        subject = type_registry[outgoing.type].subject(self._county, system)
        with span(f"publish {outgoing.type}", SpanKind.PRODUCER, outgoing.traceparent, messaging_system="nats"):
            await self._store(subject, outgoing.body(), outgoing.headers())

    async def _store(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        stream = streams.DEAD if subject.startswith("dead.") else streams.EVENTS
        # with `stream` the server must acknowledge; without it a message nobody stores would vanish silently
        await self.broker.publish(body, subject, headers=headers, stream=stream, timeout=PUBLISH_TIMEOUT_S)

    async def troubles(self) -> list[str]:
        """Tell why this bus is not ready; nothing where it is."""
        if not self.broker.connection.is_connected:
            return ["NATS is not connected"]
        return await streams.differences(self.broker.connection, self._county, service=self._service)


async def _as_it_is(message: NatsMessage) -> NatsMessage:
    return message
