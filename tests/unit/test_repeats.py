"""Every command of a meeting and its topic, asked again with the same key, changes nothing and is told once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from common.aggregate import Origin
from fakes import NOON, origin
from meetings.domain import (
    Acknowledgement,
    Count,
    Duty,
    Measure,
    Method,
    Mood,
    Position,
    Result,
    Seat,
    Stance,
    Tally,
    VoteKind,
    When,
)
from village import KNOWN, NOBODY, TOPIC, Village

Command = Callable[[Village, str, Origin], Awaitable[object]]
LATER = NOON + timedelta(days=7)
OBJECTION = Position("居民", Stance.OBJECT, "太贵", "减半")
PASSED = Tally(date(2026, 12, 20), tuple(Count(measure, 90, 80, 60) for measure in (Measure.AREA, Measure.PERSONS)))
BEFORE: dict[str, tuple[str, Command]] = {
    "seat": ("convenor", lambda v, m, by: v.handlers.gatherings.seat(m, Seat("new", Duty.EXPERT), by)),
    "acknowledge": ("zhao", lambda v, m, by: v.handlers.gatherings.acknowledge(m, Acknowledgement("zhao", True), by)),
    "postpone": ("convenor", lambda v, m, by: v.handlers.gatherings.postpone(m, LATER, "", "大雪", by)),
    "cancel": ("convenor", lambda v, m, by: v.handlers.cancel(m, "大雪", by)),
    "code": ("host", lambda v, m, by: v.handlers.gatherings.renew_code(m, f"CODE{v.requests}", by)),
    "open": ("host", lambda v, m, by: v.handlers.open(m, by)),
}
DURING: dict[str, tuple[str, Command]] = {
    "check in": ("host", lambda v, m, by: v.handlers.check_in(m, "居民", 2, NOBODY, by)),
    "recuse": ("convenor", lambda v, m, by: v.handlers.gatherings.recuse(m, "zhao", "亲属", "", by)),
    "ask": ("recorder", lambda v, m, by: v.handlers.sessions.ask(m, "供暖企业", "", by, point_of_order=True)),
    "withdraw": ("recorder", lambda v, m, by: v.handlers.sessions.withdraw(m, "居民", "", by)),
    "give": ("host", lambda v, m, by: v.handlers.sessions.give(m, 0, by)),
    "arrange": ("host", lambda v, m, by: v.handlers.sessions.arrange(m, [2, 1], by)),
    "grant": ("host", lambda v, m, by: v.handlers.sessions.grant(m, "居民", 60, by)),
    "pause": ("host", lambda v, m, by: v.handlers.sessions.pause(m, "歇", by)),
    "speak": ("recorder", lambda v, m, by: v.handlers.speak(m, "居民", "冷", by)),
    "stand": ("recorder", lambda v, m, by: v.handlers.stand(m, OBJECTION, by)),
    "feel": ("host", lambda v, m, by: v.handlers.sessions.feel(m, Mood(When.BEFORE, 4, 4), by)),
    "urge": ("leader", lambda v, m, by: v.handlers.sessions.comment(m, "抓紧", by, urge=True)),
    "adjourn": ("host", lambda v, m, by: v.handlers.adjourn(m, Result.CONTINUE, "谈了", "", by)),
}
BESIDE: dict[str, tuple[str, Command]] = {
    "propose": ("convenor", lambda v, _, by: v.handlers.matters.propose(TOPIC, "壁挂炉", "自装", by)),
    "research": ("member", lambda v, _, by: v.handlers.research(TOPIC, Method.VISIT, "管网老化", (), by)),
    "leave to": ("office", lambda v, _, by: v.handlers.matters.leave_to(TOPIC, VoteKind.OWNERS, by)),
}


def by(who: str) -> Origin:
    return origin("the same request again", who, who)


def twice(village: Village, meeting_id: str, who: str, command: Command) -> None:
    async def story() -> None:
        await command(village, meeting_id, by(who))
        before = village.meetings.all(), village.deliberations.all(), len(village.bus.told)
        village.requests += 1
        await command(village, meeting_id, by(who))
        assert (village.meetings.all(), village.deliberations.all(), len(village.bus.told)) == before

    asyncio.run(story())


async def called(village: Village) -> str:
    plan = await village.begin()
    meeting = await village.handlers.convene(TOPIC, plan, village.by("convenor"))
    seat = Seat("zhao", Duty.PARTY, "居民")
    await village.handlers.gatherings.seat(meeting.id, seat, village.by("convenor", "convenor"))
    return meeting.id


@pytest.mark.parametrize("name", BEFORE)
def test_a_command_before_the_session_counts_once(name: str) -> None:
    village = Village()
    twice(village, asyncio.run(called(village)), *BEFORE[name])


@pytest.mark.parametrize("name", DURING)
def test_a_command_during_the_session_counts_once(name: str) -> None:
    village = Village()

    async def opened() -> str:
        id_ = await called(village)
        await village.handlers.open(id_, village.by("host"))
        for party in ("居民", "供暖企业"):
            await village.handlers.sessions.ask(id_, party, "", village.by("recorder"), point_of_order=False)
        return id_

    twice(village, asyncio.run(opened()), *DURING[name])


@pytest.mark.parametrize("name", BESIDE)
def test_a_command_beside_the_meetings_counts_once(name: str) -> None:
    village = Village()
    twice(village, asyncio.run(called(village)), *BESIDE[name])


def test_what_follows_from_an_end_counts_once() -> None:
    village = Village()
    matters = village.handlers.matters

    async def ended() -> None:
        id_ = await village.meet(await village.begin())
        await village.handlers.stand(id_, OBJECTION, village.by("recorder"))
        for name, who, command in (
            ("consider", "host", lambda o: village.handlers.sessions.consider(id_, "居民", None, "算过账", o)),
            ("end", "host", lambda o: village.handlers.adjourn(id_, Result.PARTIAL, "谈了", "", o)),
            ("reply", "office", lambda o: matters.reply(TOPIC, "居民", None, "明年再议", o)),
            ("leave", "office", lambda o: matters.leave_to(TOPIC, VoteKind.OWNERS, o)),
            ("send", "office", lambda o: matters.send_to_vote(TOPIC, "换物业", o)),
            ("result", "office", lambda o: matters.take_back(TOPIC, PASSED, o)),
        ):
            await command(origin(name, who))
            before = village.meetings.all(), village.deliberations.all(), len(village.bus.told)
            await command(origin(name, who))
            assert (village.meetings.all(), village.deliberations.all(), len(village.bus.told)) == before, name

    asyncio.run(ended())


def test_whoever_checks_in_by_code_again_came_once() -> None:
    village = Village()

    async def story() -> None:
        id_ = await called(village)
        await village.handlers.gatherings.renew_code(id_, "CODE", village.by("host"))
        for _ in range(2):
            await village.handlers.gatherings.check_in_by_code(id_, "CODE", "居民", KNOWN)
        assert len((await village.meetings.get(id_)).attendance) == 1

    asyncio.run(story())
