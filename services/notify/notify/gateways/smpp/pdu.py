"""How PDUs of SMPP 3.4 look. Reading bounds every length, and raises Malformed for whatever does not fit."""

import struct
from dataclasses import dataclass, field

from notify.gateways.link import Frame, Malformed

GENERIC_NACK, BIND_TRANSCEIVER, QUERY_SM, SUBMIT_SM, DELIVER_SM = 0x80000000, 0x09, 0x03, 0x04, 0x05
UNBIND, ENQUIRE_LINK, DATA_SM = 0x06, 0x15, 0x103
ANSWER = 0x80000000
HEAD = struct.Struct(">IIII")
LONGEST = 70_000
"""A PDU with a message_payload of 64 KB, and some room."""

MESSAGE_PAYLOAD, RECEIPTED_ID, MESSAGE_STATE, NETWORK_ERROR = 0x0424, 0x001E, 0x0427, 0x0423
SAR_REF, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
UDHI, RECEIPT_BITS = 0x40, 0x3C
VERSION = 0x34
_MOST_TEXT = 254


class SmppGrammar:
    """Sixteen bytes of head: length, command, status, sequence."""

    head = HEAD.size
    longest = LONGEST
    heartbeat = ENQUIRE_LINK
    answer_bit = ANSWER

    def length(self, buffer: bytes) -> int:
        """Read the length."""
        return int.from_bytes(buffer[:4])

    def read(self, frame: bytes) -> Frame:
        """Read a frame."""
        _, command, status, sequence = HEAD.unpack_from(frame)
        return Frame(command, sequence, frame[HEAD.size :], status)

    def write(self, frame: Frame) -> bytes:
        """Write a frame."""
        return HEAD.pack(HEAD.size + len(frame.body), frame.command, frame.status, frame.sequence) + frame.body


def text(value: str) -> bytes:
    """Write a C-octet string."""
    return value.encode("ascii") + b"\0"


def tlv(tag: int, value: bytes) -> bytes:
    """Write an optional parameter."""
    return struct.pack(">HH", tag, len(value)) + value


class Reader:
    """Reads a body from its beginning."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def byte(self) -> int:
        """Read one byte."""
        return self.some(1)[0]

    def some(self, size: int) -> bytes:
        """Read some bytes."""
        if self._at + size > len(self._body):
            raise Malformed
        self._at += size
        return self._body[self._at - size : self._at]

    def text(self, longest: int) -> str:
        """Read a C-octet string of so many characters at most."""
        end = self._body.find(b"\0", self._at, self._at + longest + 1)
        if end < 0:
            raise Malformed
        value = self._body[self._at : end]
        self._at = end + 1
        return value.decode("latin-1")

    def options(self) -> dict[int, bytes]:
        """Read the optional parameters, to the end."""
        found = {}
        while self._at < len(self._body):
            tag, size = struct.unpack(">HH", self.some(4))
            found[tag] = self.some(size)
        return found


@dataclass(frozen=True)
class Sm:
    """A short message on its way, in either direction."""

    source: str = field(repr=False)
    target: str = field(repr=False)
    data: bytes = field(repr=False)
    coding: int = 0
    esm: int = 0
    options: dict[int, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Numbering:
    """Type of number, and numbering plan."""

    ton: int = 0
    npi: int = 0


def submit(sm: Sm, source: Numbering, target: Numbering, *, validity: str = "") -> bytes:
    """Write the body of a submit_sm, with the text in message_payload where it is too long for the field."""
    payload = len(sm.data) > _MOST_TEXT
    return b"".join(
        (
            text(""),
            bytes((source.ton, source.npi)),
            text(sm.source),
            bytes((target.ton, target.npi)),
            text(sm.target),
            bytes((sm.esm, 0, 0)),
            text(""),
            text(validity),
            bytes((1, 0, sm.coding, 0, 0 if payload else len(sm.data))),
            b"" if payload else sm.data,
            tlv(MESSAGE_PAYLOAD, sm.data) if payload else b"",
        )
    )


def read_sm(body: bytes) -> Sm:
    """Read the body of a submit_sm or deliver_sm. Raises Malformed."""
    reader = Reader(body)
    reader.text(6)
    reader.some(2)
    source = reader.text(21)
    reader.some(2)
    target = reader.text(21)
    esm = reader.some(3)[0]
    reader.text(17)
    reader.text(17)
    coding, _, size = reader.some(5)[2:]
    data = reader.some(size)
    options = reader.options()
    return Sm(source, target, data or options.get(MESSAGE_PAYLOAD, b""), coding, esm, options)


def read_data_sm(body: bytes) -> Sm:
    """Read the body of a data_sm. Raises Malformed."""
    reader = Reader(body)
    reader.text(6)
    reader.some(2)
    source = reader.text(65)
    reader.some(2)
    target = reader.text(65)
    esm, _, coding = reader.some(3)
    options = reader.options()
    return Sm(source, target, options.get(MESSAGE_PAYLOAD, b""), coding, esm, options)
