"""Whatever a carrier sends, reading it ends: in what it says, or in Malformed, and in nothing else."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from notify.domain import Refused, Unknown, parts
from notify.gateways import characters
from notify.gateways.cmpp import pdu as cmpp_pdu
from notify.gateways.cmpp.dialect import Cmpp, CmppLine
from notify.gateways.link import Frame, Link, Malformed
from notify.gateways.smpp import pdu as smpp_pdu
from notify.gateways.smpp.dialect import Smpp, SmppLine

HOST = {"host": "h", "port": 1}
SMPP = Smpp(SmppLine.model_validate(HOST | {"system_id": "x"}), "p")
CMPP = [
    Cmpp(CmppLine.model_validate(HOST | {"company": "901234", "source": "10690", "version": v}), "p")
    for v in ("2.0", "3.0")
]
BODIES = st.binary(max_size=300)


@given(BODIES, st.sampled_from([smpp_pdu.DELIVER_SM, smpp_pdu.DATA_SM]))
def test_smpp_deliveries(body: bytes, command: int) -> None:
    with suppress(Malformed):
        SMPP.incoming(Frame(command, 1, body))


@given(BODIES, st.integers(0, 2**32 - 1))
def test_smpp_answers(body: bytes, status: int) -> None:
    for command in (smpp_pdu.SUBMIT_SM | smpp_pdu.ANSWER, smpp_pdu.GENERIC_NACK):
        with suppress(Malformed):
            assert isinstance(SMPP.submitted(Frame(command, 1, body, status)), str | Refused | Unknown)
    with suppress(Malformed):
        SMPP.finding(Frame(smpp_pdu.QUERY_SM | smpp_pdu.ANSWER, 1, body))


@given(st.binary(max_size=140), st.integers(0, 255), st.integers(0, 255))
def test_smpp_deliveries_of_the_right_form(data: bytes, esm: int, coding: int) -> None:
    head = b"\0\1\1" + b"19900000001\0" + b"\0\0" + b"10690\0" + bytes((esm, 0, 0)) + b"\0\0"
    body = head + bytes((0, 0, coding, 0, len(data))) + data
    with suppress(Malformed):
        SMPP.incoming(Frame(smpp_pdu.DELIVER_SM, 1, body))


@given(BODIES)
def test_cmpp_deliveries_and_answers(body: bytes) -> None:
    for dialect in CMPP:
        with suppress(Malformed):
            dialect.incoming(Frame(cmpp_pdu.DELIVER, 1, body))
        with suppress(Malformed):
            dialect.submitted(Frame(cmpp_pdu.SUBMIT | cmpp_pdu.ANSWER, 1, body))
        dialect.refusal(Frame(cmpp_pdu.CONNECT | cmpp_pdu.ANSWER, 1, body))
        dialect.answer(Frame(cmpp_pdu.DELIVER, 1, body))


@given(st.binary(max_size=200))
def test_user_data_headers_and_alphabets(data: bytes) -> None:
    joint, text = characters.split(data)
    assert 1 <= joint.number <= joint.of
    assert len(text) <= len(data)
    assert len(characters.from_gsm(data)) <= len(data)


@given(st.text(max_size=400))
def test_gsm_reads_back_what_it_writes(text: str) -> None:
    written = characters.gsm(text)
    if written is not None:
        assert "".join(map(characters.from_gsm, written)) == text
        assert all(len(part) <= characters.SEPTETS for part in written)


@given(st.text(min_size=71, max_size=300), st.integers(0, 1000))
def test_parts_with_their_headers_read_back(text: str, group: int) -> None:
    with suppress(UnicodeEncodeError):
        texts = [part.encode("utf-16-be") for part in parts(text)]
        for number, part in enumerate(texts, 1):
            joint, data = characters.split(characters.joined(part, group, len(texts), number))
            assert (joint.group, joint.of, joint.number, data) == (group & 0xFF, len(texts), number, part)


class Wire(asyncio.Transport):
    """A transport that notes whether it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = False

    def abort(self) -> None:
        self.cut = True

    def is_closing(self) -> bool:
        return self.cut

    def write(self, data: object) -> None:
        """Go nowhere."""


@given(st.lists(st.binary(max_size=200), max_size=20), st.booleans())
def test_a_link_survives_any_bytes_in_any_pieces(pieces: list[bytes], smpp: bool) -> None:
    heard: list[Frame] = []
    link = Link(SMPP.grammar if smpp else CMPP[0].grammar, lambda _, frame: heard.append(frame), 4, 1)
    link.connection_made(Wire())
    for piece in pieces:
        link.data_received(piece)
    assert len(link._buffer) <= sum(map(len, pieces))


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8), st.lists(st.integers(1, 50), min_size=1, max_size=9))
def test_frames_are_found_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    grammar = CMPP[0].grammar
    stream = b"".join(grammar.write(Frame(5, number, body)) for number, body in enumerate(bodies))
    heard: list[bytes] = []
    link = Link(grammar, lambda _, frame: heard.append(frame.body), 4, 1)
    link.connection_made(Wire())
    at = 0
    for size in cuts * len(stream):
        link.data_received(stream[at : at + size])
        at += size
        if at >= len(stream):
            break
    assert heard == bodies


def test_the_proof_of_the_password_is_the_one_of_the_norm() -> None:
    dialect = Cmpp(
        CmppLine.model_validate(HOST | {"company": "901234", "source": "10690"}), "1234",
        lambda: datetime(2026, 7, 8, 11, 37, 50, tzinfo=UTC),
    )  # fmt: skip
    _, body = dialect.login()
    assert body[:6] == b"901234"
    assert body[22] == 0x30
    assert int.from_bytes(body[23:]) == 708193750
    # md5 of "901234", nine zero bytes, "1234" and "0708193750", computed apart
    assert body[6:22].hex() == PROOF


PROOF = "d0a350694d40ac7afa861949ea9407d6"
