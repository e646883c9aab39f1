"""Readers of one live view, in a process of their own: prints, as JSON lines, when each change reached each of them."""

import asyncio
import json
import resource
import sys
import time
from typing import cast

import uvloop

AT_ONCE = 100
MARK = b"event: entry\n"


class Reader(asyncio.Protocol):
    """One reader, as lean as can be: what is measured is the service."""

    def __init__(self, head: bytes, changes: int) -> None:
        self._head = head
        self._tail = b""
        self._changes = changes
        self.came: list[float] = []
        self.ready = asyncio.Event()
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.Transport", transport).write(self._head)  # uvloop's has another base

    def data_received(self, data: bytes) -> None:
        """Note when each entry comes after the first state."""
        now = time.monotonic()
        data = self._tail + data
        if self.ready.is_set():
            self.came += [now] * data.count(MARK)
        elif b"event: state\n" in data:
            self.ready.set()
        self._tail = data[-len(MARK) + 1 :]
        if len(self.came) >= self._changes:
            self.done.set()


async def main(url: str, path: str, token: str, readers: int, changes: int) -> None:
    """Open so many views, say `ready`, and note when each later entry comes; end when all have all."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, port = url.removeprefix("http://").split(":")
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def connect() -> Reader:
        async with gate:
            _, reader = await loop.create_connection(lambda: Reader(head, changes), host, int(port))
            await reader.ready.wait()
        return reader

    everybody = await asyncio.gather(*(connect() for _ in range(readers)))
    print("ready", flush=True)  # noqa: T201  the benchmark reads it
    await asyncio.gather(*(reader.done.wait() for reader in everybody))
    print(json.dumps(list(zip(*(reader.came for reader in everybody), strict=True))), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
