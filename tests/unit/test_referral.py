"""Where topics go (上下联动), how places are told apart, and how topics are found."""

import pytest

from common.errors import Conflict, Invalid
from common.events import TopicReferred
from common.words import pieces
from fakes import COUNTY, county, origin
from intake.domain import TopicState, lies_in, sought, tier_of
from intake.domain.tier import above
from intake.handlers.lists import Lists
from intake_lists import MemoryLibrary
from intake_story import Story, issue, play

STREET, VILLAGE = "620102007000", "620102007004"


def test_a_topic_goes_up_and_down_a_tier_with_its_id_and_the_whole_chain() -> None:
    async def told(story: Story) -> None:
        topic = await story.decide(await story.hear(issue()))
        up, down = origin("u", "office"), origin("n", "office")
        for _ in range(2):
            await story.intake.refer(topic.id, STREET, "热源跨社区", up)
        moved = await story.intake.refer(topic.id, VILLAGE, "管网已明确", down)
        assert (moved.id, moved.division) == (topic.id, VILLAGE)
        assert [(hop.direction, hop.origin, hop.division, hop.reason) for hop in moved.chain] == [
            ("up", VILLAGE, STREET, "热源跨社区"),
            ("down", STREET, VILLAGE, "管网已明确"),
        ]
        facts = [fact for fact in story.said(TopicReferred) if isinstance(fact, TopicReferred)]
        assert [(fact.topic_id, fact.hop, fact.tier) for fact in facts] == [
            (topic.id, 1, "township"),
            (topic.id, 2, "village"),
        ]
        for _ in range(2):
            await story.intake.moved(facts[0], origin("fact-1"))
        assert story.answers()[-2:] == ["decided", "referred"]

    play(told)


def test_a_topic_is_referred_one_tier_at_a_time_and_above_the_county_too() -> None:
    async def told(story: Story) -> None:
        topic = await story.decide(await story.hear(issue(division=STREET)))
        for wrong in ("620100000000", "620102007000"):
            with pytest.raises(Conflict, match="620102000000"):
                await story.intake.refer(topic.id, wrong, "?", origin(wrong))
        for unknown in ("620102007009", "620104000000", "540102000000"):
            with pytest.raises(Invalid, match="not a division"):
                await story.intake.refer(topic.id, unknown, "?", origin(unknown))
        for number, place in enumerate(("620102000000", "620100000000", "620000000000")):
            assert (await story.intake.refer(topic.id, place, "上报", origin(f"up-{number}"))).division == place
        assert len((await story.topics.get(topic.id)).chain) == 3

    play(told)


def test_a_topic_that_is_over_goes_nowhere() -> None:
    async def told(story: Story) -> None:
        topic = await story.decide(await story.hear(issue()))
        await story.topics.change(topic.id, lambda topic: topic.conclude(TopicState.CLOSED, None))
        with pytest.raises(Conflict, match="CLOSED"):
            await story.intake.refer(topic.id, STREET, "?", origin("u"))

    play(told)


def test_places_of_one_name_are_told_apart_by_their_code_alone() -> None:
    assert [tier_of(code) for code in ("620000000000", "620100000000", "620102000000", STREET, VILLAGE)] == [
        "province",
        "city",
        "county",
        "township",
        "village",
    ]
    assert (above(VILLAGE), above("620102000000"), above("620000000000")) == (STREET, "620100000000", None)
    assert lies_in(VILLAGE, "620102000000")
    assert not lies_in(VILLAGE, "540102000000")  # 拉萨's 城关区


def test_twenty_towns_of_one_name_in_one_province_are_twenty_places() -> None:
    towns = [f"62{n:02}21100000" for n in range(1, 21)]
    gansu = {"code": "620000", "divisions": [{"code": code, "name": "城关镇", "kind": "town"} for code in towns]}

    async def told(story: Story) -> None:
        for code in towns:
            found = await story.hear(issue(external_id=code, division=code))
            assert (await story.decide(found, id_=code)).division == code
        for other in ("540102100000", "城关镇"):
            with pytest.raises(ValueError if other == "城关镇" else Invalid):
                await story.hear(issue(external_id=other, division=other))

    assert len({topic.division for topic in play(told, county(**gansu)).topics.all()}) == 20


# ------------------------------------------------------------------------------------------------ the library


def test_topics_are_found_by_words_of_any_length_in_chinese_and_otherwise() -> None:
    async def told(story: Story) -> None:
        for n, title in enumerate(("老旧小区供暖改造", "小区停车位划线", "暖气费收费标准", "A3 号楼 WIFI 覆盖")):
            made = await story.hear(issue(external_id=title))
            await story.intake.decide(title, [made.id], ["居民"], needs_research=False, origin=origin(f"d{n}", "o"))
        lists = Lists(None, MemoryLibrary(story.topics), COUNTY)  # type: ignore[arg-type]

        async def found(query: str, state: TopicState | None = None) -> set[str]:
            return {topic.title[:2] for topic in await lists.search(query, None, 50, state)}

        assert await found("供暖") == {"老旧"}
        assert await found("小区") == {"老旧", "小区"}
        assert await found("暖") == {"老旧", "暖气"}
        assert await found("小区 改造") == {"老旧"}
        assert await found("ｗｉｆｉ") == {"A3"}
        assert await found("供水") == set()
        assert await found("居民") == {"老旧", "小区", "暖气", "A3"}
        assert await found("小区", TopicState.CLOSED) == set()
        with pytest.raises(Invalid, match="letter"):
            await found("？！")

    play(told)


def test_what_is_kept_to_find_a_topic_by_is_bounded() -> None:
    many = "".join(chr(0x4E00 + n) for n in range(5000))
    assert len(pieces([many] * 100)) < 800
    assert len(sought(many)) < 400
