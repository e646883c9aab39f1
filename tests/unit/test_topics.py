"""What a topic is decided to be, who must approve it, where it goes, who hears of it, and how it is found."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.county import County
from common.errors import Conflict, Forbidden, Invalid
from common.events import IssueMerged, TopicDecided, TopicJoined, TopicReferred
from fakes import COUNTY, NOON, county, origin, sealer
from intake.domain import How, IssueState, Topic, TopicState, lies_in, sought, tier_of
from intake.domain.tier import above
from intake.domain.words import pieces
from intake.handlers.lists import Lists
from intake_lists import MemoryLibrary
from intake_story import OTHER_PHONE, PHONE, Story, issue, person

STREET, VILLAGE = "620102007000", "620102007004"


def play(told: Callable[[Story], Coroutine[Any, Any, None]], where: County = COUNTY) -> Story:
    story = Story(where)
    asyncio.run(told(story))
    return story


async def decide(story: Story, *ids: str, key: str = "d1", how: How | None = None, research: bool = False) -> Topic:
    asked = origin(key, "office")
    return await story.intake.decide("供暖", ids, ["居民"], needs_research=research, origin=asked, how=how or How())


async def hear_decisions(story: Story) -> None:
    for fact in story.said(TopicDecided):
        assert isinstance(fact, TopicDecided)
        await story.intake.adopt(fact, origin())


# ------------------------------------------------------------------------------------------------ what the county asks


@pytest.mark.parametrize(("asked", "why"), [({"required": True}, "screen it first"), ({"seconds": 2}, "1 of the 2")])
def test_an_issue_becomes_a_topic_only_as_the_county_asks(asked: dict[str, Any], why: str) -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        desk = story.intake.screening
        if "seconds" in asked:
            await desk.screen(id_, [], [], "属于", origin("s", "clerk"))
            await desk.second(id_, origin("m1", "m1"))
        with pytest.raises(Conflict, match=why):
            await decide(story, id_)
        assert story.topics.all() == []
        if "seconds" in asked:
            await desk.second(id_, origin("m2", "m2"))
        else:
            await desk.screen(id_, [], [], "属于", origin("s", "clerk"))
        await decide(story, id_)
        await hear_decisions(story)
        assert (await story.issues.get(id_)).state is IssueState.ADOPTED

    play(told, county(screening=asked))


def test_a_topic_says_its_tier_form_weight_and_steps() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        await decide(story, id_, how=How("township", "民主听证会", "major", "nantong8"))

    (fact,) = play(told).said(TopicDecided)
    assert isinstance(fact, TopicDecided)
    assert (fact.tier, fact.division, fact.form) == ("township", STREET, "民主听证会")
    assert (fact.weight, fact.steps, fact.needs_research) == ("major", "nantong8", True)


def test_what_is_left_open_is_as_usual_in_the_county() -> None:
    async def told(story: Story) -> None:
        await decide(story, (await story.hear(issue())).id)

    (fact,) = play(told).said(TopicDecided)
    assert isinstance(fact, TopicDecided)
    assert (fact.tier, fact.form, fact.weight, fact.steps) == ("village", "会议协商", None, "gansu6")
    assert fact.needs_research is False


def test_every_fault_of_a_decision_is_listed() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue(division=STREET))).id
        for tier in ("city", "village"):
            with pytest.raises(Invalid) as refused:
                await decide(story, id_, how=How(tier, "喝茶", "small", "steps9"))
            assert [fault.path for fault in refused.value.faults] == ["form", "steps", "tier"]
        assert story.topics.all() == []

    play(told)


# ------------------------------------------------------------------------------------------------ the committee


def test_a_topic_waits_for_the_committee_and_its_issues_wait_with_it() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue(**person(PHONE)))).id
        proposed = await decide(story, id_)
        assert (proposed.state, story.said(TopicDecided)) == (TopicState.PROPOSED, [])
        other = (await story.hear(issue(external_id="B"))).id
        later = replace(origin("d2", "office"), at=NOON + timedelta(days=3))
        with pytest.raises(Conflict, match="approve or decline that first"):
            await story.intake.decide("供暖", [other, id_], ["居民"], needs_research=False, origin=later)
        with pytest.raises(Forbidden):
            await story.intake.approve(proposed.id, origin("a", "office"))
        await story.intake.approve(proposed.id, origin("b", "committee"))
        approved = await story.intake.approve(proposed.id, origin("b", "committee"))
        assert (approved.state, approved.approved_by) == (TopicState.DECIDED, "committee")
        assert len(story.said(TopicDecided)) == 1
        await hear_decisions(story)
        assert (await story.issues.get(id_)).state is IssueState.ADOPTED

    play(told, county(deciding={"approval": "all"}))


def test_a_declined_topic_sets_its_issues_free() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        proposed = await decide(story, id_)
        declined = await story.intake.decline(proposed.id, "条件不成熟", origin("a", "committee"))
        assert (declined.state, declined.reason) == (TopicState.DECLINED, "条件不成熟")
        with pytest.raises(Conflict, match="DECLINED"):
            await story.intake.approve(proposed.id, origin("b", "committee"))
        again = await decide(story, id_, key="d2")
        assert (again.state, (await story.issues.get(id_)).topic_id) == (TopicState.PROPOSED, again.id)

    play(told, county(deciding={"approval": "all"}))


def test_an_issue_that_has_gone_meanwhile_keeps_its_topic_from_being_approved() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        proposed = await decide(story, id_)
        await story.hear(issue(2, "withdraw"))
        with pytest.raises(Conflict, match="WITHDRAWN"):
            await story.intake.approve(proposed.id, origin("a", "committee"))

    play(told, county(deciding={"approval": "all"}))


def test_only_what_is_weighty_needs_approval_where_the_county_says_so() -> None:
    async def told(story: Story) -> None:
        small, major = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B"))
        assert (await decide(story, small.id, how=How(weight="small"))).state is TopicState.DECIDED
        assert (await decide(story, major.id, key="d2", how=How(weight="major"))).state is TopicState.PROPOSED

    play(told, county(deciding={"approval": "major"}))


# ------------------------------------------------------------------------------------------------ many voices


def test_whoever_is_merged_into_an_issue_that_has_a_topic_is_heard_by_the_topic() -> None:
    async def told(story: Story) -> None:
        mine, late = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B", **person(PHONE)))
        topic = await story.decide(mine)
        await story.intake.merge(late.id, mine.id, "同一小区")
        (merged,) = story.said(IssueMerged)
        for _ in range(2):
            await story.intake.absorb(IssueMerged.model_validate(merged), origin())
        (fact,) = story.said(TopicJoined)
        assert fact == TopicJoined(topic_id=topic.id, people=(sealer.person_id(PHONE),))
        assert (await story.topics.get(topic.id)).people == [sealer.person_id(PHONE)]

    play(told)


def test_whoever_came_to_an_issue_between_decision_and_adoption_is_heard_too() -> None:
    async def told(story: Story) -> None:
        mine = await story.hear(issue(external_id="A", **person(PHONE)))
        late = await story.hear(issue(external_id="B", **person(OTHER_PHONE)))
        topic = await decide(story, mine.id)
        await story.intake.merge(late.id, mine.id, "同一小区")
        assert story.said(TopicJoined) == []
        await hear_decisions(story)
        assert (await story.topics.get(topic.id)).people == [sealer.person_id(PHONE), sealer.person_id(OTHER_PHONE)]
        assert len(story.said(TopicJoined)) == 1

    play(told)


# ------------------------------------------------------------------------------------------------ referral


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
            assert (await decide(story, found.id, key=code)).division == code
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
