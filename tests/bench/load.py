"""Load: department events in bulk or one by one, and HTTP requests over kept connections."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Mapping

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

AT_ONCE = 200
CONNECTIONS = 32


def issue(id_: str, number: int) -> dict[str, object]:
    """Make an issue with a reporter of its own."""
    return {
        "external_id": id_,
        "version": 1,
        "action": "raise",
        "title": "老旧小区供暖不热",
        "description": "三单元冬天只有十三度，老人孩子受冻，多次反映未解决，希望协商解决。" * 2,
        "division": "620102007004",
        "category": "供暖",
        "occurred_at": "2026-11-20T08:00:00+08:00",
        "reporter": {"name": "王玉萍", "phone": str(19900000000 + number % 100_000)},
    }


def headers(id_: str) -> dict[str, str]:
    """Make the headers of a department's event."""
    return {"ce-id": id_, "ce-type": "dept.in.issue.v1", "ce-source": "grid", "ce-specversion": "1.0"}


async def fill(js: JetStreamContext, subject: str, many: int) -> None:
    """Put many events into a stream, each acknowledged."""
    tag = secrets.token_hex(4)
    for start in range(0, many, AT_ONCE):
        numbers = range(start, min(many, start + AT_ONCE))
        bodies = [(f"{tag}-{number}", json.dumps(issue(f"{tag}-{number}", number)).encode()) for number in numbers]
        await asyncio.gather(*(js.publish(subject, body, headers=headers(id_)) for id_, body in bodies))


class Stopwatch:
    """Counts messages on a subject, and the seconds from the first to the last of so many."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._first = self._last = 0.0
        self._count = 0
        self._done = asyncio.Event()

    async def listen(self, client: Client, subject: str) -> None:
        """Begin to count."""

        async def count(_: Msg) -> None:
            self._last = time.perf_counter()
            self._first = self._first or self._last
            self._count += 1
            if self._count >= self._many:
                self._done.set()

        subscription = await client.subscribe(subject, cb=count)
        await client.flush()
        self.stop = subscription.unsubscribe

    async def rate(self, within_s: float = 120) -> float:
        """Wait for all of them; gives messages per second."""
        async with asyncio.timeout(within_s):
            await self._done.wait()
        await self.stop()
        return (self._many - 1) / (self._last - self._first)


async def latencies(
    client: Client, publish_to: str, hear: str, many: int, per_second: float, id_of: Callable[[Msg], str]
) -> list[float]:
    """Publish at a steady pace; gives each event's milliseconds from publishing until its fact is heard."""
    sent: dict[str, float] = {}
    heard: dict[str, float] = {}

    async def take(message: Msg) -> None:
        heard.setdefault(id_of(message), time.perf_counter())

    subscription = await client.subscribe(hear, cb=take)
    tag = secrets.token_hex(4)
    for number in range(many):
        id_ = f"{tag}-{number}"
        sent[id_] = time.perf_counter()
        await client.publish(publish_to, json.dumps(issue(id_, number)).encode(), headers=headers(id_))
        await asyncio.sleep(max(0, sent[f"{tag}-0"] + (number + 1) / per_second - time.perf_counter()))
    async with asyncio.timeout(30):
        while len(heard.keys() & sent.keys()) < many:  # noqa: ASYNC110  what is waited for is heard by `take`
            await asyncio.sleep(0.01)
    await subscription.unsubscribe()
    return sorted(1000 * (heard[id_] - at) for id_, at in sent.items())


async def requests(url: str, path: str, many: int, more: Mapping[str, str]) -> float:
    """POST so many issues over CONNECTIONS kept connections; gives requests per second. Fails on any refusal."""
    host, port = url.removeprefix("http://").split(":")
    tag = secrets.token_hex(4)
    numbers = iter(range(many))

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in numbers:
            body = {k: v for k, v in issue(f"{tag}-{number}", number).items() if k not in ("version", "action")}
            del body["external_id"]
            data = json.dumps(body).encode()
            lines = {"Host": host, "Content-Type": "application/json", "Content-Length": str(len(data)), **more}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 201"):
                message = answer.decode() + (await reader.read(2000)).decode()
                raise RuntimeError(message)
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return many / (time.perf_counter() - began)
