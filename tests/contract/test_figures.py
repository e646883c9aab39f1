"""What outcomes seeks across all things, on a real database by either driver: as in memory, where unit tests ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from common.aggregate import A, Origin
from common.events import DeptTask, ReplyReceived
from common.outbox import Outbox
from common.store import Store
from fakes import COUNTY, NOON
from figures_world import WINDOWS, counted, every_record_adds_up, worlds_to_compare
from memory_archive import archive
from outcomes.domain.commitment import Assignment, Kind
from outcomes.domain.figures import Over, Window
from outcomes.domain.outcome import OutcomeState, outcome_id
from outcomes.handlers import Outcomes
from outcomes.store import MongoActivities, MongoFigures, MongoOutcomes, MongoTasks
from store_world import Bus
from townhall import AGREED, BUMPS, OFFICERS, TODAY

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("mongo")]


class County:
    """The service outcomes on a database of its own; `now` is its clock."""

    def __init__(self, store: Store) -> None:
        self.now: datetime = NOON
        self.store = store
        self.activities, self.results, self.tasks = MongoActivities(store), MongoOutcomes(store), MongoTasks(store)
        ledgers = self.activities, self.results, self.tasks
        self.figures = MongoFigures(*ledgers)
        self.outcomes = Outcomes(*ledgers, archive(), self.figures, COUNTY, lambda: self.now)
        self._requests = 0

    def by(self) -> Origin:
        self._requests += 1
        return Origin(f"request-{self._requests}", "office", self.now, frozenset({"office"}))

    async def publicised(self, topic: str, *tasks: Assignment) -> str:
        """Take a topic to its publicity; returns its outcome's id."""
        await self.outcomes.conclude(AGREED.model_copy(update={"topic_id": topic}), self.by())
        outcome = await self.outcomes.report(topic, Kind.CONSENSUS, tasks, self.by())
        for commitment in outcome.commitments:
            await self.outcomes.work.act(DeptTask(task_id=commitment.task_id, action="reply", text="办"), self.by())
            await self.outcomes.work.verify(commitment.task_id, "属实", self.by())
        return (await self.outcomes.feedback._settle(outcome.id, self.by())).id


def fresh(things: Sequence[A]) -> Sequence[A]:
    """Let things be new again: memory has counted their first save."""
    for thing in things:
        thing.revision = 0
    return things


def play(url: str, driver: str, story: Callable[[County], Awaitable[None]]) -> None:
    async def told() -> None:
        store = Store(url, f"figures_{driver}", driver, Outbox(Bus(away=True).publish), "yishi/620102/outcomes")
        here = County(store)
        await store.prepare()
        try:
            await story(here)
        finally:
            await store.outbox.stop(timeout_s=0)
            await store._client.drop_database(f"figures_{driver}")
            await store.close()

    asyncio.run(asyncio.wait_for(told(), 30))


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_publicity_runs_out_is_found_and_ends_as_people_have_rated(mongo_url: str, driver: str) -> None:
    async def story(here: County) -> None:
        silent, bad, good = [await here.publicised(topic, BUMPS) for topic in ("silent", "bad", "good")]
        for topic, score in (("bad", "1"), ("good", "5")):
            await here.outcomes.feedback.listen(ReplyReceived(person_id="p1", text=score, topic_id=topic), here.by())
        public = await here.figures.public(TODAY, None, 2)
        rest = await here.figures.public(TODAY, public[-1].id, 2)
        assert [outcome.id for outcome in [*public, *rest]] == sorted([silent, bad, good])
        assert [id_ async for id_ in here.results.due(here.now)] == []
        here.now += timedelta(days=30)
        due = [id_ async for id_ in here.results.due(here.now)]
        assert sorted(due) == sorted([silent, bad, good])
        for id_ in due:
            await here.outcomes.feedback.look(id_)
        assert [id_ async for id_ in here.results.due(here.now)] == []
        assert await here.figures.public(TODAY, None, 10) == []
        states = [(await here.results.get(outcome_id(topic))).state for topic in ("silent", "bad", "good")]
        assert states == [OutcomeState.CLOSED, OutcomeState.REPORTED, OutcomeState.CLOSED]
        closed = (await here.figures.sums(Window()))[Over.CLOSED]
        assert (closed["one"], closed["unrated"]) == (2, 1)

    play(mongo_url, driver, story)


def test_what_is_due_or_to_be_checked_is_found_on_its_day(mongo_url: str) -> None:
    async def story(here: County) -> None:
        await here.publicised("done", BUMPS)
        await here.outcomes.conclude(AGREED, here.by())
        open_, replied = (replace(OFFICERS, due_on=date(2026, 12, day)) for day in (1, 31))
        outcome = await here.outcomes.report("t1", Kind.CONSENSUS, [open_, replied], here.by())
        first, second = (commitment.task_id for commitment in outcome.commitments)
        await here.outcomes.work.act(DeptTask(task_id=second, action="reply", text="办"), here.by())
        found = {day: {task.id for task in await here.figures.due(date(2026, *day))} for day in ((11, 26), (11, 27))}
        assert found == {(11, 26): set(), (11, 27): {second}}
        assert {task.id for task in await here.figures.due(date(2026, 12, 1))} == {first, second}

    play(mongo_url, "motor", story)


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_the_store_counts_as_memory_does_and_scans_nothing_in_a_period(mongo_url: str, driver: str) -> None:
    async def story(here: County) -> None:
        for activities, results, tasks in worlds_to_compare():
            for documents in (here.activities, here.results, here.tasks):
                await documents.collection.delete_many({})
            memory = await asyncio.to_thread(counted, (activities, results, tasks))
            await asyncio.gather(
                *(here.activities._save(thing, here.activities._freeze(thing)) for thing in fresh(activities)),
                *(here.results._save(thing, here.results._freeze(thing)) for thing in fresh(results)),
                *(here.tasks._save(thing, here.tasks._freeze(thing)) for thing in fresh(tasks)),
            )
            for window in WINDOWS:
                told = await memory.kpi(here.by(), window)
                found = await here.outcomes.kpi(here.by(), window)
                assert {k: v.value for k, v in found.items()} == pytest.approx({k: v.value for k, v in told.items()})
                await every_record_adds_up(here.outcomes, window)
        ranged = Window(TODAY, TODAY, "620102007")
        for over in Over:
            documents, pipeline = here.figures._population(over, ranged)
            plan = await here.store._database.command(
                "explain", {"aggregate": documents.name, "pipeline": pipeline, "cursor": {}}
            )
            assert "COLLSCAN" not in str(plan), over

    play(mongo_url, driver, story)
