"""Whom notify knows, what they answer, and how providers say what became of a message."""

from datetime import timedelta

import pytest

from common.errors import Invalid, Misconfigured
from common.events import (
    IntakePersonMet,
    ReplyReceived,
    TopicPublicised,
)
from common.people import Contact
from fakes import PHONE, origin, sealer
from notify.domain import Accepted, Delivered, Failed, Receipt
from notify.handlers import Reply
from notify.store import Vault
from notify_fakes import OTHER, FakeGateway, World, received, run, told


def test_a_contact_is_encrypted_and_bound_to_its_person() -> None:
    vault = Vault(b"v" * 32)
    locked = vault.lock("person-1", Contact(PHONE, "王玉萍"))
    assert PHONE not in locked
    assert vault.unlock("person-1", locked) == Contact(PHONE, "王玉萍")
    with pytest.raises(Misconfigured):
        vault.unlock("person-2", locked)
    with pytest.raises(Misconfigured):
        Vault(b"w" * 32).unlock("person-1", locked)
    with pytest.raises(Misconfigured):
        Vault(b"short")


def test_a_person_met_is_known_by_a_masked_name_alone() -> None:
    world = World()
    known = sealer.meet(PHONE, "王玉萍")
    fact = IntakePersonMet(person_id=known.person_id, contact=known.contact)
    run(world.contacts.meet(fact, origin("met")))
    first = world.people.all()
    run(world.contacts.meet(fact, origin("met")))
    assert world.people.all() == first
    assert first[0].name == "王**"
    assert world.vault.unlock(known.person_id, first[0].contact).phone == PHONE


def test_a_contact_of_somebody_else_is_refused() -> None:
    fact = IntakePersonMet(person_id=sealer.person_id(OTHER), contact=sealer.meet(PHONE).contact)
    with pytest.raises(Invalid):
        run(World().contacts.meet(fact, origin()))


def test_a_contact_without_a_name_does_not_replace_one_with() -> None:
    world = World()
    run(world.meet(PHONE, "household:1"))
    run(world.meet(PHONE, "household:2", name=""))
    (person,) = world.people.all()
    assert (person.name, person.groups) == ("王**", ["household:1", "household:2"])


def test_a_receipt_counts_once_and_delivery_is_the_last_word() -> None:
    async def play() -> list[dict[str, int]]:
        world = World()
        id_ = await told(world)
        failed, delivered = Receipt(id_, Failed("MK:1")), Receipt(id_, Delivered())
        counts = [await world.answers.receipts("file", [each]) for each in (failed, failed, delivered, failed)]
        assert world.states() == ["DELIVERED"]
        counts.append(await world.answers.receipts("file", [delivered, Receipt("notice-none", Delivered())]))
        return counts

    said = [[name for name, count in counts.items() if count] for counts in run(play())]
    assert said == [["taken"], ["late"], ["taken"], ["late"], ["late", "unknown"]]


def test_a_receipt_may_be_faster_than_the_answer() -> None:
    async def play() -> World:
        world = World()
        await world.hear(received(await world.meet(PHONE)))
        (notice,) = await world.notices.claim("file", world.now, 1)
        await world.answers.receipts("file", [Receipt(notice.id, Delivered())])
        await world.notices.change(notice.id, lambda n: n.answered(Accepted("p1", 2), world.now, ["file"]))
        return world

    (notice,) = run(play()).notices.all()
    assert (notice.state, notice.provider_id, notice.segments) == ("DELIVERED", "p1", 2)


def test_a_receipt_of_another_gateway_changes_nothing() -> None:
    async def play() -> tuple[dict[str, int], list[str]]:
        world = World(gateways={"first": FakeGateway(), "second": FakeGateway()})
        id_ = await told(world)
        return await world.answers.receipts("second", [Receipt(id_, Delivered())]), world.states()

    assert run(play()) == ({"taken": 0, "late": 0, "unknown": 1}, ["SENT"])


def test_a_reply_is_told_with_the_topic_that_asked_last_and_once() -> None:
    async def play() -> World:
        world = World()
        one = await world.meet(PHONE)
        for topic in ("topic-1", "topic-2"):
            world.now += timedelta(minutes=1)
            fact = TopicPublicised(topic_id=topic, title="供暖", result="已加装", people=(one,))
            await world.hear(fact, f"event of {topic}")
        await world.hear(received(one), "event after")
        reply = Reply(PHONE, f"5 请回电{OTHER}", "mo-1")
        await world.answers.replies("file", [reply], origin("a"))
        await world.answers.replies("file", [reply], origin("b"))
        return world

    assert run(play()).people.said == [
        ReplyReceived(person_id=sealer.person_id(PHONE), text="5 请回电199****0002", topic_id="topic-2")
    ]


def test_replies_at_fault_are_listed_without_repeating_the_number() -> None:
    result = run(World().answers.replies("file", [Reply("12", "5"), Reply(OTHER, "5")], origin()))
    assert [fault.path for fault in result.faults] == ["replies.0.phone"]
    assert (result.taken, result.unknown) == (0, 1)
