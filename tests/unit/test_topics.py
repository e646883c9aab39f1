"""What a topic is decided to be, what the county and its committee ask before it is, and who hears of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, Invalid
from common.events import IssueMerged, TopicDecided, TopicJoined
from fakes import NOON, county, origin, sealer
from intake.domain import How, IssueState, Topic, TopicState
from intake_story import OTHER_PHONE, PHONE, Story, issue, person, play

STREET, VILLAGE = "620102007000", "620102007004"


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
