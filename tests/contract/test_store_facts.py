"""What only a real database can show: facts stored with their state, said again after a crash, and the lock."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from common import outbox, store
from common.aggregate import utc_now
from common.bus.listen import WEATHER
from common.errors import Stale
from common.store import database
from store_world import Bus, MongoWorld, Thing, mongo, play
from yishi import ports

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]

Opening = Callable[..., AbstractAsyncContextManager[MongoWorld]]
Raw = dict[str, Any]


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(driver: str, mongo_url: str) -> Opening:
    def open_(bus: Bus | None = None, database: str = "") -> AbstractAsyncContextManager[MongoWorld]:
        return mongo(mongo_url, driver, bus, database)

    return open_


async def unsaid(world: MongoWorld, after: timedelta = timedelta(minutes=1)) -> list[str]:
    """List the ids of facts that would be swept that much later."""
    return [fact.id async for _, facts in world.things.unsaid(utc_now() + after) for fact in facts]


def thing() -> Thing:
    return Thing(id="a")


def test_state_and_facts_are_stored_in_one_document(opened: Opening) -> None:
    async def story() -> None:
        async with opened(Bus(away=True)) as world:
            await world.things.change("a", Thing.add, new=thing)
            await world.settle()
            document: Raw = await world.things.collection.find_one({"_id": "a"}) or {}
            assert (document["count"], document["revision"]) == (1, 1)
            (fact,) = document["outbox"]
            assert (fact["id"], fact["data"]) == ("a.1.0", {"issue_id": "a", "version": 1})
            assert "said" not in document
            assert await unsaid(world) == ["a.1.0"]

    play(story)


def test_what_was_said_is_taken_off_the_shelf(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            for id_ in ("a", "a", "b"):
                await world.things.change(id_, Thing.add, new=lambda id_=id_: Thing(id=id_))  # type: ignore[misc]
            await world.settle()
            assert [fact.id for fact in world.said if fact.subject == "a"] == ["a.1.0", "a.2.0"]
            assert await unsaid(world) == []
            assert [thing.count for thing in await world.things.page()] == [2, 1]

    play(story)


def test_a_replica_says_first_what_another_one_has_told_and_not_said_yet(opened: Opening) -> None:
    async def story() -> None:
        async with opened(Bus(held={"a.1.0": asyncio.Event()})) as slow, opened(database=slow.name) as quick:
            await slow.things.change("a", Thing.add, new=thing)
            await quick.things.change("a", Thing.add)
            await quick.things.change("a", Thing.add)
            await quick.settle()
            assert [fact.id for fact in quick.said] == ["a.1.0", "a.2.0", "a.3.0"]
            slow.bus.held["a.1.0"].set()
            await slow.settle()
            assert [fact.id for fact in slow.said] == ["a.1.0"]
            assert await unsaid(quick) == []

    play(story)


def test_facts_of_a_crashed_process_are_found_and_said_again_as_they_were(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SWEEP_OLDER_THAN", -timedelta(minutes=1))
    monkeypatch.setattr(outbox, "SWEEP_EVERY_S", 0.01)

    async def story() -> None:
        crashed = Bus()
        crashed.held["a.2.0"] = asyncio.Event()
        async with opened(crashed) as first:
            for _ in range(3):
                await first.things.change("a", Thing.add, new=thing)
            while not crashed.said:  # noqa: ASYNC110  the first was said; then the process dies
                await asyncio.sleep(0.001)
            left = [fact async for _, facts in first.things.unsaid(utc_now() + timedelta(minutes=1)) for fact in facts]
            database = first.things.collection.database.name
            async with opened(Bus(), database) as second:
                await second.store.outbox.start()
                while await unsaid(second):  # noqa: ASYNC110  it is the database that changes
                    await asyncio.sleep(0.001)
                await second.settle()
                again = {fact.id: fact for fact in second.said}
                assert list(again) == ["a.1.0", "a.2.0", "a.3.0"]
                assert again == {fact.id: fact for fact in left}
                assert again["a.1.0"] == crashed.said[0]
                assert (await second.things.get("a")).count == 3

    play(story)


def test_only_facts_that_waited_long_enough_are_swept(opened: Opening) -> None:
    async def story() -> None:
        async with opened(Bus(away=True)) as world:
            await world.things.change("a", Thing.add, new=thing)
            await world.things.change("b", lambda _: None, new=lambda: Thing(id="b"))
            await world.settle()
            assert await unsaid(world, -outbox.SWEEP_OLDER_THAN) == []
            assert await unsaid(world) == ["a.1.0"]

    play(story)


def test_facts_of_one_thing_wait_for_one_another_and_for_nobody_else(opened: Opening) -> None:
    async def story() -> None:
        bus = Bus()
        bus.held["a.1.0"] = asyncio.Event()
        async with opened(bus) as world:
            await world.things.change("a", Thing.add, new=thing)
            await world.things.change("a", Thing.add)
            await world.things.change("b", Thing.add, new=lambda: Thing(id="b"))
            await bus.arrived.wait()
            assert [fact.id for fact in bus.said] == ["b.1.0"]
            bus.held["a.1.0"].set()
            await world.settle()
            assert [fact.id for fact in bus.said] == ["b.1.0", "a.1.0", "a.2.0"]

    play(story)


def test_a_decision_is_taken_again_on_what_somebody_else_wrote_first(opened: Opening, mongo_url: str) -> None:
    async def story() -> None:
        async with opened() as world:
            await world.things.change("a", Thing.add, new=thing)
            seen: list[int] = []

            def decide(thing: Thing) -> None:
                if not seen:
                    rival(world, mongo_url)
                seen.append(thing.count)
                thing.add()

            decided = await world.things.change("a", decide)
            assert seen == [1, 101]
            assert (decided.count, decided.revision) == (102, 3)
            await world.settle()
            assert [fact.data["version"] for fact in world.said] == [1, 102]

    play(story)


def test_somebody_who_is_always_too_late_gives_up_and_says_nothing(opened: Opening, mongo_url: str) -> None:
    async def story() -> None:
        async with opened() as world:
            await world.things.change("a", lambda _: None, new=thing)
            seen: list[int] = []

            def decide(thing: Thing) -> None:
                rival(world, mongo_url)
                seen.append(thing.count)
                thing.add()

            with pytest.raises(Stale):
                await world.things.change("a", decide)
            assert len(seen) == store.TRIES
            await world.settle()
            assert world.said == []
            assert (await world.things.get("a")).count == 100 * store.TRIES

    play(story)


def rival(world: MongoWorld, url: str) -> None:
    """Write as another process does, between reading and saving."""
    name = world.things.collection.database.name
    with MongoClient[Raw](url) as client:
        client[name]["things"].update_one({"_id": "a"}, {"$inc": {"revision": 1, "count": 100}})


def test_the_sweep_is_answered_from_its_index_alone(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            await world.store.prepare()
            query = {"outbox.0": {"$exists": True}, "outbox.time": {"$lt": utc_now()}}
            command = {"explain": {"find": "things", "filter": query}, "verbosity": "queryPlanner"}
            plan = await world.things.collection.database.command(command)
            winner = plan["queryPlanner"]["winningPlan"]
            assert "COLLSCAN" not in str(winner)
            assert "outbox.time_1" in str(winner)

    play(story)


def test_the_calls_in_which_the_drivers_differ_work(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            for id_ in "abc":
                await world.things.change(id_, Thing.add, new=lambda id_=id_: Thing(id=id_))  # type: ignore[misc]
            found = await world.things.aggregate([{"$group": {"_id": None, "all": {"$sum": "$count"}}}])
            assert found == [{"_id": None, "all": 3}]
            assert await world.store.troubles() == []

    play(story)


def test_a_database_that_is_away_is_weather(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SERVER_SELECTION_MS", 50)

    async def story() -> None:
        # Motor alone: PyMongo's async client, closed while it is still connecting, leaves a socket to the collector
        nobody = f"mongodb://127.0.0.1:{ports.choose(1)[0]}/?directConnection=true"
        away = store.Store(nobody, "none", "motor", outbox.Outbox(Bus().publish), "test")
        try:
            with pytest.raises(ConnectionFailure) as error:
                await away.troubles()
            assert isinstance(error.value, WEATHER)
        finally:
            await away.close()

    play(story)
