"""Readers of one live view, in a process of their own: prints, as JSON lines, when each change reached each of them."""

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict

import uvloop

AT_ONCE = 100


async def main(url: str, path: str, token: str, readers: int, changes: int) -> None:
    """Open so many views, say `ready`, and note when each `said` event comes; end when all have all."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, port = url.removeprefix("http://").split(":")
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    came: dict[int, list[float]] = defaultdict(list)
    ready, gate = asyncio.Semaphore(0), asyncio.Semaphore(AT_ONCE)

    async def read() -> None:
        async with gate:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head)
            await reader.readuntil(b"event: course\n")
        ready.release()
        for number in range(changes):
            await reader.readuntil(b"event: said\n")
            came[number].append(time.monotonic())
        writer.close()

    tasks = [asyncio.create_task(read()) for _ in range(readers)]
    for _ in range(readers):
        await ready.acquire()
    print("ready", flush=True)  # noqa: T201  the benchmark reads it
    await asyncio.gather(*tasks)
    print(json.dumps([came[number] for number in range(changes)]), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
