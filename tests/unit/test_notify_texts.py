"""How notify words its messages, one by one and to whole groups."""

from typing import get_args

import pytest

from common.errors import Invalid, Misconfigured
from common.events import (
    CampaignFinished,
    MeetingConvened,
    TopicClosed,
)
from fakes import NOON, PHONE, county, origin
from notify.domain import OPEN, Campaign, Delivered, NoticeState, Receipt, asks_to_stop, clip, segments, units
from notify.handlers import Fact, Texts
from notify_fakes import COUNTY, World, received, run


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("议" * 70, 1),
        ("议" * 71, 2),
        ("议" * 134, 2),
        ("议" * 135, 3),
        ("𠮷" * 35, 1),
        ("𠮷" * 36, 2),
        # the pair would straddle the end of the first part: it begins the second, which then has no room for the last
        ("议" * 66 + "𠮷" + "议" * 66, 3),
    ],
)
def test_a_message_is_billed_in_parts_of_utf_16_units(text: str, count: int) -> None:
    assert segments(text) == count


def test_what_is_too_long_is_cut_between_characters() -> None:
    assert units(clip("𠮷" * 60, 100)) == 99
    assert clip("议" * 100, 100) == "议" * 100
    assert clip("议" * 101, 100) == "议" * 99 + "…"


@pytest.mark.parametrize("reply", ["退订", "TD", "t", "R", "n", " ＴＤ ", "t d", "退 订。", "Ｎ"])
def test_words_that_ask_for_silence_are_known_in_any_width_and_case(reply: str) -> None:
    assert asks_to_stop(reply)


@pytest.mark.parametrize("reply", ["5", "不退订", "TDX", "", "NO", "满意"])
def test_other_words_do_not_ask_for_silence(reply: str) -> None:
    assert not asks_to_stop(reply)


def test_the_text_says_what_the_event_says_after_the_signature() -> None:
    texts = Texts(COUNTY, get_args(Fact))
    assert texts.write("intake.issue.received", texts.of(received())) == (
        "【议事】您反映的“供暖不热”（西北新村社区）已收到。"
    )
    meeting = MeetingConvened(topic_id="t", meeting_id="m", title="x", sequence=3, venue="一楼", starts_at=NOON)
    assert "请于11月24日12:00到一楼参加第3次" in texts.write("meetings.meeting.convened", texts.of(meeting))
    closed = TopicClosed(topic_id="t", title="x", score=None, ratings=0)
    assert "满意度无" in texts.write("outcomes.topic.closed", texts.of(closed))


def test_nobody_but_the_county_signs() -> None:
    texts = Texts(COUNTY, get_args(Fact))
    fact = received().model_copy(update={"title": "【银行】\n转账 " + "长" * 200})
    text = texts.write("intake.issue.received", texts.of(fact))
    assert text.count("【") == 1
    assert "\n" not in text
    assert "…" in text


def test_every_fault_of_every_template_stops_the_start() -> None:
    bad = {
        "intake.issue.received": {"text": "{title} {colour} {people}"},
        "intake.issue.recieved": {"text": "x"},
        "hello": {"text": "【假】{a.b}"},
        "open": {"text": "{"},
    }
    with pytest.raises(Misconfigured) as caught:
        Texts(county(templates=bad), get_args(Fact))
    assert [fault.path for fault in caught.value.faults] == [
        "templates.intake.issue.received.text",
        "templates.intake.issue.received.text",
        "templates.intake.issue.recieved",
        "templates.hello.text",
        "templates.hello.text",
        "templates.open.text",
    ]


def test_a_campaign_tells_everyone_in_a_group_once_and_says_when_it_is_finished() -> None:
    async def play() -> World:
        world = World()
        for n in range(615):
            await world.meet(f"1990000{n:04}", "household:620523101")
        await world.meet("19911110000", "household:other")
        for _ in range(2):
            await world.campaigns.start("household:620523101", "relocation", {"day": "周五"}, "topic-1", origin("c"))
        while await world.sender.sweep():
            pass
        assert world.stored_campaigns.said == []
        for _ in range(2):
            receipts = [Receipt(message.reference, Delivered()) for message in world.gateway.messages]
            await world.answers.receipts("file", receipts)
            await world.sender.sweep()
        return world

    world = run(play())
    assert len({message.phone for message in world.gateway.messages}) == len(world.gateway.messages) == 615
    assert {message.lane for message in world.gateway.messages} == {"campaign"}
    (campaign,) = world.stored_campaigns.all()
    assert world.stored_campaigns.said == [
        CampaignFinished(campaign_id=campaign.id, topic_id="topic-1", delivered=615, failed=0, suppressed=0)
    ]


def test_a_campaign_cut_short_by_a_crash_is_queued_by_the_next_round() -> None:
    async def play() -> World:
        world = World()
        await world.meet(PHONE, "household:1")
        campaign = await world.campaigns.start("household:1", "relocation", {"day": "周五"}, None, origin("c"))
        world.notices._documents.clear()
        world.stored_campaigns._documents[campaign.id]["queued"] = False
        await world.sender.sweep()
        return world

    world = run(play())
    assert world.states() == ["QUEUED"]
    assert world.stored_campaigns.said == []


@pytest.mark.parametrize(
    ("group", "template", "values", "paths"),
    [
        ("household:1", "relocation", {"dag": "x", "day": "长" * 101}, ["values.dag", "values.day"]),
        ("household:1", "relocation", {}, ["values.day"]),
        ("household:1", "nothing", {}, ["template"]),
        ("household:1", "intake.issue.received", {}, ["template"]),
        ("nobody", "relocation", {"day": "x"}, ["group"]),
    ],
)
def test_a_campaign_that_cannot_be_written_is_refused(
    group: str, template: str, values: dict[str, str], paths: list[str]
) -> None:
    world = World()
    run(world.meet(PHONE, "household:1"))
    with pytest.raises(Invalid) as caught:
        run(world.campaigns.start(group, template, values, None, origin()))
    assert [fault.path for fault in caught.value.faults] == paths


def test_a_campaign_without_all_its_notices_or_with_an_open_one_is_not_finished() -> None:
    campaign = Campaign(id="c", group="g", template="t", values={}, recipients=2, started_by="x", started_at=NOON)
    campaign.finish({})
    campaign.stored()
    for state in OPEN:
        campaign.finish({state: 1, NoticeState.DELIVERED: 1})
    assert campaign.said == []
    campaign.finish({NoticeState.FAILED: 1, NoticeState.SUPPRESSED: 1})
    assert campaign.said == [CampaignFinished(campaign_id="c", delivered=0, failed=1, suppressed=1)]
