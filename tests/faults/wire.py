"""The wires between the county's processes: every one runs through here, and can be cut, or held so that nothing flows.

The owner of a connection is looked up in /proc by its port, so that a process can be cut off in both directions.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yishi.ports import LOOPBACK, choose

CHUNK = 64 * 1024
OUTSIDE = "outside"
"""Who speaks where it is none of the county's processes: department systems and this program itself."""

Pids = Callable[[], Mapping[str, int | None]]


@dataclass(eq=False)
class Link:
    """One connection through a wire: `ends` are the process that made it and the one that took it."""

    ends: frozenset[str]
    writers: list[asyncio.StreamWriter]
    flows: asyncio.Event

    def cut(self) -> None:
        """End it at once, without a goodbye."""
        for writer in self.writers:
            writer.transport.abort()


@dataclass
class Wires:
    """Every wire of a county. `pids` names the processes, to know who made a connection."""

    pids: Pids = dict
    links: set[Link] = field(default_factory=set)
    _cut: set[str] = field(default_factory=set)
    _held: set[str] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def lay(self, name: str, target: int, port: int | None = None) -> int:
        """Lay a wire to the port of a process; returns the port where it begins."""
        begin = port or choose(1)[0]

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            try:
                with contextlib.suppress(OSError):
                    await self._join(name, target, reader, writer)
            finally:
                writer.transport.abort()

        self._servers.append(await asyncio.start_server(accept, LOOPBACK, begin))
        return begin

    def cut(self, name: str) -> int:
        """Cut a process off until it is mended: its connections end, new ones are refused; returns how many ended."""
        self._cut.add(name)
        ended = [link for link in self.links if name in link.ends]
        for link in ended:
            link.cut()
        return len(ended)

    def hold(self, name: str) -> int:
        """Let nothing flow to or from a process until it is mended, as if the packets were lost; returns how many."""
        self._held.add(name)
        held = [link for link in self.links if name in link.ends]
        for link in held:
            link.flows.clear()
        return len(held)

    def mend(self, name: str) -> None:
        """Let it be reached again; what was held flows on."""
        self._cut.discard(name)
        self._held.discard(name)
        for link in self.links:
            if not link.ends & self._held:
                link.flows.set()

    async def close(self) -> None:
        """End everything."""
        for server in self._servers:
            server.close()
        for link in list(self.links):
            link.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, name: str, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = frozenset({name, self._owner(writer)})
        if ends & self._cut:
            return
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, target)
        link = Link(ends, [writer, far_writer], asyncio.Event())
        if not ends & self._held:
            link.flows.set()
        self.links.add(link)
        try:
            await _first_done(_pump(reader, far_writer, link), _pump(far_reader, writer, link))
        finally:
            self.links.discard(link)
            link.cut()

    def _owner(self, writer: asyncio.StreamWriter) -> str:
        port = writer.get_extra_info("peername")[1]
        inode = _inode(port, writer.get_extra_info("sockname")[1])
        wanted = f"socket:[{inode}]"
        for name, pid in self.pids().items():
            if pid and any(str(path) == wanted for path in _files(pid)):
                return name
        return OUTSIDE


@contextlib.asynccontextmanager
async def wires() -> AsyncIterator[Wires]:
    """Have wires, and end them."""
    laid = Wires()
    try:
        yield laid
    finally:
        await laid.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            await link.flows.wait()
            writer.write(data)
            await writer.drain()


async def _first_done(*flows: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.ensure_future(flow) for flow in flows]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _inode(port: int, to: int) -> str | None:
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        parts = line.split()
        if int(parts[1][-4:], 16) == port and int(parts[2][-4:], 16) == to:
            return parts[9]
    return None


def _files(pid: int) -> list[Path]:
    found = []
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed since it was listed
                found.append(link.readlink())
    return found
