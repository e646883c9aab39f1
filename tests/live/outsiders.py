"""Who stands outside in live tests: a department's NATS client, and a collector of traces."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

GOOD = {
    "external_id": "A1",
    "version": 1,
    "action": "raise",
    "title": "供暖不热",
    "description": "三单元只有十三度",
    "division": "620102007004",
    "category": "供暖",
    "occurred_at": "2026-11-20T08:00:00+08:00",
    "reporter": {"name": "王玉萍", "phone": "19900000001"},
}


def headers(id_: str, version: str = "v1", **more: str) -> dict[str, str]:
    """Make the headers of a CloudEvent in binary mode."""
    event = {"ce-id": id_, "ce-type": f"dept.in.issue.{version}", "ce-source": "grid", "ce-specversion": "1.0"}
    return event | {"Content-Type": "application/json"} | more


@dataclass
class Department:
    """A foreign client: it knows the contract and nothing else."""

    bus: Client
    county: str
    heard: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    async def publish(self, body: object, with_: dict[str, str], system: str = "grid", version: str = "v1") -> None:
        """Publish an issue, well-formed or not."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        await self.bus.publish(f"dept.{self.county}.{system}.in.issue.{version}", data, headers=with_)

    async def listen(self) -> None:
        """Hear the answers."""

        async def take(message: Msg) -> None:
            self.heard.append((message.subject, json.loads(message.data)))

        await self.bus.subscribe(f"dept.{self.county}.*.out.>", cb=take)
        await self.bus.flush()

    def answers(self, reply_to: str) -> list[Mapping[str, object]]:
        """List the answers to one event."""
        return [data for _, data in self.heard if data["in_reply_to"] == reply_to]


async def department(nats_url: str, county: str) -> Department:
    """Connect as a department system does."""
    client = Department(await nats.connect(nats_url), county)
    await client.listen()
    return client


@dataclass
class Span:
    """One span, as a collector gets it."""

    service: str
    name: str
    trace_id: str


async def until(true: Callable[[], bool], within_s: float = 15) -> None:
    """Wait until something is true that happens in other processes."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110  what is waited for happens in other processes
            await asyncio.sleep(0.05)


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Collect traces by OTLP over HTTP on loopback; gives its URL and the spans so far."""
    spans: list[Span] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in request.resource_spans:
                name = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
                for scope in resource.scope_spans:
                    spans.extend(Span(name, span.name, span.trace_id.hex()) for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
