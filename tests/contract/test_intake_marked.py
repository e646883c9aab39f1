"""Issues found by their marks: the database finds what the fake finds, from an index, and none that is settled."""

import asyncio
import json
import secrets
from functools import partial

import pytest

from common.aggregate import derived_id
from common.outbox import Outbox
from common.store import Store
from complaints_read import complaints
from fakes import MemoryAggregates
from intake.domain import Content, Issue, IssueState, marks
from intake.store import MongoIssues
from intake_marked import MemoryMarked

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]


def issue(number: int) -> Issue:
    one = complaints("tuned")[number]
    found = tuple(marks(one.title, one.text, one.division))
    content = Content(one.title, one.text, one.division, one.category, one.occurred_at, marks=found)
    states = [IssueState.RECEIVED, IssueState.ADOPTED, IssueState.SCREENED, IssueState.MERGED]
    return Issue(
        id=derived_id("issue", str(number)),
        source=one.system,
        external_id=str(number),
        content=content,
        received_at=one.occurred_at,
        state=states[number % 4],
    )


async def same(mongo_url: str, driver: str) -> None:
    async def publish(*_: object) -> None:
        """Say nothing."""

    name = f"contract_{secrets.token_hex(6)}"
    store = Store(mongo_url, name, driver, Outbox(publish), "yishi/620102/intake")
    real, memory = MongoIssues(store), MemoryAggregates(Issue)
    await store.prepare()
    try:
        for number in range(40):
            for shelf in (real, memory):
                await shelf.change(issue(number).id, lambda _: None, new=partial(issue, number))
        fake = MemoryMarked(memory)
        for number in (0, 5, 13):
            sought = issue(number).content.marks[:8]
            found, expected = await real.sharing(sought, 100), await fake.sharing(sought, 100)
            assert len(expected) >= 2
            assert {known.id: (known.title, list(known.marks)) for known in found} == {
                known.id: (known.title, list(known.marks)) for known in expected
            }
            assert found[0].id == expected[0].id
        rarity = await real.rarity()
        assert (rarity.open_, rarity.sampled >= 10) == (40, True)
        assert rarity is await real.rarity()
        pipeline = real.sharing_of(["#供暖"], 10)
        asked = {"aggregate": real.name, "pipeline": pipeline, "cursor": {}}
        plan = json.dumps(await store._database.command({"explain": asked}), default=str)
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan
    finally:
        await store._client.drop_database(name)
        await store.close()


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_the_database_finds_what_the_fake_finds_from_an_index(mongo_url: str, driver: str) -> None:
    asyncio.run(same(mongo_url, driver))
