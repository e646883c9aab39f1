"""How CMPP says what gateways say."""

import hashlib
import hmac
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import Field

from common.aggregate import utc_now
from common.calendar import SHANGHAI
from notify.domain import Again, Delivered, Failed, Finding, Refused, Unknown, parts
from notify.gateways import characters
from notify.gateways.carrier import Line
from notify.gateways.cmpp import pdu
from notify.gateways.cmpp.pdu import CmppGrammar, Sender, Submit
from notify.gateways.dialect import Incoming, ReplyPart, Throttled
from notify.gateways.link import Frame, Malformed
from notify.handlers.gateway import Capabilities, Message, Status

_ASCII, _UCS2, _GB = 0, 8, 15
_FLOW, _NUMBER_TWICE, _OTHER = 8, 3, 9
_NEVER = {1, 4, 6}
"""Results that speak of the message itself: its structure, its length."""

_NOT_FINAL = frozenset(("ACCEPTD", "UNKNOWN", "ENROUTE"))


class CmppLine(Line):
    """An account with a gateway of China Mobile."""

    version: Literal["2.0", "3.0"] = "3.0"
    company: str = Field(max_length=6, pattern=r"^[\x21-\x7e]+$", description="企业代码: SP_Id, the name of the login")
    service: str = Field(default="", max_length=10, pattern=r"^[\x20-\x7e]*$", description="业务代码")
    source: str = Field(max_length=21, pattern=r"^\d+$", description="服务代码: the number messages come from")
    verify: bool = Field(default=True, description="Whether the carrier must prove that it knows the password too")


class Cmpp:
    """One account's way of speaking CMPP."""

    grammar = CmppGrammar()
    delivery = frozenset((pdu.DELIVER,))
    farewell = pdu.TERMINATE

    def __init__(self, line: CmppLine, password: str, now: Callable[[], datetime] = utc_now) -> None:
        self._line = line
        self._password = password.encode()
        self._now = now
        self._version = pdu.V2 if line.version == "2.0" else pdu.V3
        self._sender = Sender(line.company, line.service, line.source)
        self._proof = b""
        self.capabilities = Capabilities(receipts=True, replies=True, at_once=4 * max(64, line.window))

    def login(self) -> tuple[int, bytes]:
        """Connect with MD5(company, nine zero bytes, password, MMDDHHMMSS)."""
        stamp = self._now().astimezone(SHANGHAI).strftime("%m%d%H%M%S")
        self._proof = _md5(self._line.company.encode(), bytes(9), self._password, stamp.encode())
        body = pdu.fixed(self._line.company, 6) + self._proof + bytes((self._version,)) + struct.pack(">I", int(stamp))
        return pdu.CONNECT, body

    def refusal(self, answer: Frame) -> str | None:
        """Tell why not, or that whoever answers does not know the password."""
        width = self._widths.result
        if answer.command != pdu.CONNECT | pdu.ANSWER or len(answer.body) < width + 17:
            return "an answer that cannot be read"
        status, proof = answer.body[:width], answer.body[width : width + 16]
        if any(status):
            return f"status {int.from_bytes(status)}"
        if self._line.verify and not hmac.compare_digest(proof, _md5(status, self._proof, self._password)):
            return "the carrier does not know the password; `verify: false` does without"
        return None

    def submissions(self, message: Message, group: int) -> list[tuple[int, bytes]]:
        """One CMPP_SUBMIT for each part."""
        texts = [part.encode("utf-16-be") for part in parts(message.text)]
        of = len(texts)
        found = []
        for number, data in enumerate(texts, 1):
            content = characters.joined(data, group, of, number) if of > 1 else data
            part = Submit(message.phone, content, of, number, int(of > 1), _UCS2)
            found.append((pdu.SUBMIT, pdu.submit(part, self._sender, self._version)))
        return found

    def submitted(self, answer: Frame) -> str | Refused | Unknown:
        """Read a CMPP_SUBMIT_RESP. Result 3 may mean that it came twice, 9 anything: neither refuses."""
        width = self._widths.result
        if answer.command != pdu.SUBMIT | pdu.ANSWER or len(answer.body) < 8 + width:
            raise Malformed
        result = int.from_bytes(answer.body[8 : 8 + width])
        if result == _FLOW:
            return Throttled("CMPP 8", Again.ELSEWHERE)
        if result in (_NUMBER_TWICE, _OTHER):
            return Unknown(f"CMPP {result}")
        if result:
            return Refused(f"CMPP {result}", Again.NEVER if result in _NEVER else Again.ELSEWHERE)
        return str(int.from_bytes(answer.body[:8]))

    def incoming(self, frame: Frame) -> Incoming:
        """Read a report or a reply."""
        found = pdu.read_deliver(frame.body, self._version)
        if found.is_report:
            report = pdu.read_report(found.content, self._version)
            if report.stat in _NOT_FINAL:
                return None
            result = Delivered() if report.stat == "DELIVRD" else Failed(report.stat or "no state")
            return Status(result, None, str(report.id), report.phone)
        joint, data = characters.split(found.content) if found.udhi else (characters.Joint(), found.content)
        text = _read(data, found.coding)
        return ReplyPart(found.source, text, str(found.id), joint.group, joint.number, joint.of)

    def answer(self, frame: Frame, *, good: bool = True) -> Frame | None:
        """Answer a delivery, an active test, a farewell."""
        if frame.command == pdu.DELIVER:
            body = frame.body[:8].ljust(8, b"\0") + (0 if good else 1).to_bytes(self._widths.result)
            return Frame(pdu.DELIVER | pdu.ANSWER, frame.sequence, body)
        if frame.command == pdu.ACTIVE_TEST:
            return Frame(pdu.ACTIVE_TEST | pdu.ANSWER, frame.sequence, b"\0")
        return Frame(pdu.TERMINATE | pdu.ANSWER, frame.sequence, b"") if frame.command == pdu.TERMINATE else None

    def question(self, _: str) -> tuple[int, bytes] | None:
        """CMPP_QUERY gives totals only."""
        return None

    def finding(self, _: Frame) -> Finding:
        """Never asked."""
        return Unknown("CMPP has no such question")

    @property
    def _widths(self) -> pdu.Widths:
        return pdu.WIDTHS[self._version]


def _md5(*parts_: bytes) -> bytes:
    return hashlib.md5(b"".join(parts_), usedforsecurity=False).digest()


def _read(data: bytes, coding: int) -> str:
    if coding == _UCS2:
        return data.decode("utf-16-be", "replace")
    return data.decode("gb18030" if coding == _GB else "latin-1", "replace")
