"""The floor for gateways: a client by hand that submits in a window, answers receipts, and remembers nothing."""

import asyncio
import struct
import time
from typing import cast

TEXT = "您反映的老旧小区供暖不热已收到，我们会尽快研究，进展将短信告知您。".encode("utf-16-be")


class Bare(asyncio.Protocol):
    """SMPP or CMPP 3.0, as fast as we know how to write it."""

    def __init__(self, many: int, window: int, *, smpp: bool) -> None:
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._many, self._window, self._smpp = many, window, smpp
        self._head = 16 if smpp else 12
        self._next = self._answers = self._receipts = 0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        body = b"yishi\0secret\0\0\x34\0\0\0" if self._smpp else self._connect()
        self._transport.write(self._frame(9 if self._smpp else 1, 0xFFFF, body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        out: list[bytes] = []
        at = 0
        while len(self._buffer) - at >= self._head:
            length, command = struct.unpack_from(">II", self._buffer, at)
            if len(self._buffer) - at < length:
                break
            sequence = int.from_bytes(self._buffer[at + self._head - 4 : at + self._head])
            self._hear(command, sequence, self._buffer[at + self._head : at + length], out)
            at += length
        self._buffer = self._buffer[at:]
        self._transport.write(b"".join(out))
        if self._answers >= self._many and self._receipts >= self._many and not self.done.done():
            self.done.set_result(time.perf_counter() - self._began)

    def _hear(self, command: int, sequence: int, body: bytes, out: list[bytes]) -> None:
        if command == 0x80000004:
            self._answers += 1
            out += self._submit(1)
        elif command == 5:
            self._receipts += 1
            out.append(self._frame(0x80000005, sequence, b"\0" if self._smpp else body[:8] + bytes(4)))
        elif sequence == 0xFFFF:
            self._began = time.perf_counter()
            out += self._submit(self._window)

    def _submit(self, count: int) -> list[bytes]:
        found = []
        for _ in range(min(count, self._many - self._next)):
            phone = str(19_900_000_000 + self._next).encode()
            self._next += 1
            found.append(self._frame(4, self._next, self._smpp_body(phone) if self._smpp else self._cmpp_body(phone)))
        return found

    def _frame(self, command: int, sequence: int, body: bytes) -> bytes:
        if self._smpp:
            return struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body
        return struct.pack(">III", 12 + len(body), command, sequence) + body

    def _smpp_body(self, phone: bytes) -> bytes:
        return b"\0\0\x0010690\0\1\1" + phone + b"\0\0\0\0\0\0\1\0\x08\0" + bytes((len(TEXT),)) + TEXT

    def _cmpp_body(self, phone: bytes) -> bytes:
        head = bytes(8) + b"\1\1\1\1" + bytes(10) + b"\2" + bytes(33) + b"\0\0\x08" + b"90123401" + bytes(40)
        head += b"10690".ljust(21, b"\0") + b"\1" + phone.ljust(32, b"\0")
        return head + bytes((0, len(TEXT))) + TEXT + bytes(20)

    def _connect(self) -> bytes:
        return b"901234" + bytes(16) + b"\x30" + bytes(4)


async def rate(port: int, many: int, window: int, *, smpp: bool) -> float:
    """Measure submissions per second, answers and receipts included."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(lambda: Bare(many, window, smpp=smpp), "127.0.0.1", port)
    took = await asyncio.wait_for(client.done, 120)
    transport.close()
    return many / took
