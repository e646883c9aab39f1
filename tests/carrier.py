"""A carrier that is not ours to rely on, with manners as a test wants them: what SMPP and CMPP have in common.

It reads and writes bytes by itself, without the code under test. `taken` counts what it took, by number.
"""

import asyncio
import itertools
import ssl
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

ANSWER = 0x80000000


@dataclass
class Manners:
    """What a carrier does with submissions, counted from the first on."""

    refuse: dict[int, int] = field(default_factory=dict)
    """Status of the n-th."""
    throttled: int = 0
    """So many are told to come later."""
    mute: frozenset[int] = frozenset()
    """These are taken, and never answered."""
    cut_at: frozenset[int] = frozenset()
    """At these the connection is cut, after they were taken, with everything unanswered."""
    receipts: str = "after"
    """`after` or `before` the answer, or `never`."""
    piece: int = 0
    """Write in pieces of so many bytes."""
    garbage: int = 0
    """The n-th is answered with what nobody can read."""
    state: str = "DELIVRD"


class Carrier:
    """What both have in common."""

    head: struct.Struct
    submit: int
    deliver: int
    heartbeat: int
    login: int

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self.taken: Counter[str] = Counter()
        self.contents: list[bytes] = []
        self.answered: list[int] = []
        self.logins: list[bytes] = []
        self.heartbeats = 0
        self.ids = itertools.count(0x1A2B)
        self.tls: ssl.SSLContext | None = None
        self.owed: dict[int, bytes] = {}
        self.port = 0
        self.seen = 0
        self.listening = False
        self._sequence = itertools.count(1)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.away()

    async def listen(self) -> None:
        """Listen, where we listened before if we did."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.listening = True

    async def away(self) -> None:
        """Stop listening, and cut all connections."""
        self.listening = False
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Cut all connections."""
        for writer in list(self._writers):
            writer.transport.abort()

    def say(self, command: int, body: bytes, *, writer: asyncio.StreamWriter | None = None) -> None:
        """Say something by ourselves."""
        target, sequence = writer or next(iter(self._writers)), next(self._sequence)
        self.owed[sequence] = body
        self.write(target, self.frame(command, 0, sequence, body))

    def write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Write, in pieces where that is our manner."""
        if not self.manners.piece:
            writer.write(data)
            return
        task = asyncio.create_task(self._dribble(writer, data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dribble(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        async with self._lock(writer):
            for at in range(0, len(data), self.manners.piece):
                writer.write(data[at : at + self.manners.piece])
                await asyncio.sleep(0)

    def _lock(self, writer: asyncio.StreamWriter) -> asyncio.Lock:
        locks: dict[asyncio.StreamWriter, asyncio.Lock] = self.__dict__.setdefault("_locks", {})
        return locks.setdefault(writer, asyncio.Lock())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(4))
                rest = await reader.readexactly(length - 4)
                command, sequence, body = self.unpack(rest)
                self._hear(writer, command, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _hear(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        if command == self.login:
            self.logins.append(body)
            self._writers.add(writer)
            self.write(writer, self.welcome(sequence, body))
            for number, owed in self.owed.items():  # what was not answered comes again, as carriers do
                self.write(writer, self.frame(self.deliver, 0, number, owed))
        elif command == self.submit:
            self._take(writer, sequence, body)
        elif command == self.heartbeat:
            self.heartbeats += 1
            self.write(writer, self.frame(command | ANSWER, 0, sequence, self.beat))
        elif command == self.deliver | ANSWER:
            self.answered.append(sequence)
            self.owed.pop(sequence, None)
        elif not command & ANSWER:
            self.write(writer, self.frame(command | ANSWER, 0, sequence, b""))

    def _take(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        self.seen += 1
        number, manners = self.seen, self.manners
        if number <= manners.throttled:
            self.write(writer, self.refusal(sequence, self.busy))
            return
        if number in manners.refuse:
            self.write(writer, self.refusal(sequence, manners.refuse[number]))
            return
        phone, content = self.read(body)
        self.taken[phone] += 1
        self.contents.append(content)
        id_ = next(self.ids)
        if number in manners.cut_at:
            self.cut()
            return
        if number == manners.garbage:
            writer.write(b"\xff" * 64)
            return
        if manners.receipts == "before":
            self.say(self.deliver, self.receipt(id_, phone, manners.state), writer=writer)
        if number not in manners.mute:
            self.write(writer, self.acceptance(sequence, id_))
        if manners.receipts == "after":
            self.say(self.deliver, self.receipt(id_, phone, manners.state), writer=writer)

    # what differs
    beat = b""
    busy = 0

    def frame(self, command: int, status: int, sequence: int, body: bytes) -> bytes:
        raise NotImplementedError

    def unpack(self, rest: bytes) -> tuple[int, int, bytes]:
        raise NotImplementedError

    def welcome(self, sequence: int, body: bytes) -> bytes:
        raise NotImplementedError

    def read(self, body: bytes) -> tuple[str, bytes]:
        raise NotImplementedError

    def acceptance(self, sequence: int, id_: int) -> bytes:
        raise NotImplementedError

    def refusal(self, sequence: int, status: int) -> bytes:
        raise NotImplementedError

    def receipt(self, id_: int, phone: str, state: str) -> bytes:
        raise NotImplementedError
