"""A message centre (SMPP 3.4) and an ISMG (CMPP 2.0, 3.0), written without the code under test."""

import hashlib
import struct
from collections.abc import Callable

from carrier import Carrier, Manners


class Smsc(Carrier):
    """A message centre. Its ids are hexadecimal in answers, and written by `receipt_id` in receipts."""

    login, submit, deliver, heartbeat, busy = 0x09, 0x04, 0x05, 0x15, 0x58
    receipt_id: Callable[[int], str] = staticmethod("{:x}".format)

    def frame(self, command: int, status: int, sequence: int, body: bytes) -> bytes:
        return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body

    def unpack(self, rest: bytes) -> tuple[int, int, bytes]:
        command, _, sequence = struct.unpack_from(">III", rest)
        return command, sequence, rest[12:]

    def welcome(self, sequence: int, body: bytes) -> bytes:
        status = 0 if body.split(b"\0")[1] == b"secret" else 0x0E
        return self.frame(0x80000009, status, sequence, b"smsc\0")

    def read(self, body: bytes) -> tuple[str, bytes]:
        source_at = body.index(b"\0") + 3
        target_at = body.index(b"\0", source_at) + 3
        end = body.index(b"\0", target_at)
        at = body.index(b"\0", body.index(b"\0", end + 4) + 1) + 1
        size = body[at + 4]
        content = body[at + 5 : at + 5 + size] or body[at + 9 :]
        return body[target_at:end].decode(), content

    def acceptance(self, sequence: int, id_: int) -> bytes:
        return self.frame(0x80000004, 0, sequence, f"{id_:x}".encode() + b"\0")

    def refusal(self, sequence: int, status: int) -> bytes:
        return self.frame(0x80000004, status, sequence, b"")

    def receipt(self, id_: int, phone: str, state: str) -> bytes:
        dates = "submit date:2611241200 done date:2611241201"
        text = f"id:{self.receipt_id(id_)} sub:001 dlvrd:001 {dates} stat:{state} err:000 text:"
        return self.sm(phone, text.encode(), esm=4)

    def sm(self, phone: str, content: bytes, *, esm: int = 0, coding: int = 0, options: bytes = b"") -> bytes:
        """Write the body of a deliver_sm."""
        head = b"\0\1\1" + phone.encode() + b"\0\0\0" + b"10690\0" + bytes((esm, 0, 0)) + b"\0\0"
        return head + bytes((0, 0, coding, 0, len(content))) + content + options


class Ismg(Carrier):
    """An ISMG of CMPP 3.0, or 2.0."""

    login, submit, deliver, heartbeat, busy, beat = 0x01, 0x04, 0x05, 0x08, 8, b"\0"

    def __init__(self, manners: Manners | None = None, *, v3: bool = True) -> None:
        super().__init__(manners)
        self.v3 = v3

    def frame(self, command: int, _: int, sequence: int, body: bytes) -> bytes:
        return struct.pack(">III", 12 + len(body), command, sequence) + body

    def unpack(self, rest: bytes) -> tuple[int, int, bytes]:
        command, sequence = struct.unpack_from(">II", rest)
        return command, sequence, rest[8:]

    def result(self, value: int) -> bytes:
        return value.to_bytes(4 if self.v3 else 1)

    def welcome(self, sequence: int, body: bytes) -> bytes:
        name, proof, version, stamp = struct.unpack(">6s16sBI", body)
        expected = _md5(name + bytes(9) + b"secret" + f"{stamp:010}".encode())
        good = proof == expected and version == (0x30 if self.v3 else 0x20)
        status = self.result(0 if good else 3)
        ours = _md5(status + proof + b"secret")
        return self.frame(0x80000001, 0, sequence, status + ours + bytes((version,)))

    def read(self, body: bytes) -> tuple[str, bytes]:
        # number at 117 (2.0) or 129 (3.0); after it, in 3.0, its type; then length and content
        at, width = (129, 32) if self.v3 else (117, 21)
        phone = body[at : at + width].rstrip(b"\0").decode()
        at += width + (1 if self.v3 else 0)
        size = body[at]
        assert len(body) == at + 1 + size + (20 if self.v3 else 8)
        return phone, body[at + 1 : at + 1 + size]

    def acceptance(self, sequence: int, id_: int) -> bytes:
        return self.frame(0x80000004, 0, sequence, struct.pack(">Q", id_) + self.result(0))

    def refusal(self, sequence: int, status: int) -> bytes:
        return self.frame(0x80000004, 0, sequence, bytes(8) + self.result(status))

    def receipt(self, id_: int, phone: str, state: str) -> bytes:
        width = 32 if self.v3 else 21
        report = struct.pack(
            f">Q7s10s10s{width}sI", id_, state.encode(), b"2611241200", b"2611241201", phone.encode(), 7
        )
        return self.sm(phone, report, report=True)

    def sm(self, phone: str, content: bytes, *, report: bool = False, coding: int = 8, udhi: int = 0) -> bytes:
        """Write the body of a CMPP_DELIVER."""
        width, tail = (32, 20) if self.v3 else (21, 8)
        head = struct.pack(">Q21s10s", 77, b"10690", b"") + bytes((0, udhi, coding))
        kind = b"\0" if self.v3 else b""
        body = head + phone.encode().ljust(width, b"\0") + kind + bytes((int(report), len(content))) + content
        return body + bytes(tail)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
