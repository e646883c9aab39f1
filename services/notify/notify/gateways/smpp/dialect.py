"""How SMPP 3.4 says what gateways say."""

import re
from typing import Literal

from pydantic import Field

from notify.domain import Again, Delivered, Failed, Finding, Refused, Unknown, parts
from notify.gateways import characters
from notify.gateways.carrier import Line
from notify.gateways.dialect import Incoming, ReplyPart, Throttled
from notify.gateways.link import Frame, Malformed
from notify.gateways.smpp import pdu
from notify.gateways.smpp.pdu import Numbering, Reader, Sm, SmppGrammar
from notify.handlers.gateway import Capabilities, Message, Status

_GSM, _ASCII, _LATIN, _UCS2 = 0, 1, 3, 8
_THROTTLED = {0x58: "ESME_RTHROTTLED", 0x14: "ESME_RMSGQFUL"}
_NEVER = {0x01: "ESME_RINVMSGLEN", 0x0B: "ESME_RINVDSTADR", 0x50: "ESME_RINVDSTTON", 0x51: "ESME_RINVDSTNPI"}
_UNSURE = {0x08: "ESME_RSYSERR", 0xFF: "ESME_RUNKNOWNERR"}
"""Errors of the message centre itself: it may have failed before it took the message, or after."""

_TEMPORARY = 0x64
_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_NOT_FINAL = frozenset(("ENROUTE", "ACCEPTD", "UNKNOWN", "SCHEDULED", "BUFFRED"))
_FIELD = re.compile(r"\b(id|stat|err):\s*([^\s:]+)", re.IGNORECASE)


class SmppLine(Line):
    """An account with a message centre."""

    system_id: str = Field(max_length=15, pattern=r"^[\x21-\x7e]+$")
    system_type: str = Field(default="", max_length=12, pattern=r"^[\x20-\x7e]*$")
    source: str = Field(default="", max_length=20, description="The number messages come from")
    source_ton: int = Field(default=0, ge=0, le=255)
    source_npi: int = Field(default=0, ge=0, le=255)
    target_ton: int = Field(default=1, ge=0, le=255)
    target_npi: int = Field(default=1, ge=0, le=255)
    prefix: str = Field(default="", max_length=5, description="Stands before the national number: 86, +86 or nothing")
    long: Literal["parts", "payload"] = "parts"
    coding: Literal["ucs2", "gsm7"] = Field(default="ucs2", description="gsm7: where the text allows it")


class Smpp:
    """One account's way of speaking SMPP."""

    grammar = SmppGrammar()
    delivery = frozenset((pdu.DELIVER_SM, pdu.DATA_SM))
    farewell = pdu.UNBIND

    def __init__(self, line: SmppLine, password: str) -> None:
        self._line = line
        self._password = password
        self._source = Numbering(line.source_ton, line.source_npi)
        self._target = Numbering(line.target_ton, line.target_npi)
        self.capabilities = Capabilities(receipts=True, replies=True, query=True, at_once=4 * max(64, line.window))

    def login(self) -> tuple[int, bytes]:
        """Bind as a transceiver."""
        line = self._line
        body = pdu.text(line.system_id) + pdu.text(self._password) + pdu.text(line.system_type)
        return pdu.BIND_TRANSCEIVER, body + bytes((pdu.VERSION, 0, 0)) + pdu.text("")

    def refusal(self, answer: Frame) -> str | None:
        """Tell why not."""
        good = answer.command == pdu.BIND_TRANSCEIVER | pdu.ANSWER and answer.status == 0
        return None if good else f"status {answer.status:#x}"

    def submissions(self, message: Message, group: int) -> list[tuple[int, bytes]]:
        """One submit_sm for each part, or one for all with a message_payload."""
        coding, texts = self._written(message.text)
        if self._line.long == "payload":
            texts = [b"".join(texts)]
        found = []
        for number, data in enumerate(texts, 1):
            part, esm = (characters.joined(data, group, len(texts), number), pdu.UDHI) if len(texts) > 1 else (data, 0)
            sm = Sm(self._line.source, self._line.prefix + message.phone, part, coding, esm)
            found.append((pdu.SUBMIT_SM, pdu.submit(sm, self._source, self._target)))
        return found

    def submitted(self, answer: Frame) -> str | Refused | Unknown:
        """Read a submit_sm_resp. An error refuses, but for those that say nothing of the message."""
        status = answer.status
        if answer.command not in (pdu.SUBMIT_SM | pdu.ANSWER, pdu.GENERIC_NACK):
            return Unknown("an answer to something else")
        if status in _UNSURE:
            return Unknown(_UNSURE[status])
        if status in _THROTTLED:
            return Throttled(_THROTTLED[status], Again.ELSEWHERE)
        if status or answer.command == pdu.GENERIC_NACK:
            return Refused(_NEVER.get(status, f"{status:#x}"), Again.NEVER if status in _NEVER else Again.ELSEWHERE)
        return Reader(answer.body).text(64) or Unknown("accepted without an id")

    def incoming(self, frame: Frame) -> Incoming:
        """Read a receipt, in text or in optional parameters, or a reply."""
        sm = pdu.read_sm(frame.body) if frame.command == pdu.DELIVER_SM else pdu.read_data_sm(frame.body)
        if sm.esm & pdu.RECEIPT_BITS or pdu.RECEIPTED_ID in sm.options:
            return _receipt(sm)
        joint, data = characters.split(sm.data) if sm.esm & pdu.UDHI else (characters.Joint(), sm.data)
        total, number = sm.options.get(pdu.SAR_TOTAL), sm.options.get(pdu.SAR_NUMBER)
        if total and number:
            joint = characters.Joint(int.from_bytes(sm.options.get(pdu.SAR_REF, b"")), total[0], number[0])
        return ReplyPart(sm.source, _read(data, sm.coding), None, joint.group, joint.number, joint.of)

    def answer(self, frame: Frame, *, good: bool = True) -> Frame | None:
        """Answer a delivery, an enquire_link, an unbind; anything else gets a generic_nack."""
        status = 0 if good else _TEMPORARY
        if frame.command in self.delivery:
            return Frame(frame.command | pdu.ANSWER, frame.sequence, b"\0", status)
        if frame.command in (pdu.ENQUIRE_LINK, pdu.UNBIND):
            return Frame(frame.command | pdu.ANSWER, frame.sequence, b"")
        return Frame(pdu.GENERIC_NACK, frame.sequence, b"", 0x03)

    def question(self, id_: str) -> tuple[int, bytes] | None:
        """Ask with query_sm."""
        source = self._source
        return pdu.QUERY_SM, pdu.text(id_) + bytes((source.ton, source.npi)) + pdu.text(self._line.source)

    def finding(self, answer: Frame) -> Finding:
        """Read a query_sm_resp."""
        if answer.status:
            return Unknown(f"status {answer.status:#x}")
        reader = Reader(answer.body)
        reader.text(64)
        reader.text(17)
        return _result(_STATES.get(reader.byte(), "UNKNOWN")) or Unknown("not final")

    def _written(self, text: str) -> tuple[int, list[bytes]]:
        if self._line.coding == "gsm7" and (septets := characters.gsm(text)):
            return _GSM, septets
        return _UCS2, [part.encode("utf-16-be") for part in parts(text)]


def _receipt(sm: Sm) -> Incoming:
    """Read a receipt; optional parameters say it better than the text, where both are there."""
    said = {name.lower(): value for name, value in _FIELD.findall(sm.data.decode("latin-1"))}
    id_ = sm.options.get(pdu.RECEIPTED_ID, b"").rstrip(b"\0").decode("latin-1") or said.get("id", "")
    state = sm.options.get(pdu.MESSAGE_STATE)
    stat = _STATES.get(state[0], "UNKNOWN") if state else said.get("stat", "").upper()
    if not id_ or not stat:
        raise Malformed
    error = sm.options.get(pdu.NETWORK_ERROR, b"").hex() or said.get("err", "")
    result = _result(stat, error)
    return Status(result, None, id_, sm.source) if result else None


def _result(stat: str, error: str = "") -> Delivered | Failed | None:
    if stat in _NOT_FINAL:
        return None
    return Delivered() if stat == "DELIVRD" else Failed(f"{stat}:{error}" if error.strip("0") else stat)


def _read(data: bytes, coding: int) -> str:
    if coding == _UCS2:
        return data.decode("utf-16-be", "replace")
    if coding in (_ASCII, _LATIN):
        return data.decode("latin-1")
    return characters.from_gsm(data)
