"""The sender's life: at night, to whom it does not write, woken and stopped."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from common.people import Contact
from fakes import NOON, PHONE, county, opener, origin, sealer
from notify.handlers import Reply
from notify_fakes import OTHER, TEMPLATES, World, received, run, told


def test_nobody_is_disturbed_at_night() -> None:
    async def play() -> World:
        world = World()
        world.now = NOON.replace(hour=14)  # 22:00 in Shanghai
        await told(world)
        world.now = NOON.replace(hour=23, minute=59)  # 07:59
        await world.sender.sweep()
        assert world.states() == ["QUEUED"]
        world.now = NOON + timedelta(hours=20)  # 08:00
        await world.sender.sweep()
        return world

    assert run(play()).states() == ["SENT"]


def test_equal_ends_mean_no_quiet_hours() -> None:
    world = World(county(templates=TEMPLATES, quiet_hours={"start": "00:00", "end": "00:00"}))
    world.now = NOON.replace(hour=18)
    assert not world.sender.is_quiet()


def test_who_cannot_or_does_not_want_to_be_reached_is_left_alone() -> None:
    async def play() -> World:
        world = World()
        landline, silent = await world.meet("09318888888"), await world.meet(PHONE)
        await world.answers.replies("file", [Reply(PHONE, "退订"), Reply(OTHER, "TD")], origin())
        await world.hear(received(landline, silent, sealer.person_id(OTHER)))
        await world.sender.sweep()
        return world

    world = run(play())
    assert world.gateway.messages == []
    assert world.states() == ["SUPPRESSED"] * 3
    assert {notice.code for notice in world.notices.all()} == {"opted out", "no mobile number"}


def test_the_sender_is_woken_and_finishes_what_is_in_hand_when_it_is_stopped() -> None:
    async def play() -> World:
        world = World()
        submitted, go_on = asyncio.Event(), asyncio.Event()
        submit = world.gateway.submit

        async def slowly(message: object) -> object:
            submitted.set()
            await go_on.wait()
            return await submit(message)  # type: ignore[arg-type]

        world.gateway.submit = slowly  # type: ignore[assignment,method-assign]
        task = asyncio.create_task(world.sender.run())
        await asyncio.sleep(0)
        await world.hear(received(await world.meet(PHONE)))
        await submitted.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return world

    assert run(play()).states() == ["SENT"]


def test_no_name_and_no_number_is_in_what_is_printed_of_a_message() -> None:
    async def play() -> World:
        world = World()
        await told(world)
        return world

    world = run(play())
    printed = repr((world.gateway.messages, world.notices.all(), world.people.all(), Reply(PHONE, "5")))
    assert PHONE not in printed
    assert "王玉萍" not in printed
    assert opener.contact(sealer.meet(PHONE).contact) == replace(Contact(PHONE), name="")
