"""Issues are found by the same marks in memory and in MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import NOON, MemoryAggregates, origin, sealer
from intake.domain import Issue, Topic
from intake.handlers import Intake
from intake.handlers.requests import Wanted
from intake.store import MongoIssues
from intake_story import issue
from portal import HERE, MemoryIssues
from store_world import mongo

Opening = Callable[[], AbstractAsyncContextManager[MemoryIssues | MongoIssues]]
REAL = [pytest.mark.live, pytest.mark.xdist_group("mongo")]
ALL = Wanted(NOON - timedelta(days=90), NOON + timedelta(days=90))


@asynccontextmanager
async def in_memory() -> AsyncIterator[MemoryIssues]:
    yield MemoryIssues(Issue)


@asynccontextmanager
async def in_mongo(url: str, driver: str) -> AsyncIterator[MongoIssues]:
    async with mongo(url, driver) as world:
        issues = MongoIssues(world.store)
        await world.store.prepare()
        yield issues


@pytest.fixture(params=["memory", pytest.param("motor", marks=REAL), pytest.param("pymongo", marks=REAL)])
def opened(request: pytest.FixtureRequest) -> Opening:
    driver = request.param
    if driver == "memory":
        return in_memory
    url = request.getfixturevalue("mongo_url")
    return lambda: in_mongo(url, driver)


def test_what_is_wanted_is_found_the_newest_first(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as issues:
            intake = Intake(issues, MemoryAggregates(Topic), HERE, sealer)
            made = []
            for number in range(4):
                category = "heating" if number % 2 else "城乡建设/供热/管网"
                place = {"lon": 103.7 + number / 10, "lat": 36.0} if number else None
                fact = issue(external_id=str(number), category=category, location=place)
                at = NOON + timedelta(hours=number)
                made.append((await intake.receive(fact, replace(origin(by="grid"), at=at))).id)
            await intake.screening.reject(made[3], "不属协商范围", origin("reject"))

            async def found(**more: object) -> list[int]:
                return [made.index(one.id) for one in await issues.search(replace(ALL, **more))]  # type: ignore[arg-type]

            assert await found() == [3, 2, 1, 0]
            assert await found(skip=1, limit=2) == [2, 1]
            assert await found(ids=(made[0], made[2], "none")) == [2, 0]
            assert await found(categories=["heating"]) == [3, 1]
            assert await found(settled=True) == [3]
            assert await found(settled=False) == [2, 1, 0]
            assert await found(box=(103.75, 35.9, 103.95, 36.1)) == [2, 1]
            assert await found(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2)) == [2, 1]
            now = (await issues.get(made[3])).updates[-1].at
            day = timedelta(days=1)
            updated = await issues.updated(now - day, now + day, 0, 10)
            assert [one.id for one in updated] == sorted(made)
            assert await issues.updated(now - day, now + day, 3, 10) == updated[3:]
            assert await issues.updated(now + day, now + 2 * day, 0, 10) == []

    asyncio.run(story())
