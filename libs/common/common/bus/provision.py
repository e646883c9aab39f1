"""The step that makes the server agree with the table of streams and consumers, and the comparison with it.

Services only compare, and refuse to start on a difference: FastStream would silently overwrite what the operator set
(measured).
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError, NotFoundError

from common.bus.advisories import Watch
from common.bus.streams import Consumer, streams, table
from common.errors import Misconfigured

NO_PLACE_YET = (10005, 10008)
"""The server's error codes of a cluster without suitable peers, and of one without a leader."""

PLACED_WITHIN_S = 20
LOOK_AGAIN_S = 0.5


async def apply(nats_url: str, county: str, replicas: int = 1) -> list[str]:
    """Make the server agree with the table; returns what was done, a line each. Doing it twice does nothing."""
    client = await nats.connect(nats_url.split(","), connect_timeout=5)
    try:
        done = await _apply_streams(client.jetstream(), county, replicas)
        return done + await _apply_consumers(client.jetstream(), county, replicas)
    finally:
        await client.close()


async def diff(nats_url: str, county: str, replicas: int = 1) -> list[str]:
    """Tell how the server differs from the table, a line for each difference; nothing where it agrees."""
    client = await nats.connect(nats_url.split(","), connect_timeout=5)
    try:
        return await differences(client, county, replicas)
    finally:
        await client.close()


async def differences(client: Client, county: str, replicas: int = 1, service: str | None = None) -> list[str]:
    """As `diff`, over an open connection; with `service`, only what that service needs."""
    js = client.jetstream()
    found = []
    for stream in streams(county, replicas):
        found += _unlike(f"stream {stream.name}", stream, await _stream(js, str(stream.name)))
    for consumer in table(county):
        if service in (None, consumer.service):
            there = await _consumer(js, consumer)
            found += _unlike(f"consumer {consumer.name}", consumer.config(replicas), there)
    return found


async def require(client: Client, county: str, service: str, replicas: int = 1) -> None:
    """Raise Misconfigured with every difference that touches this service."""
    found = await differences(client, county, replicas, service)
    if found:
        lines = "\n".join(f"  {line}" for line in found)
        raise Misconfigured(f"NATS is not set up as {service} needs it; run `yishi bus apply`:\n{lines}")


async def _placed(make: Callable[[], Awaitable[object]]) -> None:
    """Make something in a cluster that may have started just now: it has no place for copies until all have met."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PLACED_WITHIN_S
    while True:
        try:
            await make()
        except APIError as error:
            if error.err_code not in NO_PLACE_YET or loop.time() > until:
                raise
            await asyncio.sleep(LOOK_AGAIN_S)
        else:
            return


async def _apply_streams(js: JetStreamContext, county: str, replicas: int) -> list[str]:
    done = []
    for wanted in streams(county, replicas):
        there = await _stream(js, str(wanted.name))
        if there is None:
            await _placed(partial(js.add_stream, wanted))
            done.append(f"stream {wanted.name} made")
        elif _unlike("", wanted, there):
            await js.update_stream(wanted)
            done.append(f"stream {wanted.name} changed")
    return done


async def _apply_consumers(js: JetStreamContext, county: str, replicas: int) -> list[str]:
    done = []
    for consumer in table(county):
        there = await _consumer(js, consumer)
        if there is None or _unlike("", consumer.config(replicas), there):
            await _placed(partial(js.add_consumer, consumer.stream, consumer.config(replicas)))
            done.append(f"consumer {consumer.name} {'made' if there is None else 'changed'}")
    return done


async def _stream(js: JetStreamContext, name: str) -> StreamConfig | None:
    try:
        return (await js.stream_info(name)).config
    except NotFoundError:
        return None


async def _consumer(js: JetStreamContext, consumer: Consumer | Watch) -> ConsumerConfig | None:
    try:
        info = await js.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        return None
    config: ConsumerConfig = info.config
    return config


def _unlike(what: str, wanted: StreamConfig | ConsumerConfig, there: StreamConfig | ConsumerConfig | None) -> list[str]:
    if there is None:
        return [f"{what} is missing"]
    lines = []
    for name in wanted.__dataclass_fields__:
        want, have = getattr(wanted, name), getattr(there, name)
        if want is not None and want != have and not (not want and not have):
            lines.append(f"{what}: {name} is {_plain(have)}, must be {_plain(want)}")
    return lines


def _plain(value: object) -> str:
    return str(getattr(value, "value", value))
