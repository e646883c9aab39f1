"""What is SMPP's own, or CMPP's own; and what carriers deliver."""

from collections.abc import Callable

import pytest

from carrier import Carrier, Manners
from carriers import Ismg, Smsc
from fakes import PHONE
from gateway_world import LONG, Listener, message, play, question, until
from notify.domain import Accepted, Again, Delivered, Failed, Refused, Unknown
from notify.gateways.link import Frame
from notify.handlers import Gateway, Message, Reply, Status

BOTH = pytest.mark.parametrize("peer", [Smsc, Ismg, lambda manners: Ismg(manners, v3=False)])


@BOTH
def test_a_reply_in_two_parts_is_one_reply(peer: Callable[[Manners], Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        await gateway.submit(message())
        for number in (2, 1):
            content = bytes((5, 0, 3, 9, 2, number)) + ("反映：楼道" if number == 1 else "堆满了杂物").encode(
                "utf-16-be"
            )
            if isinstance(carrier, Ismg):
                carrier.say(carrier.deliver, carrier.sm(PHONE, content, udhi=1))
            else:
                assert isinstance(carrier, Smsc)
                carrier.say(carrier.deliver, carrier.sm(PHONE, content, esm=0x40, coding=8))
        await until(lambda: listener.replies)
        assert listener.replies == [Reply(PHONE, "反映：楼道堆满了杂物")]

    play(peer(Manners(receipts="never")), story)


@BOTH
def test_a_delivery_that_cannot_be_read_is_answered_with_an_error_and_the_next_one_is_read(
    peer: Callable[[Manners], Carrier],
) -> None:
    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        await gateway.submit(message())
        carrier.say(carrier.deliver, b"\xff\xfe")
        await gateway.submit(message(2))
        await until(lambda: len(carrier.answered) == 3)
        assert len(listener.taken) == 2

    play(peer(Manners()), story)


def test_smpp_receipts_in_optional_parameters_are_read() -> None:
    async def story(_: Gateway, carrier: Carrier, listener: Listener) -> None:
        assert isinstance(carrier, Smsc)
        await until(lambda: carrier.logins)
        options = b"\x00\x1e\x00\x05abcd\0" + b"\x04\x27\x00\x01\x05" + b"\x04\x23\x00\x03\x03\x00\x45"
        carrier.say(carrier.deliver, carrier.sm(PHONE, b"", esm=4, options=options))
        await until(lambda: listener.taken)
        assert listener.taken == [Status(Failed("UNDELIV:030045"), None, "abcd", PHONE)]

    play(Smsc(), story)


def test_smpp_takes_one_long_payload_where_the_county_says_so() -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answer = await gateway.submit(message(text=LONG))
        assert isinstance(answer, Accepted)

    carrier = play(Smsc(), story, long="payload")
    assert [content.decode("utf-16-be") for content in carrier.contents] == [LONG]


def test_smpp_can_be_asked_and_cmpp_cannot() -> None:
    async def story(gateway: Gateway, carrier: Carrier, _: Listener) -> None:
        await until(lambda: carrier.logins)
        if isinstance(carrier, Smsc):
            answer = carrier.frame(0x80000003, 0, 1, b"1a2b\0\0\x02\0")
            found = gateway._dialect.finding(Frame(0x80000003, 1, answer[16:]))  # type: ignore[attr-defined]
            assert found == Delivered()
            assert gateway.capabilities.query
        else:
            assert isinstance(await gateway.query(question(1, "1")), Unknown)

    play(Smsc(), story)
    play(Ismg(), story)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(0x0B, Again.NEVER), (0x45, Again.ELSEWHERE), (0x401, Again.ELSEWHERE), (0x08, None), (0xFF, None)],
)
def test_only_an_error_that_speaks_of_the_message_refuses_it(status: int, expected: Again | None) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answer = await gateway.submit(message())
        assert (answer.again if isinstance(answer, Refused) else None) is expected
        assert isinstance(answer, Refused if expected else Unknown)

    play(Smsc(Manners(refuse={1: status})), story)


@pytest.mark.parametrize(("result", "kind"), [(1, Refused), (3, Unknown), (9, Unknown), (5, Refused)])
def test_cmpp_results_refuse_only_where_they_are_definite(result: int, kind: type) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        assert isinstance(await gateway.submit(message()), kind)

    play(Ismg(Manners(refuse={1: result})), story)


def test_a_text_or_number_that_does_not_fit_is_refused_and_kills_nothing() -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        assert isinstance(await gateway.submit(Message("x", "1" * 40, "议")), Refused)
        assert isinstance(await gateway.submit(message()), Accepted)

    play(Ismg(), story)
