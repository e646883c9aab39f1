"""How PDUs of CMPP 2.0 and 3.0 look: fields of fixed width, of which several differ between the two."""

import struct
from dataclasses import dataclass, field

from notify.gateways.link import Frame, Malformed

CONNECT, TERMINATE, SUBMIT, DELIVER, ACTIVE_TEST = 0x01, 0x02, 0x04, 0x05, 0x08
ANSWER = 0x80000000
HEAD = struct.Struct(">III")
LONGEST = 4096
V2, V3 = 0x20, 0x30
REPORT_STAT, REPORT_TIME = 7, 10


class CmppGrammar:
    """Twelve bytes of head: length, command, sequence."""

    head = HEAD.size
    longest = LONGEST
    heartbeat = ACTIVE_TEST
    answer_bit = ANSWER

    def length(self, buffer: bytes) -> int:
        """Read the length."""
        return int.from_bytes(buffer[:4])

    def read(self, frame: bytes) -> Frame:
        """Read a frame."""
        _, command, sequence = HEAD.unpack_from(frame)
        return Frame(command, sequence, frame[HEAD.size :])

    def write(self, frame: Frame) -> bytes:
        """Write a frame."""
        return HEAD.pack(HEAD.size + len(frame.body), frame.command, frame.sequence) + frame.body


@dataclass(frozen=True)
class Widths:
    """What differs: widths of numbers, results and the last field, and whether numbers have a type."""

    phone: int
    result: int
    tail: int
    typed: int


WIDTHS = {V2: Widths(21, 1, 8, 0), V3: Widths(32, 4, 20, 1)}


def fixed(value: str | bytes, width: int) -> bytes:
    """Write a field of fixed width. Raises ValueError where the value does not fit."""
    raw = value.encode("ascii") if isinstance(value, str) else value
    if len(raw) > width:
        message = f"a value of {len(raw)} bytes does not fit into {width}"
        raise ValueError(message)
    return raw.ljust(width, b"\0")


@dataclass(frozen=True)
class Submit:
    """One part, as it is submitted."""

    phone: str = field(repr=False)
    content: bytes = field(repr=False)
    of: int = 1
    number: int = 1
    udhi: int = 0
    coding: int = 8


@dataclass(frozen=True)
class Sender:
    """Who submits: the company's code, its service, and the number messages come from."""

    company: str
    service: str
    source: str


def submit(part: Submit, sender: Sender, version: int) -> bytes:
    """Write the body of a CMPP_SUBMIT to one number, with a report wanted."""
    widths = WIDTHS[version]
    return b"".join(
        (
            bytes(8),
            bytes((part.of, part.number, 1, 1)),
            fixed(sender.service, 10),
            bytes((2,)),  # the submitter pays
            bytes(widths.phone + widths.typed),
            bytes((0, part.udhi, part.coding)),
            fixed(sender.company, 6),
            b"01",
            fixed("0", 6),
            bytes(17 + 17),
            fixed(sender.source, 21),
            bytes((1,)),
            fixed(part.phone, widths.phone),
            bytes(widths.typed),
            bytes((len(part.content),)),
            part.content,
            bytes(widths.tail),
        )
    )


@dataclass(frozen=True)
class Deliver:
    """What the carrier delivers: a reply, or a report."""

    id: int
    source: str = field(repr=False)
    content: bytes = field(repr=False)
    coding: int
    udhi: int
    is_report: bool


def read_deliver(body: bytes, version: int) -> Deliver:
    """Read the body of a CMPP_DELIVER. Raises Malformed."""
    widths = WIDTHS[version]
    head = struct.Struct(f">Q21s10sBBB{widths.phone}s{widths.typed}sBB")
    if len(body) < head.size:
        raise Malformed
    id_, _, _, _, udhi, coding, source, _, registered, size = head.unpack_from(body)
    content = body[head.size : head.size + size]
    if len(content) < size:
        raise Malformed
    return Deliver(id_, string(source), content, coding, udhi, registered == 1)


@dataclass(frozen=True)
class Report:
    """What became of a part: by the id that the answer to its submission had."""

    id: int
    stat: str
    phone: str = field(repr=False)


def read_report(content: bytes, version: int) -> Report:
    """Read the content of a report. Raises Malformed."""
    layout = struct.Struct(f">Q{REPORT_STAT}s{REPORT_TIME}s{REPORT_TIME}s{WIDTHS[version].phone}s")
    short = struct.Struct(f">Q{REPORT_STAT}s{REPORT_TIME}s{REPORT_TIME}s{WIDTHS[V2].phone}s")
    if len(content) < layout.size:
        layout = short  # some gateways keep to the narrow number in 3.0 too
    if len(content) < layout.size:
        raise Malformed
    id_, stat, _, _, phone = layout.unpack_from(content)
    return Report(id_, string(stat), string(phone))


def string(raw: bytes) -> str:
    """Read a field of fixed width."""
    return raw.split(b"\0", 1)[0].decode("latin-1").strip()
