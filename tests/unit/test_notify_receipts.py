"""Receipts are stored first and matched later, whatever way the provider writes its ids; replies become facts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events import IssueTexted, PersonSilenced, ReplyReceived
from common.people import mask_phones
from fakes import NOON, PHONE, sealer
from notify.domain import Accepted, Delivered, Failed, Notice, Receipt, Unknown, normal, parts, raises, readings, units
from notify.handlers import Reply, Status
from notify_fakes import OTHER, FakeGateway, World, received, run, told

OK, BAD = Delivered(), Failed("UNDELIV")


def world_with(answer: Accepted | Unknown) -> World:
    return World(gateways={"file": FakeGateway(answers=[answer])})


@pytest.mark.parametrize(
    ("accepted", "told_as"),
    [("1a2b", "1A2B"), ("1a2b", "0000001a2b"), ("1a2b", "6699"), ("6699", "1a2b"), ("007", "7"), ("4711^0", "4711^0")],
)
def test_an_id_is_known_in_decimal_hexadecimal_and_with_leading_zeros(accepted: str, told_as: str) -> None:
    async def play() -> tuple[dict[str, int], World]:
        world = world_with(Accepted(accepted, 1))
        await told(world)
        return await world.answers.statuses("file", [Status(OK, None, told_as, PHONE)]), world

    counts, world = run(play())
    assert counts == {"taken": 1, "late": 0, "unknown": 0}
    assert world.states() == ["DELIVERED"]


@given(st.integers(min_value=0, max_value=2**64 - 1), st.integers(min_value=0, max_value=6))
def test_every_number_reads_back(number: int, zeros: int) -> None:
    for given_as in (str(number), f"{number:x}", f"{number:X}"):
        for told_as in (f"{'0' * zeros}{number}", f"{'0' * zeros}{number:x}"):
            assert normal(given_as) in readings(told_as)


def test_an_id_that_could_be_two_is_the_one_that_went_to_this_person() -> None:
    async def play() -> list[str]:
        world = World(gateways={"file": FakeGateway(answers=[Accepted("10", 1), Accepted("a", 1)])})
        first = await told(world)
        other = await world.meet(OTHER)
        await world.hear(received(other), "event-2")
        await world.sender.sweep()
        await world.answers.statuses("file", [Status(OK, None, "10", OTHER)])
        return [str(n.state) for n in world.notices.all() if n.id != first] + [
            str((await world.notices.get(first)).state)
        ]

    assert run(play()) == ["DELIVERED", "SENT"]


def test_a_receipt_that_is_faster_than_the_answer_waits_for_it() -> None:
    async def play() -> World:
        world = world_with(Accepted("1a2b", 1))
        submit = world.gateway.submit

        async def slowly(message: object) -> object:
            counts = await world.answers.statuses("file", [Status(OK, None, "1a2b", PHONE)])
            assert counts["unknown"] == 1
            return await submit(message)  # type: ignore[arg-type]

        world.gateway.submit = slowly  # type: ignore[assignment,method-assign]
        await told(world)
        return world

    assert run(play()).states() == ["DELIVERED"]


def test_a_long_message_is_delivered_when_every_part_is_and_doubles_count_once() -> None:
    async def play() -> list[object]:
        world = world_with(Accepted("a1", 3, ("a1", "a2", "a3")))
        await told(world)
        found: list[object] = []
        for id_ in ("a2", "a2", "a1", "a3"):
            counts = await world.answers.statuses("file", [Status(OK, None, id_)])
            found.append((counts["taken"], counts["late"], world.states()[0]))
        return found

    assert run(play()) == [(1, 0, "SENT"), (0, 1, "SENT"), (1, 0, "SENT"), (1, 0, "DELIVERED")]


def test_a_part_that_failed_and_arrives_after_all_is_no_failure() -> None:
    async def play() -> list[str]:
        world = world_with(Accepted("a1", 2, ("a1", "a2")))
        await told(world)
        states = []
        for id_, result in (("a1", BAD), ("a2", OK), ("a1", OK), ("a1", BAD)):
            await world.answers.statuses("file", [Status(result, None, id_)])
            states += world.states()
        return states

    assert run(play()) == ["FAILED", "FAILED", "DELIVERED", "DELIVERED"]


def test_what_nobody_could_say_of_is_reconciled_by_whom_the_receipt_is_for() -> None:
    async def play() -> list[str]:
        world = world_with(Unknown("no answer"))
        await told(world)
        await world.answers.statuses("file", [Status(OK, None, "77", OTHER), Status(OK, None, "78", PHONE)])
        states = world.states()
        world.now += timedelta(seconds=3)
        await world.sender.sweep()
        assert len(world.gateway.messages) == 1
        return states + world.states()

    assert run(play()) == ["UNKNOWN", "DELIVERED"]


def test_a_part_that_was_taken_before_the_line_was_cut_is_not_enough() -> None:
    async def play() -> list[str]:
        world = world_with(Unknown("cut", ("a1",), 2))
        await told(world)
        await world.answers.statuses("file", [Status(OK, None, "a1", PHONE)])
        states = world.states()
        await world.answers.statuses("file", [Status(OK, None, "a2", PHONE)])
        world.now += timedelta(seconds=3)
        await world.sender.sweep()
        return states + world.states()

    assert run(play()) == ["UNKNOWN", "DELIVERED"]


def test_a_receipt_for_no_message_of_ours_is_kept_and_changes_nothing() -> None:
    async def play() -> World:
        world = World()
        await told(world)
        for _ in range(2):
            counts = await world.answers.statuses(
                "file", [Status(OK, None, "zzz", "no number"), Status(OK, "notice-x")]
            )
            assert counts == {"taken": 0, "late": 0, "unknown": 2}
        await world.sender.sweep()
        return world

    world = run(play())
    assert world.states() == ["SENT"]
    assert len(world.receipts.kept) == 2


def test_no_number_is_kept_with_a_receipt() -> None:
    async def play() -> World:
        world = World()
        await world.answers.statuses("file", [Status(OK, None, "1", PHONE)])
        return world

    kept = run(play()).receipts.kept.values()
    assert PHONE not in repr(kept)
    assert [one.receipt.person_id for one in kept] == [sealer.person_id(PHONE)]


def test_an_issue_by_sms_is_told_and_whoever_sent_it_can_be_answered() -> None:
    async def play() -> World:
        world = World()
        reply = Reply(f"+86{PHONE}", f"反映：楼道堆满杂物，电话{OTHER}", "mo-1")
        for _ in range(2):
            await world.answers.heard_back("file", [reply])
        return world

    world = run(play())
    (said,) = world.people.said
    assert isinstance(said, IssueTexted)
    assert said.text == mask_phones(f"楼道堆满杂物，电话{OTHER}")
    assert said.person_id == sealer.person_id(PHONE)
    assert world.vault.unlock(said.person_id, world.people.all()[0].contact).phone == PHONE


def test_silence_is_asked_for_once_and_the_same_words_in_one_hour_are_one_reply() -> None:
    async def play() -> World:
        world = World()
        await told(world)
        for text in ("5", "5", "退订", "ｔｄ", "4"):
            await world.answers.heard_back("file", [Reply(PHONE, text)])
        return world

    said = run(play()).people.said
    assert [type(fact) for fact in said] == [ReplyReceived, PersonSilenced, ReplyReceived]


@pytest.mark.parametrize(
    ("reply", "issue"),
    [
        ("反映：路灯不亮", "路灯不亮"),
        ("建议 增设充电桩", "增设充电桩"),
        ("5", None),
        ("反映", None),
        ("我反映：路灯不亮", None),
        ("反映情况属实", None),
    ],
)
def test_only_a_word_at_the_beginning_makes_a_reply_an_issue(reply: str, issue: str | None) -> None:
    assert raises(reply) == issue


@given(st.text(alphabet=st.sampled_from("议𠮷ཀཱིྐá👍🏽👨\u200d👩 "), min_size=1, max_size=400))
def test_parts_join_to_the_text_fit_and_split_nothing(text: str) -> None:
    found = parts(text)
    assert "".join(found) == text
    assert len(found) == 1 or all(1 <= units(part) <= 67 for part in found)
    for part in found:
        part.encode("utf-16-be")


@pytest.mark.parametrize(
    ("text", "count"), [("ཀ" * 70, 1), ("ཀི" * 35, 1), ("ཀི" * 36, 2), ("ཀི" * 67, 3), ("议" * 66 + "𠮷" * 10, 2)]
)
def test_a_letter_and_its_vowel_stay_together(text: str, count: int) -> None:
    found = parts(text)
    assert len(found) == count
    assert not any(part.startswith("ི") for part in found)


def test_a_notice_from_before_parts_were_known_is_still_understood() -> None:
    notice = Notice(
        id="notice-1", person_id="p", template="t", values={}, text="x", segments=1, queued_at=NOON, due_at=NOON
    )
    assert (notice.parts, notice.awaits, notice.fence) == ([], 0, 0)
    assert Receipt("notice-1", OK).key != Receipt("notice-1", BAD).key
