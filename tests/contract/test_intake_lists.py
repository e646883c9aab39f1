"""What intake looks up: the database finds what the fakes find, and reads it from an index."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from common.aggregate import A, Aggregates
from common.outbox import Outbox
from common.store import Store
from common.store.commit import Document
from common.words import pieces
from fakes import NOON, MemoryAggregates
from intake.domain import Content, Issue, IssueState, Topic, sought
from intake.store import MongoIssues, MongoTopics
from intake_lists import MemoryLibrary, MemoryQueue

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]


@dataclass
class Shelves:
    issues: MongoIssues
    topics: MongoTopics


@asynccontextmanager
async def shelves(url: str, driver: str) -> AsyncIterator[Shelves]:
    """Open the collections in a database of their own, whose facts nobody hears."""

    async def publish(*_: object) -> None:
        """Say nothing."""

    name = f"contract_{secrets.token_hex(6)}"
    store = Store(url, name, driver, Outbox(publish), "yishi/620102/intake")
    here = Shelves(MongoIssues(store), MongoTopics(store))
    await store.prepare()
    try:
        yield here
    finally:
        await store._client.drop_database(name)
        await store.close()


def waiting(number: int) -> Issue:
    states = [IssueState.RECEIVED, IssueState.REGISTERED, IssueState.SCREENED]
    return Issue(
        id=f"i-{number:03}",
        source="grid",
        external_id=str(number),
        content=Content("供暖", "不热", "620102007004", "heating", NOON),
        received_at=NOON,
        state=states[number % 3],
        due_on=None if number % 8 == 7 else date(2026, 12, 1) + timedelta(days=number * 7 % 5),
    )


def decided(number: int) -> Topic:
    title = "老旧小区供暖改造"[number % 5 :] + "停车" * (number % 2)
    return Topic(
        id=f"t-{number:03}",
        title=title,
        division="620102007004",
        category="heating",
        issue_ids=[],
        parties=[],
        steps="gansu6",
        needs_research=False,
        decided_by="o",
        decided_at=NOON,
        pieces=pieces([title]),
    )


async def fill(make: Callable[[int], A], *shelves: Aggregates[A]) -> None:
    for shelf in shelves:
        for number in range(24):
            await shelf.change(make(number).id, lambda _: None, new=partial(make, number))


async def plan(collection: AsyncCollection[Document], query: Document, order: list[tuple[str, int]]) -> str:
    told = json.dumps((await collection.find(query).sort(order).explain())["queryPlanner"], default=str)
    won = told[told.index('"winningPlan"') : told.index('"rejectedPlans"')]
    assert "IXSCAN" in won
    return won


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_the_queue_of_the_database_is_that_of_the_fake_and_read_from_an_index(mongo_url: str, driver: str) -> None:
    async def told() -> None:
        async with shelves(mongo_url, driver) as here:
            queue = MemoryQueue(MemoryAggregates(Issue))
            await fill(waiting, here.issues, queue.issues)
            ranges = [(None, None), (None, date(2026, 12, 2)), (date(2026, 12, 2), date(2026, 12, 3))]
            for since, last in ranges:
                seen: list[str] = []
                while page := await here.issues.waiting(seen[-1] if seen else None, 3, since, last):
                    seen += [issue.id for issue in page]
                assert seen == [issue.id for issue in await queue.waiting(None, 100, since, last)]
                assert len(seen) >= 5
            query: Document = {"state": {"$in": ["RECEIVED", "REGISTERED"]}}
            assert '"SORT"' not in await plan(here.issues.collection, query, [("due_on", 1), ("_id", 1)])

    asyncio.run(told())


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_the_library_of_the_database_is_that_of_the_fake_and_read_from_an_index(mongo_url: str, driver: str) -> None:
    async def told() -> None:
        async with shelves(mongo_url, driver) as here:
            library = MemoryLibrary(MemoryAggregates(Topic))
            await fill(decided, here.topics, library.topics)
            found = {}
            for words in ("供暖", "停车", "旧", "小区 停车", "车停", "供水"):
                asked = sought(words), "t-003", 50, "DECIDED"
                found[words] = [topic.id for topic in await here.topics.having(*asked)]
                assert found[words] == [topic.id for topic in await library.having(*asked)]
            assert found["小区 停车"]
            assert found["车停"] == found["供水"] == []
            assert '"SORT"' not in await plan(
                here.topics.collection, {"pieces": {"$all": sought("供暖改造")}}, [("_id", 1)]
            )

    asyncio.run(told())
