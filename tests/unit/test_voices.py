"""Whoever comes to a topic late: heard by whoever keeps its people, whatever stage it has reached."""

import asyncio

import pytest

from common.errors import NotFound
from common.events import MeetingsTopicJoined, TopicAgreed, TopicJoined, TopicReferred
from fakes import origin
from meetings.domain import Result, Stance
from outcomes.domain.outcome import outcome_id
from townhall import AGREED, TownHall
from village import DECIDED, TOPIC, Village

LATE = TopicJoined(topic_id=TOPIC, people=("person-late", "person-reporter"))


async def agree(village: Village) -> None:
    plan = await village.begin()
    meeting = await village.meet(plan)
    for party in ("居民", "供暖企业"):
        await village.stand(meeting, party, Stance.SUPPORT)
    await village.adjourn(meeting, Result.CONSENSUS, "装壁挂炉")
    await village.bus.settle()


def test_whoever_comes_while_it_is_talked_over_is_told_of_the_agreement() -> None:
    async def told() -> None:
        village = Village()
        await village.handlers.begin(DECIDED, origin("decided"))
        for _ in range(2):
            await village.handlers.join(LATE, origin("late"))
        assert village.said(MeetingsTopicJoined) == []
        await agree(village)
        (fact,) = village.said(TopicAgreed)
        assert isinstance(fact, TopicAgreed)
        assert {"person-late", "person-reporter"} <= set(fact.people)
        assert len(set(fact.people)) == len(fact.people)

    asyncio.run(told())


def test_whoever_comes_after_the_agreement_is_known_to_the_outcome() -> None:
    async def told() -> None:
        village, hall = Village(), TownHall()
        await agree(village)
        for _ in range(2):
            await village.handlers.join(LATE, origin("late"))
        (fact,) = village.said(MeetingsTopicJoined)
        assert fact == MeetingsTopicJoined(topic_id=TOPIC, people=("person-late",))
        heard = MeetingsTopicJoined(topic_id=AGREED.topic_id, people=("person-late", "p1"))
        with pytest.raises(NotFound):
            await hall.handlers.join(heard, origin("late"))
        await hall.handlers.conclude(AGREED, origin("agreed"))
        for _ in range(2):
            await hall.handlers.join(heard, origin("late"))
        outcome = await hall.outcomes.get(outcome_id(AGREED.topic_id))
        assert outcome.people == ["p1", "p2", "person-late"]

    asyncio.run(told())


def test_a_referral_moves_the_deliberation_and_one_that_comes_late_does_not() -> None:
    async def told() -> None:
        village = Village()
        await village.begin()
        places = ("620102007000", "620102000000")
        hops = [
            TopicReferred(
                topic_id=TOPIC,
                hop=n + 1,
                direction="up",
                origin="620102007004",
                division=place,
                tier="township",
                reason="跨社区",
            )
            for n, place in enumerate(places)
        ]
        for hop in reversed(hops):
            await village.handlers.move(hop, origin(f"hop-{hop.hop}"))
        assert (await village.deliberations.get(TOPIC)).division == "620102000000"

    asyncio.run(told())
