"""Options, replies owed, votes that law asks for, and a topic that does not grow with its meetings."""

import asyncio
from datetime import date

import pytest
from pydantic import TypeAdapter

from common.errors import Conflict, Invalid
from common.events import MeetingAdjourned, ReplyGiven, ReplyOwed, TopicAgreed, VoteCalled, VoteCounted
from fakes import origin
from meetings.domain import (
    LAWS,
    Count,
    Deliberation,
    Measure,
    Position,
    Result,
    Stance,
    Tally,
    Tier,
    TopicState,
    VoteKind,
)
from village import DECIDED, TOPIC, Village

HELD = date(2026, 12, 20)


@pytest.fixture
def village() -> Village:
    return Village()


def tally(*counts: tuple[Measure, float, float, float], **more: int) -> Tally:
    return Tally(HELD, tuple(Count(*count) for count in counts), **more)  # type: ignore[arg-type]


AREA, PERSONS, ADULTS, HOMES = Measure.AREA, Measure.PERSONS, Measure.ADULTS, Measure.HOUSEHOLDS
REPRESENTATIVES = Measure.REPRESENTATIVES


@pytest.mark.parametrize(
    ("kind", "result", "missed"),
    [
        (VoteKind.OWNERS, tally((AREA, 9000, 6000, 3000.5), (PERSONS, 90, 60, 31)), 0),
        (VoteKind.OWNERS, tally((AREA, 9000, 6000, 3000), (PERSONS, 90, 60, 31)), 1),
        (VoteKind.OWNERS, tally((AREA, 9000, 5999, 5999), (PERSONS, 90, 59, 59)), 2),
        (VoteKind.OWNERS_SPECIAL, tally((AREA, 9000, 6000, 4500), (PERSONS, 90, 60, 45)), 0),
        (VoteKind.OWNERS_SPECIAL, tally((AREA, 9000, 6000, 4500), (PERSONS, 90, 60, 44)), 1),
        (VoteKind.VILLAGERS, tally((ADULTS, 400, 201, 101)), 0),
        (VoteKind.VILLAGERS, tally((ADULTS, 400, 200, 200)), 2),
        (VoteKind.VILLAGERS, tally((ADULTS, 400, 200, 200), (HOMES, 120, 80, 41)), 0),
        (VoteKind.REPRESENTATIVES, tally((REPRESENTATIVES, 30, 20, 11)), 0),
        (VoteKind.REPRESENTATIVES, tally((REPRESENTATIVES, 30, 19, 19)), 1),
        (VoteKind.EXPROPRIATION, tally((HOMES, 615, 300, 290), comment_days=30, decided=True), 0),
        (VoteKind.EXPROPRIATION, tally((HOMES, 615, 400, 20), comment_days=29), 3),
        (VoteKind.EXPROPRIATION, tally((HOMES, 615, 400, 20), comment_days=30, hearing_held=True, decided=True), 0),
    ],
)
def test_a_vote_passes_by_the_thresholds_of_its_law(kind: VoteKind, result: Tally, missed: int) -> None:
    assert result.faults(kind) == []
    assert len(result.shortfalls(kind)) == missed


def test_every_law_names_its_body_its_source_and_its_thresholds() -> None:
    for kind in VoteKind:
        law = LAWS[kind]
        assert law.body
        assert "第" in law.source
        assert law.words()
    assert (
        LAWS[VoteKind.OWNERS_SPECIAL].words()[0] == "area: at least 2/3 take part, at least 3/4 of these are in favour"
    )


def test_a_count_that_cannot_be_is_refused_whole() -> None:
    wrong = tally((AREA, 10, 20, 5), (AREA, 10, 5, 5))
    assert [fault.path for fault in wrong.faults(VoteKind.OWNERS)] == ["counts.0", "counts.1", "counts"]


def test_what_law_leaves_to_a_vote_is_agreed_on_here_and_decided_there(village: Village) -> None:
    async def story() -> None:
        matters = village.handlers.matters
        plan = await village.begin()
        await matters.leave_to(TOPIC, VoteKind.OWNERS, village.by("office"))
        await village.adjourn(await village.meet(plan), Result.CONSENSUS, "换物业")
        assert (await village.deliberations.get(TOPIC)).state is TopicState.VOTING
        with pytest.raises(Conflict, match="vote"):
            await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        short = tally((AREA, 9000, 5000, 5000), (PERSONS, 90, 60, 40))
        assert (await matters.take_back(TOPIC, short, village.by("office"))).state is TopicState.CONSULTING
        await matters.send_to_vote(TOPIC, "换物业，按季考核", village.by("office"))
        passed = tally((AREA, 9000, 8000, 5000), (PERSONS, 90, 80, 60))
        by = village.by("office")
        for _ in range(2):
            assert (await matters.take_back(TOPIC, passed, by)).state is TopicState.AGREED

    asyncio.run(story())
    called = [fact for fact in village.said(VoteCalled) if isinstance(fact, VoteCalled)]
    assert [fact.proposal for fact in called] == ["换物业", "换物业，按季考核"]
    assert (called[0].body, called[0].source, len(called[0].thresholds)) == ("业主大会", "民法典第二百七十八条", 2)
    counted = [fact for fact in village.said(VoteCounted) if isinstance(fact, VoteCounted)]
    assert [(fact.passed, len(fact.shortfalls)) for fact in counted] == [(False, 1), (True, 0)]
    (agreed,) = village.said(TopicAgreed)
    assert isinstance(agreed, TopicAgreed)
    assert agreed.agreement == "换物业，按季考核"


def test_nothing_goes_to_a_vote_before_everyone_was_heard(village: Village) -> None:
    async def story() -> None:
        matters = village.handlers.matters
        plan = await village.begin()
        with pytest.raises(Conflict, match="no law"):
            await matters.send_to_vote(TOPIC, "换物业", village.by("office"))
        await matters.leave_to(TOPIC, VoteKind.OWNERS, village.by("office"))
        await village.adjourn(await village.meet(plan, hear=("居民",)), Result.PARTIAL)
        with pytest.raises(Invalid, match="供暖企业 has not been heard"):
            await matters.send_to_vote(TOPIC, "换物业", village.by("office"))
        await village.adjourn(await village.meet(plan, hear=("供暖企业",)), Result.PARTIAL)
        await matters.send_to_vote(TOPIC, "换物业", village.by("office"))

    asyncio.run(story())


def test_an_objection_to_one_option_does_not_stop_agreement_on_another(village: Village) -> None:
    async def story() -> None:
        matters = village.handlers.matters
        plan = await village.begin()
        await matters.propose(TOPIC, "并网", "接入大网", village.by("convenor"))
        id_ = await village.meet(plan)
        await matters.propose(TOPIC, "壁挂炉", "各户自装", village.by("host"))
        against = Position("供暖企业", Stance.OBJECT, "管径不够", None, "option-1")
        await village.handlers.stand(id_, against, village.by("recorder"))
        await village.handlers.stand(id_, Position("居民", Stance.SUPPORT, option="option-2"), village.by("recorder"))
        for stance in (Stance.OBJECT, Stance.LIVE_WITH):
            changing = Position("居民", stance, "太贵", None, "option-2")
            await village.handlers.stand(id_, changing, village.by("recorder"))
        with pytest.raises(Invalid, match="option"):
            await village.adjourn(id_, Result.CONSENSUS, "壁挂炉")
        end = village.by("host")
        with pytest.raises(Conflict, match="供暖企业"):
            await village.handlers.adjourn(id_, Result.CONSENSUS, "谈了", "并网", end, "option-1")
        await village.handlers.adjourn(id_, Result.CONSENSUS, "谈了", "壁挂炉", end, "option-2")
        topic = await village.deliberations.get(TOPIC)
        assert (topic.state, topic.dissent) == (TopicState.AGREED, [])
        assert {(one.party, one.option, one.stance) for one in topic.standings} == {
            ("供暖企业", "option-1", "object"),
            ("居民", "option-2", "live_with"),
        }
        (row,) = await matters.compare(TOPIC, None, 10)
        assert (row.option, len(row.positions)) == ("option-2", 2)

    asyncio.run(story())


def test_an_objection_that_remains_is_owed_one_reply_by_a_day_and_one_withdrawn_none(village: Village) -> None:
    async def story() -> Deliberation:
        plan = await village.begin()
        for stance in (Stance.OBJECT, Stance.OBJECT, Stance.SUPPORT):
            id_ = await village.meet(plan)
            await village.stand(id_, "供暖企业", stance, "亏损")
            await village.adjourn(id_, Result.PARTIAL)
        assert (await village.deliberations.get(TOPIC)).replies == []
        id_ = await village.meet(plan)
        await village.stand(id_, "居民", Stance.OBJECT, "太贵")
        await village.handlers.sessions.consider(id_, "居民", None, "已算过账", village.by("recorder"))
        await village.adjourn(id_, Result.NO_CONSENSUS, "谈不拢")
        with pytest.raises(Conflict, match="no reply is owed"):
            await village.handlers.matters.reply(TOPIC, "供暖企业", None, "无", village.by("office"))
        return await village.handlers.matters.reply(TOPIC, "居民", None, "明年列入预算", village.by("office"))

    topic = asyncio.run(story())
    assert [objection.considered for objection in topic.dissent] == ["已算过账"]
    assert [(fact.party, fact.due_on) for fact in village.said(ReplyOwed)] == [  # type: ignore[attr-defined]
        ("供暖企业", date(2026, 12, 8)),
        ("居民", date(2026, 12, 8)),
    ]
    assert [fact.text for fact in village.said(ReplyGiven)] == ["明年列入预算"]  # type: ignore[attr-defined]


def test_a_topic_does_not_grow_with_its_meetings_and_old_calls_are_still_known(village: Village) -> None:
    size = TypeAdapter(Deliberation)

    async def story() -> list[int]:
        plan, sizes = await village.begin(), []
        first = await village.handlers.convene(TOPIC, plan, origin("the first call"))
        await village.handlers.cancel(first.id, "下雪", village.by("convenor"))
        for held in (220, 80):
            for _ in range(held):
                await village.adjourn(await village.meet(plan), Result.CONTINUE)
            topic = await village.deliberations.get(TOPIC)
            topic.taken, topic.called = [], []
            sizes.append(len(size.dump_json(topic)))
        topic = await village.deliberations.get(TOPIC)
        assert (topic.held, topic.convened, len(topic.rounds)) == (300, 301, 100)
        assert (await village.handlers.convene(TOPIC, plan, origin("the first call"))).id == first.id
        over = village.said(MeetingAdjourned)[0]
        assert isinstance(over, MeetingAdjourned)
        await village.handlers.follow(over, origin())
        assert (await village.deliberations.get(TOPIC)).held == 300
        page = await village.handlers.matters.compare(TOPIC, None, 50)
        assert [row.sequence for row in page] == list(range(1, 51))
        return sizes

    before, after = asyncio.run(story())
    assert after == before


def test_members_are_suggested_by_skill_and_place_with_reasons(village: Village) -> None:
    async def story() -> None:
        handlers = village.handlers
        await village.begin()
        near = await handlers.found("本社区", DECIDED.division, "协商议事会", village.by("office"))
        street = await handlers.found("街道", "620102007000", "协商议事会", village.by("office"))
        for name, council, skills in (
            ("甲", near.id, ()),
            ("乙", street.id, ("供暖",)),
            ("丙", street.id, ("法律", "造价")),
        ):
            await handlers.appoint(name, Tier.COUNTY, "工程界", council, village.by("office", name), skills)
        found = await handlers.matters.suggest(TOPIC, ["造价"], 2)
        assert [(one.name, one.score) for one in found] == [("乙", 6), ("丙", 6)] or [one.name for one in found] == [
            "丙",
            "乙",
        ]
        assert found[0].reasons[1] == "在本乡镇（街道）议事会"
        assert [one.name for one in await handlers.matters.suggest(TOPIC, [], 9)][:2] == ["乙", "甲"]

    asyncio.run(story())
