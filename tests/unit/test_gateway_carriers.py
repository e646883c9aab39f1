"""The gateways to carriers (SMPP, CMPP 2.0 and 3.0) against peers on loopback that behave as carriers do."""

import asyncio
from collections.abc import Callable

import pytest

from carrier import Carrier, Manners
from carriers import Ismg, Smsc
from gateway_world import LONG, Listener, message, play, until
from notify.domain import Accepted, Again, Delivered, Failed, Refused, Unknown
from notify.handlers import Gateway

PEERS: dict[str, Callable[[Manners], Carrier]] = {
    "smpp": Smsc,
    "cmpp3": lambda manners: Ismg(manners, v3=True),
    "cmpp2": lambda manners: Ismg(manners, v3=False),
}


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest) -> Callable[..., Carrier]:
    return lambda **manners: PEERS[request.param](Manners(**manners))


def test_a_message_is_accepted_and_its_receipt_is_answered_once_it_is_stored(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        answer = await gateway.submit(message())
        assert isinstance(answer, Accepted)
        assert answer.segments == 1
        await until(lambda: listener.taken and carrier.answered)
        (status,) = listener.taken
        assert (status.id, status.result, status.reference) == (answer.id, Delivered(), None)
        assert status.phone == message().phone

    assert play(peer(), story).taken == {message().phone: 1}


def test_on_the_loop_that_services_run_on_it_is_the_same(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, listener: Listener) -> None:
        answers = await asyncio.gather(*(gateway.submit(message(number)) for number in range(20)))
        assert {type(answer) for answer in answers} == {Accepted}
        await until(lambda: len(listener.taken) == 20)

    play(peer(), story, on_uvloop=True)


def test_a_long_message_is_sent_in_parts_that_join_and_split_no_character(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        answer = await gateway.submit(message(text=LONG))
        assert isinstance(answer, Accepted)
        assert (answer.segments, len(answer.parts), len(set(answer.parts))) == (3, 3, 3)
        heads = {content[:3] + content[4:5] for content in carrier.contents}
        assert heads == {b"\5\0\3\3"}
        assert len({content[3] for content in carrier.contents}) == 1
        texts = [content[6:].decode("utf-16-be") for content in carrier.contents]
        assert "".join(texts) == LONG
        await until(lambda: len(listener.taken) == 3)

    play(peer(), story)


def test_a_hundred_at_once_are_taken_once_each_however_the_bytes_come(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, listener: Listener) -> None:
        answers = await asyncio.gather(*(gateway.submit(message(number)) for number in range(100)))
        assert all(isinstance(answer, Accepted) for answer in answers)
        assert len({answer.id for answer in answers if isinstance(answer, Accepted)}) == 100
        await until(lambda: len(listener.taken) == 100)

    assert set(play(peer(piece=7, receipts="before"), story).taken.values()) == {1}


def test_what_is_taken_and_not_answered_is_unknown_and_never_sent_again(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answers = await asyncio.gather(*(gateway.submit(message(number)) for number in range(3)))
        assert [type(answer) for answer in answers] == [Accepted, Unknown, Accepted]
        await asyncio.sleep(0.1)

    assert set(play(peer(mute=frozenset({2})), story, answer_s=0.2).taken.values()) == {1}


def test_a_line_cut_in_mid_window_leaves_what_was_written_unknown_and_the_rest_is_sent_over_a_new_one(
    peer: Callable[..., Carrier],
) -> None:
    async def story(gateway: Gateway, carrier: Carrier, _: Listener) -> None:
        answers = await asyncio.gather(*(gateway.submit(message(number)) for number in range(40)))
        kinds = [type(answer) for answer in answers]
        assert kinds.count(Unknown) >= 1
        assert kinds.count(Unknown) + kinds.count(Accepted) + kinds.count(Refused) == 40
        for number, kind in enumerate(kinds):
            taken = carrier.taken[message(number).phone]
            assert taken <= 1
            if kind is Refused:  # then, and only then, it may be given to somebody again
                assert taken == 0
            if kind is Accepted:
                assert taken == 1
        assert isinstance(await gateway.submit(message(99)), Accepted)
        assert len(carrier.logins) == 2

    play(peer(cut_at=frozenset({10})), story, window=8)


def test_a_storm_of_throttling_is_sat_out_and_nothing_is_sent_twice(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answers = await asyncio.gather(*(gateway.submit(message(number)) for number in range(30)))
        assert all(isinstance(answer, Accepted) for answer in answers)

    carrier = play(peer(throttled=8), story, patience_s=10, window=4)
    assert set(carrier.taken.values()) == {1}


def test_who_is_throttled_for_too_long_has_definitely_not_been_taken(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answer = await gateway.submit(message())
        assert isinstance(answer, Refused)
        assert answer.again is Again.ELSEWHERE

    assert not play(peer(throttled=1000), story, patience_s=0.3).taken


def test_an_answer_nobody_can_read_is_unknown(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        assert isinstance(await gateway.submit(message()), Unknown)
        assert isinstance(await gateway.submit(message(2)), Accepted)

    assert set(play(peer(garbage=1), story).taken.values()) == {1}


def test_without_a_carrier_nothing_was_written_and_another_gateway_may_have_it(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, _: Listener) -> None:
        await until(lambda: carrier.logins)
        await carrier.away()
        await until(lambda: not gateway._bound.is_set())  # type: ignore[attr-defined]
        answer = await gateway.submit(message())
        assert answer == Refused("not connected", Again.ELSEWHERE)

    play(peer(), story, patience_s=0.2)


def test_a_part_refused_after_others_were_taken_is_unknown_with_those_named(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, _: Carrier, __: Listener) -> None:
        answer = await gateway.submit(message(text=LONG))
        assert isinstance(answer, Unknown)
        assert (len(answer.parts), answer.of) == (1, 3)

    play(peer(refuse={2: 7}), story)


def test_what_cannot_be_stored_yet_is_kept_and_not_answered_until_it_is(
    peer: Callable[..., Carrier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.gateways.inbound.AGAIN_AFTER_S", 0.01)

    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        listener.deaf = 3
        await gateway.submit(message())
        await until(lambda: listener.taken)
        assert listener.deaf == 0
        await until(lambda: carrier.answered)

    play(peer(), story)


def test_the_wrong_password_opens_nothing(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, _: Listener) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gateway._dialect, "_password", b"x" if isinstance(carrier, Ismg) else "x")  # type: ignore[attr-defined]
            carrier.cut()
            await until(lambda: len(carrier.logins) > 1)
            assert isinstance(await gateway.submit(message()), Refused)

    assert not play(peer(), story, patience_s=0.2).taken


def test_a_silent_line_is_asked_whether_it_is_there(peer: Callable[..., Carrier]) -> None:
    async def story(_: Gateway, carrier: Carrier, __: Listener) -> None:
        await until(lambda: carrier.heartbeats > 1)

    play(peer(), story, heartbeat_s=0.02)


def test_a_failure_is_told_with_its_code_and_what_is_not_final_is_not_told(peer: Callable[..., Carrier]) -> None:
    async def story(gateway: Gateway, carrier: Carrier, listener: Listener) -> None:
        await gateway.submit(message())
        carrier.manners.state = "ACCEPTD"
        await gateway.submit(message(2))
        await until(lambda: len(carrier.answered) == 2)
        assert [status.result for status in listener.taken] == [Failed("UNDELIV")]

    play(peer(state="UNDELIV"), story)
