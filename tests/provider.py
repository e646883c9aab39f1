"""A provider over HTTP, written without the code under test: answers as it is told, and remembers what it was asked."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from notify.gateways.conformance import Behaviour


@dataclass(frozen=True)
class Asked:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def said(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found


@dataclass
class Provider:
    """`good` words the answer to the n-th request that is taken, `bad` the refusal; `phone` reads whom it is to."""

    phone: Callable[[Asked], str]
    good: Callable[[int], object]
    bad: object
    status: int = 200
    how: Behaviour = Behaviour.ACCEPT
    asked: list[Asked] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def __aenter__(self) -> Self:
        self._writers: set[asyncio.StreamWriter] = set()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def behave(self, how: Behaviour) -> None:
        if how is Behaviour.AWAY:
            await self._leave()
        elif self.how is Behaviour.AWAY:
            await self._listen()
        self.how = how

    def taken(self, phone: str) -> int:
        return self.counts[phone]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(first.split(" ")[1], headers, body)
        self.asked.append(asked)
        if self.how is not Behaviour.REFUSE:
            self.counts[self.phone(asked)] += 1
        if self.how is Behaviour.SILENT:
            return True
        if self.how is Behaviour.CUT:
            writer.transport.abort()
            return False
        said = b"<html>" if self.how is Behaviour.NONSENSE else json.dumps(self._said()).encode()
        writer.write(f"HTTP/1.1 {self.status} OK\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)
        return True

    def _said(self) -> object:
        return self.bad if self.how is Behaviour.REFUSE else self.good(len(self.asked))
