"""One connection to a carrier: frames with a length in front, requests answered by number, a window, a heartbeat.

SMPP and CMPP have all of this in common; how their frames look stands in their own folders.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

_MOST_SEQUENCE = 0x7FFFFFFF


@dataclass(frozen=True)
class Frame:
    """One PDU: command, status (0 where the protocol has none), sequence number, body."""

    command: int
    sequence: int
    body: bytes
    status: int = 0


class Malformed(Exception):
    """The other side sent what cannot be read; the connection is of no more use."""


class NotWritten(Exception):
    """The connection ended before anything was written: definitely not taken."""


class NoAnswer(Exception):
    """Something was written, and no answer came."""


class Grammar(Protocol):
    """How frames look."""

    @property
    def head(self) -> int:
        """How long a head is."""
        ...

    @property
    def longest(self) -> int:
        """How long a frame may be."""
        ...

    @property
    def heartbeat(self) -> int:
        """The command that asks whether the other side is there."""
        ...

    @property
    def answer_bit(self) -> int:
        """What a command has in it that answers."""
        ...

    def length(self, buffer: bytes) -> int:
        """Read the length of the frame that begins here, the head included."""
        ...

    def read(self, frame: bytes) -> Frame:
        """Read a whole frame. Raises Malformed."""
        ...

    def write(self, frame: Frame) -> bytes:
        """Write a frame."""
        ...


class Link(asyncio.Protocol):
    """One connection. `heard` is called with whatever is no answer to something we asked."""

    def __init__(self, grammar: Grammar, heard: Callable[["Link", Frame], None], window: int, answer_s: float) -> None:
        self.ended = asyncio.Event()
        self.heard_at = time.monotonic()
        self._grammar = grammar
        self._heard = heard
        self._window = asyncio.Semaphore(window)
        self._answer_s = answer_s
        self._pending: dict[int, asyncio.Future[Frame]] = {}
        self._sequence = itertools.count(1)
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    # ------------------------------------------------------------------------------- as asyncio's protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by name

    def data_received(self, data: bytes) -> None:
        """Cut what comes into frames, however it was cut on the way."""
        self._buffer += data
        self.heard_at = time.monotonic()
        head, at = self._grammar.head, 0
        try:
            while len(self._buffer) - at >= head:
                length = self._length(bytes(self._buffer[at : at + head]))
                if len(self._buffer) - at < length:
                    break
                frame = self._grammar.read(bytes(self._buffer[at : at + length]))
                at += length
                self._take(frame)
        except Malformed:
            self.abort()
        del self._buffer[:at]

    def connection_lost(self, _: Exception | None) -> None:
        """End: nobody can say what became of what was asked and not answered."""
        self.ended.set()
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(NoAnswer("the connection ended"))
        self._pending.clear()

    # ------------------------------------------------------------------------------- as we use it
    async def ask(self, command: int, body: bytes, *, urgent: bool = False) -> Frame:
        """Send a request and wait for its answer. Raises NotWritten or NoAnswer, which differ in everything."""
        if urgent:
            return await self._ask(command, body)
        async with self._window:
            return await self._ask(command, body)

    def tell(self, frame: Frame) -> None:
        """Send something that is not answered; all that is told in one turn of the loop leaves in one piece."""
        if self._transport is None or self.ended.is_set():
            return
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(self._grammar.write(frame))

    async def beat(self, every_s: float) -> None:
        """Ask whether the other side is there, whenever it has been silent; end the connection where it is not."""
        while not self.ended.is_set():
            await asyncio.sleep(every_s)
            if time.monotonic() - self.heard_at < every_s:
                continue
            try:
                await self.ask(self._grammar.heartbeat, b"", urgent=True)
            except (NoAnswer, NotWritten):
                self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport:
            self._transport.abort()

    def finish(self) -> None:
        """Close the connection once everything is out."""
        self._flush()
        if self._transport:
            self._transport.close()

    async def _ask(self, command: int, body: bytes) -> Frame:
        if self._transport is None or self.ended.is_set() or self._transport.is_closing():
            raise NotWritten
        sequence = next(self._sequence) & _MOST_SEQUENCE
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._pending[sequence] = answer
        self.tell(Frame(command, sequence, body))
        try:
            async with asyncio.timeout(self._answer_s):
                return await answer
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        finally:
            self._pending.pop(sequence, None)

    def _length(self, head: bytes) -> int:
        length = self._grammar.length(head)
        if not self._grammar.head <= length <= self._grammar.longest:
            raise Malformed
        return length

    def _take(self, frame: Frame) -> None:
        if not frame.command & self._grammar.answer_bit:
            self._heard(self, frame)
        elif (waiting := self._pending.get(frame.sequence)) and not waiting.done():
            waiting.set_result(frame)

    def _flush(self) -> None:
        if self._out and self._transport and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()
