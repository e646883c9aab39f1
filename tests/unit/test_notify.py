"""What notify decides: once to each person, and never again unless the first was definitely refused."""

import asyncio
from datetime import timedelta

import pytest

from common.errors import NotFound
from fakes import COUNTY as PLAIN
from fakes import PHONE, sealer
from notify.domain import Again, Delivered, Refused, Unknown
from notify.store import Vault
from notify_fakes import OTHER, FakeGateway, World, received, run, told


def test_one_event_is_one_message_to_each_person_however_often_it_comes() -> None:
    async def play() -> World:
        world = World()
        one, two = await world.meet(PHONE), await world.meet(OTHER)
        for _ in range(2):
            await world.hear(received(one, two, one))
            await world.sender.sweep()
        return world

    world = run(play())
    assert sorted(message.phone for message in world.gateway.messages) == [PHONE, OTHER]
    assert world.states() == ["SENT", "SENT"]
    assert {message.reference for message in world.gateway.messages} == {notice.id for notice in world.notices.all()}


def test_another_event_of_the_same_kind_is_another_message() -> None:
    async def play() -> World:
        world = World()
        one = await world.meet(PHONE)
        await world.hear(received(one), "event-1")
        await world.hear(received(one), "event-2")
        await world.sender.sweep()
        return world

    assert len(run(play()).gateway.messages) == 2


def test_somebody_not_known_yet_is_asked_for_again_and_the_others_need_not_wait() -> None:
    async def play() -> World:
        world = World()
        one, late = await world.meet(PHONE), sealer.person_id(OTHER)
        with pytest.raises(NotFound):
            await world.hear(received(one, late))
        assert world.states() == ["QUEUED"]
        await world.meet(OTHER)
        await world.hear(received(one, late))
        return world

    assert run(play()).states() == ["QUEUED", "QUEUED"]


def test_what_the_county_has_no_template_for_is_not_told() -> None:
    world = World(PLAIN)
    run(world.hear(received("person-nobody")))
    assert world.states() == []


def test_two_senders_never_send_the_same() -> None:
    async def play() -> World:
        world = World()
        people = [await world.meet(f"1990000{n:04}") for n in range(100)]
        await world.hear(received(*people))
        await asyncio.gather(*(world.another_sender().sweep() for _ in range(4)))
        return world

    world = run(play())
    assert len({message.reference for message in world.gateway.messages}) == len(world.gateway.messages) == 100


@pytest.mark.parametrize("trouble", [Unknown("timeout"), ConnectionResetError(), TimeoutError()])
def test_without_a_clear_answer_it_is_never_sent_again(trouble: Unknown | Exception) -> None:
    async def play() -> World:
        world = World(gateways={"file": FakeGateway(answers=[trouble])})
        await told(world)
        assert world.states() == ["UNKNOWN"]
        for _ in range(200):
            world.now += timedelta(hours=1)
            await world.sender.sweep()
        return world

    world = run(play())
    assert len(world.gateway.messages) == 1
    assert world.states() == ["FAILED"]
    assert world.notices.all()[0].code == "no receipt"
    assert len(world.gateway.asked) < 20


def test_a_process_that_dies_after_its_claim_leaves_a_notice_that_is_asked_after_not_sent() -> None:
    async def play() -> World:
        world = World(gateways={"file": FakeGateway(findings=[Delivered()])})
        await world.hear(received(await world.meet(PHONE)))
        await world.notices.claim("file", world.now, 10)
        world.now += timedelta(seconds=59)
        await world.sender.sweep()
        assert world.states() == ["SENDING"]
        world.now += timedelta(seconds=1)
        await world.sender.sweep()
        return world

    world = run(play())
    assert world.gateway.messages == []
    assert world.states() == ["DELIVERED"]


@pytest.mark.parametrize(
    ("again", "state"), [(Again.NEVER, "FAILED"), (Again.LATER, "SENT"), (Again.ELSEWHERE, "SENT")]
)
def test_what_was_definitely_refused_is_tried_again_where_that_may_help(again: Again, state: str) -> None:
    async def play() -> World:
        world = World(gateways={"file": FakeGateway(answers=[Refused("busy", again)])})
        await told(world)
        world.now += timedelta(seconds=4)
        await world.sender.sweep()
        assert len(world.gateway.messages) == 1
        world.now += timedelta(seconds=1)
        await world.sender.sweep()
        return world

    assert run(play()).states() == [state]


def test_refused_here_it_goes_through_another_gateway_at_once() -> None:
    async def play() -> World:
        first = FakeGateway(answers=[Refused("down", Again.ELSEWHERE)] * 9)
        world = World(gateways={"first": first, "second": FakeGateway()})
        await told(world)
        await world.sender.sweep()
        return world

    world = run(play())
    assert [len(gateway.messages) for gateway in world.gateways.values()] == [1, 1]
    assert world.notices.all()[0].gateway == "second"


def test_refused_for_three_days_it_ends() -> None:
    async def play() -> World:
        world = World(gateways={"file": FakeGateway(answers=[Refused("down", Again.LATER)] * 1000)})
        await told(world)
        for _ in range(80):
            world.now += timedelta(hours=1)
            await world.sender.sweep()
        return world

    assert run(play()).states() == ["FAILED"]


def test_with_the_wrong_vault_key_nothing_is_sent_and_nothing_is_lost() -> None:
    async def play() -> World:
        world = World()
        await world.hear(received(await world.meet(PHONE)))
        world.vault, right = Vault(b"w" * 32), world.vault
        await world.another_sender().sweep()
        assert (world.states(), world.notices.all()[0].code) == (["QUEUED"], "vault")
        world.vault, world.now = right, world.now + timedelta(minutes=1)
        await world.another_sender().sweep()
        return world

    assert run(play()).states() == ["SENT"]


def test_a_claim_grown_old_is_given_up_before_the_gateway_is_called() -> None:
    async def play() -> World:
        world = World()
        await world.hear(received(await world.meet(PHONE)))
        (notice,) = await world.notices.claim("file", world.now, 1)
        world.now += timedelta(seconds=60)
        await world.sender._send(world.sender._accounts["file"], notice, world.people.all()[0])
        return world

    world = run(play())
    assert world.gateway.messages == []
    assert world.states() == ["QUEUED"]
