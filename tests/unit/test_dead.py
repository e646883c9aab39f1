"""Dead letters: what they show, what they keep, and what is published when one is sent again."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from nats.aio.client import Client
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError, ServerError

from common.aggregate import Origin
from common.bus import dead
from common.bus.advisories import Advisories, headers_of
from common.bus.dead import Letter, Verdict
from common.bus.listen import Hearing, Listener
from common.bus.suspects import KILLS, SUSPECT_AFTER
from common.errors import Conflict, Fault, Invalid, NotFound
from common.events import DeptIssue, Event
from common.people import Opener
from fakes import NOON, PHONE, opener, sealer

LANDLINE = "0931-8460001"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WHY = Verdict("invalid", [Fault("category", f"{PHONE!r} is not known")], 3)
SUBJECT = "dept.620102.grid.in.issue.v1"


@dataclass
class Message:
    subject: str = SUBJECT
    data: bytes = b'{"phone": "19900000001"}\xff'
    headers: dict[str, str] | None = field(default_factory=lambda: {"ce-id": "1", "ce-note": PHONE, "x": LANDLINE})


@dataclass
class Stream:
    """The part of JetStream that letters need, over a list of letters."""

    stored: dict[int, bytes] = field(default_factory=dict)
    published: list[tuple[str, bytes, str, dict[str, str]]] = field(default_factory=list)
    refuses: bool = False

    async def get_msg(self, _: str, seq: int, subject: str = "", *, next: bool = False) -> RawStreamMsg:
        del subject
        found = min((n for n in self.stored if (n >= seq if next else n == seq)), default=None)
        if found is None:
            raise NotFoundError
        return RawStreamMsg(subject="dead.620102.intake", seq=found, data=self.stored[found], time=NOON)

    async def publish(self, *said: object) -> object:
        subject, body, _, stream, headers = said
        if self.refuses:
            raise NotFoundError
        self.published.append((str(subject), cast("bytes", body), str(stream), cast("dict[str, str]", headers)))

        @dataclass
        class Ack:
            seq = 8

        return Ack()

    async def delete_msg(self, _: str, seq: int) -> None:
        if seq not in self.stored:
            raise ServerError(code=500, err_code=10057, description="no message found")
        del self.stored[seq]

    @property
    def js(self) -> JetStreamContext:
        return cast("JetStreamContext", self)


def write(message: Message | None = None, why: Verdict = WHY) -> bytes:
    return json.dumps(dead.write("intake", DeptIssue.type, message or Message(), "DEPT_IN.7", why, sealer)).encode()


def read(stream: Stream, number: int = 1) -> Letter:
    return asyncio.run(dead.letter(stream.js, number))


def test_a_letter_shows_no_number_wherever_it_stood_and_keeps_the_original_whole() -> None:
    text = write().decode()
    assert PHONE not in text
    assert LANDLINE not in text
    letter = read(Stream({1: text.encode()}))
    original = letter.opened(opener)
    assert (original.body, original.headers) == (Message().data, Message().headers)
    assert "original" not in dead.public(letter)


def test_a_trace_is_no_telephone() -> None:
    trace = "00-" + "a" * 10 + "19900000001" + "b" * 11 + "-b7ad6b7169203331-01"
    assert dead.masked(trace) == trace
    assert dead.masked(f"{trace} {PHONE}").endswith("199****0001")


def test_a_bug_is_named_by_its_type_alone() -> None:
    why = dead.verdict(KeyError(PHONE), 10)
    assert (why.reason, why.faults) == ("KeyError", [Fault("", "failed 10 times with KeyError")])
    assert dead.verdict(Conflict("not now"), 1) == Verdict("conflict", [Fault("", "not now")], 1)


def test_what_is_sent_again_has_its_headers_and_a_message_id_of_its_own() -> None:
    headers = {"ce-id": "1", "traceparent": TRACE, "Nats-Msg-Id": "1", "nats-expected-last-sequence": "4", "X": "y"}
    stream = Stream({1: write(Message(headers=headers))})
    letter = read(stream)
    assert asyncio.run(dead.requeue(stream.js, letter, opener)) == 8
    ((subject, body, into, said),) = stream.published
    assert (subject, body, into) == (SUBJECT, Message().data, "DEPT_IN")
    assert said.pop("Nats-Msg-Id") == f"requeued.1.{letter.at.isoformat()}"
    assert said == {"ce-id": "1", "traceparent": TRACE, "X": "y"}
    assert stream.stored == {}


@pytest.mark.parametrize("spoil", [lambda letter: replace(letter, original=None), lambda x: replace(x, whole=False)])
def test_what_has_no_whole_original_stays_where_it_is(spoil: Callable[[Letter], Letter]) -> None:
    stream = Stream({1: write()})
    with pytest.raises(Conflict):
        asyncio.run(dead.requeue(stream.js, spoil(read(stream)), opener))
    assert (list(stream.stored), stream.published) == ([1], [])


def test_neither_another_key_nor_a_stream_that_refuses_costs_a_letter() -> None:
    stream = Stream({1: write()})
    with pytest.raises(Invalid):
        asyncio.run(dead.requeue(stream.js, read(stream), Opener(X25519PrivateKey.generate().private_bytes_raw())))
    stream.refuses = True
    with pytest.raises(NotFoundError):
        asyncio.run(dead.requeue(stream.js, read(stream), opener))
    assert list(stream.stored) == [1]


def test_letters_come_in_order_over_gaps_and_one_that_is_none_of_ours_harms_nobody() -> None:
    stream = Stream({2: write(), 5: b"not json", 9: b'{"at": "yesterday"}'})

    async def all_() -> list[Letter]:
        return [letter async for letter in dead.letters(stream.js, "620102")]

    found = asyncio.run(all_())
    assert [(letter.number, letter.reason) for letter in found] == [
        (2, "invalid"),
        (5, "not a letter of ours"),
        (9, "not a letter of ours"),
    ]
    with pytest.raises(NotFound):
        read(stream, 3)
    asyncio.run(dead.drop(stream.js, replace(found[0], number=3)))


class Notes:
    """Notes of what was begun, in memory."""

    def __init__(self, begun: int = 0) -> None:
        self.begun = begun

    async def begin(self, _: str) -> int:
        self.begun += 1
        return self.begun - 1

    async def end(self, _: str) -> None:
        self.begun = 0


def listen(notes: Notes, delivered: int) -> tuple[list[str], list[dict[str, object]]]:
    """Take one delivery; tell what was taken, and which letters were written."""
    taken: list[str] = []
    letters: list[dict[str, object]] = []

    async def publish(subject: str, body: bytes, headers: dict[str, str]) -> None:
        del subject, headers
        letters.append(json.loads(body))

    async def take(_: Event, origin: Origin) -> None:
        taken.append(origin.id)

    class Delivery(Message):
        async def ack(self) -> None: ...
        async def nak(self, delay: float | None = None) -> None: ...
        async def term(self) -> None: ...

    body = {"external_id": "1", "version": 1, "title": "t", "description": "d", "division": "620102007004"}
    body |= {"category": "heating", "occurred_at": "2026-11-20T08:00:00+08:00"}
    said = {"ce-id": "1", "ce-type": DeptIssue.type, "ce-source": "grid", "ce-specversion": "1.0"}
    delivery = Delivery(data=json.dumps(body).encode(), headers=said)
    listener = Listener("620102", sealer, publish, notes)
    asyncio.run(listener.take(Hearing(DeptIssue, take, "intake"), delivery, "DEPT_IN.7", delivered))
    return taken, letters


def test_only_what_was_delivered_often_is_noted_and_its_end_is_noted_too() -> None:
    notes = Notes(begun=2)
    assert listen(notes, SUSPECT_AFTER)[0] == ["1"]
    assert notes.begun == 2
    assert listen(notes, SUSPECT_AFTER + 1)[0] == ["1"]
    assert notes.begun == 0


def test_one_that_was_begun_again_and_again_and_never_ended_is_not_handed_over_once_more() -> None:
    assert listen(Notes(begun=KILLS - 1), 20)[0] == ["1"]
    taken, (letter,) = listen(Notes(begun=KILLS), 20)
    assert taken == []
    assert (letter["reason"], letter["attempts"]) == ("killed its taker", 20)


def test_what_does_not_fit_into_a_message_is_buried_with_its_beginning() -> None:
    sent: list[dict[str, object]] = []

    async def publish(subject: str, body: bytes, headers: dict[str, str]) -> None:
        del subject, headers
        if len(body) > 1024 * 1024:
            raise MaxPayloadError
        sent.append(json.loads(body))

    async def take(_: Event, __: Origin) -> None: ...

    message = Message(data=b"x" * 4 * 1024**2, headers={"long": "y" * 1024**2})
    hearing = Hearing(DeptIssue, take, "intake")
    asyncio.run(Listener("620102", sealer, publish).lay(hearing, message, "DEPT_IN.7", WHY))
    assert (len(sent), sent[0]["whole"]) == (1, False)


def test_a_fetched_header_is_read_as_it_was_written() -> None:
    raw = "TkFUUy8xLjANClgtTjog546LDQpUZW46IGE6IGINCg0K"
    assert headers_of(RawStreamMsg(hdrs=raw.encode())) == {"X-N": "王", "Ten": "a: b"}
    assert headers_of(RawStreamMsg()) == {}


def test_what_a_work_queue_let_go_of_when_it_was_acknowledged_is_not_dead() -> None:
    class Away:
        def jetstream(self) -> None:
            pytest.fail("nothing is to be fetched or laid")

    advisory = {
        "type": "io.nats.jetstream.advisory.v1.terminated",
        "stream": "DEPT_IN",
        "consumer": "intake-dept-in-issue-v1",
        "stream_seq": 7,
        "deliveries": 1,
        "reason": "Unacknowledged message was deleted",
        "timestamp": "2026-11-24T10:00:00Z",
    }
    ear = Advisories("620102", "intake", cast("Listener", None))
    asyncio.run(ear._take(cast("Client", Away()), advisory))
