"""The rules of a deliberation: research first, one meeting at a time, as many rounds as needed, an end that is told."""

import asyncio

import pytest

from common.errors import Conflict, Invalid, NotFound
from common.events import Dissent, MeetingConvened, TopicAgreed, TopicClosed, TopicEnded, TopicReopened, TopicResearched
from fakes import PHONE, origin, sealer
from meetings.domain import Deliberation, Meeting, MeetingState, Method, Result, Stance, TopicState
from village import DECIDED, KNOWN, TOPIC, Village


@pytest.fixture
def village() -> Village:
    return Village()


def test_no_meeting_is_convened_before_the_research(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin(researched=False)
        with pytest.raises(Conflict, match="调研"):
            await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        await village.handlers.research(TOPIC, Method.SURVEY, "户均十三度", (), village.by("member"))
        assert (await village.handlers.convene(TOPIC, plan, village.by("convenor"))).sequence == 1

    asyncio.run(story())
    assert village.said(TopicResearched) == [TopicResearched(topic_id=TOPIC, finding="户均十三度", method="survey")]


def test_a_topic_that_needs_no_research_is_met_on_at_once(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin(researched=False)
        fact = DECIDED.model_copy(update={"topic_id": "topic-2", "needs_research": False})
        await village.handlers.begin(fact, origin())
        assert (await village.handlers.convene("topic-2", plan, village.by("convenor"))).topic_id == "topic-2"

    asyncio.run(story())


def test_a_topic_has_one_open_meeting_at_a_time(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        first = await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        with pytest.raises(Conflict, match=first.id):
            await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        await village.handlers.cancel(first.id, "下雨", village.by("convenor"))
        second = await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        assert (second.sequence, second.parties) == (2, ["居民", "供暖企业"])
        assert first.id < second.id
        assert len(village.said(MeetingConvened)) == 2

    asyncio.run(story())


def test_a_repeated_call_finds_its_meeting_and_is_said_once(village: Village) -> None:
    async def story() -> tuple[Meeting, Meeting]:
        plan = await village.begin()
        first = await village.handlers.convene(TOPIC, plan, origin("call"))
        await village.handlers.cancel(first.id, "下雨", village.by("convenor"))
        return first, await village.handlers.convene(TOPIC, plan, origin("call"))

    first, again = asyncio.run(story())
    assert again.id == first.id
    assert [(event.sequence, event.people) for event in village.said(MeetingConvened)] == [(1, ("person-reporter",))]  # type: ignore[attr-defined]


def test_a_meeting_lost_between_two_saves_is_made_up_for(village: Village) -> None:
    """The topic has called the meeting; the process died before the meeting was made."""

    async def story() -> None:
        plan = await village.begin()
        await village.deliberations.change(TOPIC, lambda topic: topic.convene(plan, origin("lost")))
        assert village.meetings.all() == []
        with pytest.raises(Conflict):
            await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        (made,) = village.meetings.all()
        assert made.state is MeetingState.CONVENED
        await village.meetings.change(made.id, lambda meeting: meeting.cancel("下雨", village.by("convenor")))
        assert (await village.handlers.convene(TOPIC, plan, village.by("convenor"))).sequence == 2

    asyncio.run(story())


def test_an_adjournment_that_the_topic_did_not_follow_is_made_up_for(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        id_ = await village.meet(plan)
        end = village.by("host")
        await village.meetings.change(id_, lambda meeting: meeting.adjourn(Result.CONTINUE, "再议", "", end))
        assert (await village.handlers.convene(TOPIC, plan, village.by("convenor"))).sequence == 2
        assert len((await village.deliberations.get(TOPIC)).rounds) == 1

    asyncio.run(story())


def test_an_objection_stands_in_the_next_meeting_until_its_party_says_otherwise(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        first = await village.meet(plan)
        await village.stand(first, "供暖企业", Stance.OBJECT, "亏损")
        await village.adjourn(first, Result.PARTIAL)
        topic = await village.deliberations.get(TOPIC)
        assert topic.dissent == [Dissent(party="供暖企业", reason="亏损", remedy="费用减半")]
        second = await village.meet(plan)
        with pytest.raises(Conflict, match="供暖企业"):
            await village.adjourn(second, Result.CONSENSUS, "装壁挂炉")
        await village.stand(second, "供暖企业", Stance.SUPPORT)
        await village.adjourn(second, Result.CONSENSUS, "装壁挂炉")
        assert (await village.deliberations.get(TOPIC)).dissent == []

    asyncio.run(story())


def test_agreement_in_the_third_meeting_is_told_once_to_everyone_who_came(village: Village) -> None:
    async def story() -> str:
        plan = await village.begin()
        for result in (Result.CONTINUE, Result.PARTIAL, Result.CONSENSUS):
            id_ = await village.meet(plan)
            await village.handlers.check_in(id_, "居民", 1, KNOWN, village.by("recorder"))
            await village.adjourn(id_, result, "装壁挂炉")
        await village.bus.settle()
        with pytest.raises(Conflict, match="AGREED"):
            await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        return sealer.person_id(PHONE)

    person = asyncio.run(story())
    (agreed,) = village.said(TopicAgreed)
    assert agreed == TopicAgreed(
        topic_id=TOPIC,
        title="西北新村供暖",
        division="620102007004",
        agreement="装壁挂炉",
        meetings=3,
        people=("person-reporter", person),
    )


def test_ending_without_agreement_is_a_legitimate_end(village: Village) -> None:
    async def story() -> Deliberation:
        id_ = await village.meet(await village.begin())
        await village.stand(id_, "供暖企业", Stance.OBJECT, "亏损")
        await village.adjourn(id_, Result.NO_CONSENSUS, "费用谈不拢")
        await village.bus.settle()
        return await village.deliberations.get(TOPIC)

    assert asyncio.run(story()).state is TopicState.ENDED
    (ended,) = village.said(TopicEnded)
    assert isinstance(ended, TopicEnded)
    assert (ended.explanation, ended.meetings, ended.people) == ("费用谈不拢", 1, ("person-reporter",))
    assert ended.dissent == (Dissent(party="供暖企业", reason="亏损", remedy="费用减半"),)


def test_a_topic_takes_more_than_fifty_meetings(village: Village) -> None:
    async def story() -> Deliberation:
        plan = await village.begin()
        for _ in range(53):
            await village.adjourn(await village.meet(plan), Result.CONTINUE)
        await village.adjourn(await village.meet(plan), Result.CONSENSUS, "换物业")
        await village.bus.settle()
        return await village.deliberations.get(TOPIC)

    topic = asyncio.run(story())
    assert [round_.sequence for round_ in topic.rounds] == list(range(1, 55))
    assert [meeting.sequence for meeting in village.meetings.all()] == list(range(1, 55))


def test_what_is_heard_too_early_is_asked_for_again(village: Village) -> None:
    closed = TopicClosed(topic_id=TOPIC, title="西北新村供暖", score=4.5, ratings=2)

    async def story() -> Deliberation:
        with pytest.raises(NotFound):
            await village.handlers.close(closed, origin())
        await village.begin()
        await village.handlers.close(closed, origin())
        return await village.deliberations.get(TOPIC)

    assert asyncio.run(story()).state is TopicState.CLOSED


def test_a_council_stands_in_a_division_of_the_county(village: Village) -> None:
    with pytest.raises(Invalid, match="999999999999"):
        asyncio.run(village.handlers.found("议事会", "999999999999", "协商议事会", origin()))


def test_a_reopened_topic_meets_again_and_the_close_of_its_first_round_comes_too_late(village: Village) -> None:
    closed = TopicClosed(topic_id=TOPIC, title="西北新村供暖", score=4.5, ratings=2)
    reopened = TopicReopened(topic_id=TOPIC, outcome_id="o", title="西北新村供暖", reason="费用过高", round=2)

    async def story() -> Deliberation:
        plan = await village.begin()
        await village.adjourn(await village.meet(plan), Result.CONSENSUS, "装壁挂炉")
        await village.handlers.reopen(reopened, origin())
        await village.handlers.close(closed, origin())
        assert (await village.deliberations.get(TOPIC)).state is TopicState.CONSULTING
        await village.adjourn(await village.meet(plan), Result.CONSENSUS, "集中供暖")
        await village.handlers.reopen(reopened, origin())
        assert (await village.deliberations.get(TOPIC)).state is TopicState.AGREED
        await village.handlers.close(closed.model_copy(update={"round": 2}), origin())
        return await village.deliberations.get(TOPIC)

    assert asyncio.run(story()).state is TopicState.CLOSED
    agreed = [TopicAgreed.model_validate(fact) for fact in village.said(TopicAgreed)]
    assert [(fact.agreement, fact.meetings) for fact in agreed] == [("装壁挂炉", 1), ("集中供暖", 2)]
