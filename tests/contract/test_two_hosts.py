"""Two hosts at two replicas lead one meeting at once: on the real database there is one order of speakers."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from common.aggregate import Origin
from common.errors import Conflict
from common.outbox import Outbox
from common.store import Store
from fakes import COUNTY, origin, sealer
from meetings.domain import Duty, Method, Plan, Result, Seat, What
from meetings.handlers import Meetings
from meetings.store import MongoCouncils, MongoDeliberations, MongoMeetings, MongoMembers
from store_world import Bus, play
from village import DECIDED, TOPIC

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]

T = TypeVar("T")
PEOPLE = 30
HOSTS = ("host", "second")


@asynccontextmanager
async def replicas(url: str, driver: str = "motor") -> AsyncIterator[tuple[Meetings, Meetings]]:
    """Run the service twice on one database, each with a connection of its own."""
    name = f"hosts_{secrets.token_hex(6)}"
    stores = [Store(url, name, driver, Outbox(Bus().publish), "yishi/620102/meetings") for _ in range(2)]
    services = []
    for store in stores:
        places = MongoCouncils(store), MongoMembers(store), MongoDeliberations(store), MongoMeetings(store)
        await store.prepare()
        services.append(Meetings(*places, COUNTY, sealer))
    try:
        yield services[0], services[1]
    finally:
        for store in stores:
            await store.outbox.stop(timeout_s=0)
        await stores[0]._client.drop_database(name)
        for store in stores:
            await store.close()


async def begin(service: Meetings) -> str:
    """Have a meeting in session, with two hosts."""
    await service.begin(DECIDED, origin("decided"))
    council = await service.found("议事会", DECIDED.division, "协商议事会", origin("found"))
    await service.research(TOPIC, Method.VISIT, "管网老化", (), origin("research"))
    seats = Seat("second", Duty.HOST), *(Seat(f"p{n}", Duty.PARTY, DECIDED.parties[n % 2]) for n in range(PEOPLE))
    plan = Plan(council.id, "院里", origin().at, ("供暖",), "host", "recorder", seats)
    meeting = await service.convene(TOPIC, plan, origin("call", "c", "convenor"))
    return (await service.open(meeting.id, origin("open", "host"))).id


def by(who: str, what: str, *roles: str) -> Origin:
    return origin(f"{what}-{who}", who, *roles)


async def both(first: Awaitable[T], second: Awaitable[T]) -> tuple[T | BaseException, T | BaseException]:
    return await asyncio.gather(first, second, return_exceptions=True)


def test_everyone_asks_at_once_and_two_hosts_give_the_floor_in_one_order(mongo_url: str) -> None:
    async def story() -> None:
        async with replicas(mongo_url) as services:
            id_ = await begin(services[0])
            asking = [
                services[n % 2].sessions.ask(id_, "", f"p{n}", by(f"p{n}", "ask"), point_of_order=n % 10 == 0)
                for n in range(PEOPLE)
            ]
            await asyncio.gather(*asking)
            shown = [await service.sessions.floor(id_, by("host", "look")) for service in services]
            assert shown[0] == shown[1]
            wanted = [turn.who for turn in shown[0].queue]
            assert len(set(wanted)) == PEOPLE
            assert {int(who[1:]) % 10 for who in wanted[:3]} == {0}, "points of order come first"
            for seen in range(PEOPLE):
                one, other = (
                    s.sessions.give(id_, seen, by(h, f"give{seen}")) for s, h in zip(services, HOSTS, strict=True)
                )
                answers = await both(one, other)
                assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
            meeting = await services[1].meetings.get(id_)
            assert [entry.who for entry in meeting.course if entry.what is What.GIVEN] == wanted

    play(story)


def test_what_two_replicas_record_at_once_is_all_there_once_and_in_the_order_of_the_course(mongo_url: str) -> None:
    async def story() -> None:
        async with replicas(mongo_url) as services:
            id_ = await begin(services[0])
            said = [
                services[n % 2].speak(id_, DECIDED.parties[n % 2], f"第{n % 15}句", origin(f"say{n % 15}", "recorder"))
                for n in range(PEOPLE)
            ]
            await asyncio.gather(*said)
            meeting = await services[0].meetings.get(id_)
            assert sorted(statement.text for statement in meeting.statements) == sorted(f"第{n}句" for n in range(15))
            spoke = [entry.number for entry in meeting.course if entry.what is What.SPOKE]
            assert spoke == list(range(15))

    play(story)


def test_two_hosts_end_a_meeting_once(mongo_url: str) -> None:
    async def story() -> None:
        async with replicas(mongo_url) as services:
            id_ = await begin(services[0])
            for party in DECIDED.parties:
                await services[0].speak(id_, party, "说说", by("recorder", party))
            ends = (
                services[n].adjourn(id_, result, "谈了", "装壁挂炉", by(HOSTS[n], "end"))
                for n, result in enumerate((Result.CONSENSUS, Result.NO_CONSENSUS))
            )
            answers = await both(*ends)
            assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
            topic = await services[1].deliberations.get(TOPIC)
            assert (topic.held, topic.state) in ((1, "AGREED"), (1, "ENDED"))

    play(story)
