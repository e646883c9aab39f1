"""The rules of a meeting: its own host and recorder, all parties heard, no objection overruled, two signatures."""

import asyncio
from dataclasses import replace

import pytest

from common.errors import Conflict, Forbidden, Invalid
from common.events import MeetingAdjourned, MeetingsPersonMet, MinutesPublished, TopicAgreed
from common.people import Contact
from fakes import PHONE, opener, origin
from meetings.domain import Meeting, MeetingState, Method, Position, Result, Stance
from village import DECIDED, KNOWN, NOBODY, TOPIC, Village

REPEATED = "the same request again"


@pytest.fixture
def village() -> Village:
    return Village()


def test_nobody_hosts_and_records_the_same_meeting(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        with pytest.raises(Invalid) as refused:
            await village.handlers.convene(TOPIC, replace(plan, recorder="host"), village.by("convenor"))
        assert [fault.path for fault in refused.value.faults] == ["recorder"]

    asyncio.run(story())


def test_only_the_meetings_own_host_opens_and_adjourns(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        meeting = await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        with pytest.raises(Forbidden):
            await village.handlers.open(meeting.id, village.by("another host", "host"))
        await village.handlers.open(meeting.id, village.by("host"))
        with pytest.raises(Forbidden):
            await village.handlers.adjourn(meeting.id, Result.CONTINUE, "s", "", village.by("recorder"))
        with pytest.raises(Forbidden):
            await village.handlers.speak(meeting.id, "居民", "冷", village.by("another recorder", "recorder"))

    asyncio.run(story())


def test_a_leader_guides_and_never_edits_whatever_other_role_they_have(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        id_ = await village.meet(plan)
        with pytest.raises(Forbidden, match="包抓不包办"):
            await village.handlers.adjourn(id_, Result.CONTINUE, "s", "", village.by("host", "host", "leader"))
        with pytest.raises(Forbidden, match="包抓不包办"):
            await village.handlers.speak(id_, "居民", "同意", village.by("somebody", "party", "leader"))
        with pytest.raises(Forbidden, match="包抓不包办"):
            await village.handlers.cancel(id_, "不必了", village.by("somebody", "convenor", "leader"))

    asyncio.run(story())


def test_who_checks_in_twice_counts_once_and_their_number_is_sealed(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        meeting = await village.handlers.convene(TOPIC, plan, village.by("convenor"))
        for _ in range(2):
            await village.handlers.check_in(meeting.id, "居民", 1, KNOWN, village.by("recorder"))
        for _ in range(2):
            await village.handlers.check_in(meeting.id, "居民", 30, NOBODY, origin(REPEATED, "host"))
        await village.handlers.open(meeting.id, village.by("host"))
        await village.adjourn(meeting.id, Result.CONTINUE)

    asyncio.run(story())
    (met,) = village.said(MeetingsPersonMet)
    assert isinstance(met, MeetingsPersonMet)
    assert opener.contact(met.contact) == Contact(PHONE, "王玉萍")
    (over,) = village.said(MeetingAdjourned)
    assert isinstance(over, MeetingAdjourned)
    assert (over.heads, over.people) == (31, (met.person_id,))
    assert PHONE not in repr(village.meetings.all())
    assert "王玉萍" not in repr(village.meetings.all())


@pytest.mark.parametrize("result", [Result.CONSENSUS, Result.NO_CONSENSUS])
def test_what_ends_a_topic_needs_everyone_heard_and_a_conclusion(village: Village, result: Result) -> None:
    async def story() -> None:
        id_ = await village.meet(await village.begin(parties=("居民", "供暖企业", "物业")), hear=("居民",))
        with pytest.raises(Invalid) as refused:
            await village.adjourn(id_, result)
        assert [fault.path for fault in refused.value.faults] == ["parties", "parties", "conclusion"]
        assert [fault.problem.split()[0] for fault in refused.value.faults[:2]] == ["供暖企业", "物业"]
        assert (await village.adjourn(id_, Result.PARTIAL)).state is MeetingState.ADJOURNED

    asyncio.run(story())


def test_no_objection_is_overruled_but_it_can_be_withdrawn(village: Village) -> None:
    async def story() -> None:
        id_ = await village.meet(await village.begin())
        await village.stand(id_, "居民", Stance.SUPPORT)
        await village.stand(id_, "供暖企业", Stance.OBJECT, "亏损")
        with pytest.raises(Conflict, match="供暖企业 still objects"):
            await village.adjourn(id_, Result.CONSENSUS, "装壁挂炉")
        await village.stand(id_, "供暖企业", Stance.LIVE_WITH)
        assert (await village.adjourn(id_, Result.CONSENSUS, "装壁挂炉")).result is Result.CONSENSUS

    asyncio.run(story())


def test_an_objection_needs_a_reason_and_a_known_party(village: Village) -> None:
    async def story() -> None:
        id_ = await village.meet(await village.begin())
        with pytest.raises(Invalid) as refused:
            await village.stand(id_, "路人", Stance.OBJECT)
        assert [fault.path for fault in refused.value.faults] == ["party", "reason"]

    asyncio.run(story())


def test_minutes_are_signed_by_both_before_they_are_published(village: Village) -> None:
    async def story() -> Meeting:
        id_ = await village.meet(await village.begin())
        await village.adjourn(id_, Result.CONTINUE)
        with pytest.raises(Forbidden):
            await village.handlers.record(id_, "纪要", village.by("host"))
        await village.handlers.record(id_, "纪要", village.by("recorder"))
        await village.handlers.sign(id_, village.by("host"))
        await village.handlers.sign(id_, village.by("host"))
        with pytest.raises(Conflict, match="MINUTED"):
            await village.handlers.publish(id_, village.by("office"))
        mended = await village.handlers.record(id_, "纪要二稿", village.by("recorder"))
        assert mended.signatures == []
        await village.handlers.sign(id_, village.by("recorder"))
        assert (await village.handlers.sign(id_, village.by("host"))).state is MeetingState.SIGNED
        with pytest.raises(Conflict):
            await village.handlers.record(id_, "三稿", village.by("recorder"))
        return await village.handlers.publish(id_, village.by("office"))

    assert asyncio.run(story()).minutes == "纪要二稿"
    assert len(village.said(MinutesPublished)) == 1


def test_repeated_requests_and_events_change_nothing(village: Village) -> None:
    async def story() -> None:
        plan = await village.begin()
        for _ in range(2):
            await village.handlers.research(TOPIC, Method.VISIT, "又一条", (), origin(REPEATED, "member"))
        id_ = await village.meet(plan)
        for _ in range(2):
            await village.handlers.speak(id_, "居民", "冷", origin("speak", "recorder"))
            await village.handlers.stand(id_, Position("居民", Stance.SUPPORT), origin("stand", "recorder"))
        for _ in range(2):
            await village.handlers.adjourn(id_, Result.CONSENSUS, "好", "装壁挂炉", origin("adjourn", "host"))
        before = await village.deliberations.get(TOPIC), await village.meetings.get(id_)
        (over,) = village.said(MeetingAdjourned)
        assert isinstance(over, MeetingAdjourned)
        for _ in range(3):
            await village.handlers.follow(over, origin("over"))
            await village.handlers.begin(DECIDED, origin("decided"))
        assert (await village.deliberations.get(TOPIC), await village.meetings.get(id_)) == before
        assert (len(before[0].findings), len(before[1].statements), len(before[1].positions)) == (2, 3, 1)

    asyncio.run(story())
    assert len(village.said(TopicAgreed)) == 1
