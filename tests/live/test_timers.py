"""Deadlines on the real servers: each card comes once, whatever becomes of the service, its clock, or the schedule.

The county's clock runs fast here, a day in a second; what NATS is to wait for is told in its own time.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loopback import until
from office import DUE_ON, FIRED, Office, play
from outsiders import department
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from common.bus import Outgoing, apply
from common.bus.streams import EVENTS, TIMERS
from common.events import CardDue, DeptTaskOrder, TaskCarded, TaskEscalated
from common.store.commit import Document
from common.timers import FIRED_KEPT
from fakes import COUNTY
from outcomes.domain.task import Task, TaskState
from yishi.demo import COUNTY as DEMO
from yishi.folder import Folder
from yishi.servers import Servers, serving
from yishi.up import running

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("timers")]

MANY = 10_000
BY_DUE_AT = "IXSCAN { due_at: 1, _id: 1 }"
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
OVERDUE = {
    "_id": "task-overdue",
    "revision": 1,
    "topic_id": "topic-1",
    "outcome_id": "outcome-1",
    "department": "housing",
    "system": "grid",
    "title": "减速带",
    "evidence": "",
    "due_on": "2026-01-06",
    "assigned_at": datetime(2026, 1, 4, tzinfo=UTC),
    "due_at": datetime(2026, 1, 5, 1, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = Folder.open(tmp_path_factory.mktemp("timers") / "data")
    with folder.locked() as lock, asyncio.Runner() as runner:
        both = serving(folder, lock, lambda _: None)
        running = runner.run(both.__aenter__())
        try:
            runner.run(apply(running.nats_url, COUNTY.code))
            yield running
        finally:
            runner.run(both.__aexit__(None, None, None))


def test_each_card_comes_at_its_moment_by_its_schedule_alone(servers: Servers) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.carded(task, "yellow")
        assert here.clock.now().date() <= date(2026, 11, 28), "it came late"
        await here.carded(task, "yellow", "red")
        assert await here.scheduled(task)
        assert (await here.tasks.get(task.id)).due_at == datetime(2026, 12, 2, 1, tzinfo=UTC), "the office's rung"
        assert await here.fired() == 2
        stored = await here.js.get_msg(TIMERS, 1, FIRED, next=True)
        assert (stored.headers or {})["Nats-TTL"] == FIRED_KEPT, "it would stay for ever"

    play(servers, story)


def test_a_service_that_was_down_at_the_time_shows_the_card_once_it_is_up(servers: Servers) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.stop()
        await until(here.fired_once)
        assert await here.cards(task) == []
        await here.start()
        await here.carded(task, "yellow")

    play(servers, story)


def test_a_schedule_that_was_lost_is_made_good_by_the_sweeper(servers: Servers) -> None:
    every_s = 0.5

    async def story(here: Office) -> None:
        task = await here.assign()
        await here.js.purge_stream(TIMERS)
        assert await here.cards(task) == []
        due = here.clock.real(task.due_at or here.clock.now()).timestamp()
        await until(lambda: _shown(here, task, 1))
        late = time.time() - due
        assert late < every_s + 3, f"{late} s"
        await here.js.purge_stream(TIMERS)
        here.clock.jump(timedelta(days=10))
        await here.carded(task, "yellow", "red")
        assert await here.fired() == 0, "not by a schedule"

    play(servers, story, sweep_every_s=every_s)


def test_schedules_and_sweeper_together_show_each_card_once(servers: Servers) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.carded(task, "yellow")
        here.clock.jump(timedelta(days=10))
        await here.carded(task, "yellow", "red")

    play(servers, story, sweep_every_s=0.01)


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_a_clock_that_jumps_shows_what_is_due_once(servers: Servers, driver: str) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        here.clock.jump(timedelta(days=-200))
        await until(here.fired_once)
        await asyncio.sleep(0.5)
        assert await here.cards(task) == [], "it fired on the server's clock; here nothing is due"
        here.clock.jump(timedelta(days=400))
        assert await here.sweeper.sweep() == 1
        await here.carded(task, "yellow", "red")
        here.clock.jump(timedelta(days=-400))
        assert await here.sweeper.sweep() == 0
        here.clock.jump(timedelta(days=800))
        assert await here.sweeper.sweep() == 0
        await _stale(here, task)
        await here.carded(task, "yellow", "red")

    play(servers, story, driver)


def test_an_extended_task_has_one_schedule_the_new_one_and_an_old_one_does_nothing(servers: Servers) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.say(task, "extend", date(2026, 12, 1))
        await here.clock.reach(DUE_ON)
        await _stale(here, task)
        await until(here.fired_once)
        await here.carded(task)
        info = await here.js.stream_info(TIMERS, subjects_filter=">")
        assert info.state.subjects == {FIRED: 1, f"{FIRED}.at.{task.id}": 1}
        await until(lambda: _shown(here, task, 1))
        assert date(2026, 11, 30) <= here.clock.now().date() <= date(2026, 12, 1)
        assert await here.fired() == 2
        await here.carded(task, "yellow")

    play(servers, story)


def test_a_task_verified_before_its_moment_is_shown_nothing(servers: Servers) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.say(task, "reply")
        await here.outcomes.work.verify(task.id, "属实", here.origin())
        await until(here.fired_once)
        here.clock.jump(timedelta(days=30))
        assert await here.sweeper.sweep() == 0
        await here.carded(task)
        assert (await here.tasks.get(task.id)).state is TaskState.VERIFIED

    play(servers, story)


def test_ten_thousand_due_at_once_are_all_found_through_the_index(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(here: Office) -> None:
        task = await here.assign()
        await here.js.purge_stream(TIMERS)
        await here.outbox.stop()
        monkeypatch.setattr(here.outbox, "say", lambda *_: None)  # only the store is looked at
        (pattern,) = [d async for d in here.tasks.collection.find({"_id": task.id}, {"outbox": 0})]
        copies = [{**pattern, "_id": f"task-{number}"} for number in range(MANY)]
        later = [{**copy, "_id": f"later-{copy['_id']}", "due_at": NEVER} for copy in copies]
        await here.tasks.collection.insert_many([*copies, *later])
        here.clock.jump(timedelta(days=400))
        async with profiled(here.tasks.collection) as plans:
            began = time.monotonic()
            assert await here.sweeper.sweep() == MANY + 1
            took = time.monotonic() - began
        all_of_it = {"cards": ["yellow", "red"], "rungs": ["department", "office", "leader", "group"], "due_at": None}
        assert await here.tasks.collection.count_documents(all_of_it) == MANY + 1
        assert await here.sweeper.sweep() == 0
        assert plans[f"query {BY_DUE_AT}"] == plans[f"getmore {BY_DUE_AT}"] == 0, "the index alone was read"
        assert not [plan for plan in plans if "IDHACK" not in plan and "IXSCAN" not in plan]
        assert took < 60, f"{took} s"

    play(servers, story)


def test_a_county_that_was_down_at_the_time_shows_the_card_once_it_is_up(tmp_path: Path) -> None:
    async def told() -> None:
        async with running(DEMO, tmp_path, ports="auto") as here:
            system = await department(here.nats_url, here.county.code)
            await here.kill_service("outcomes")
            client: AsyncMongoClient[Document] = AsyncMongoClient(here.mongo_url)
            await client["yishi"]["tasks"].insert_one(dict(OVERDUE))
            await here.start_service("outcomes")
            await until(lambda: len(system.heard) >= 2)
            for _ in range(2):
                await here.kill_service("outcomes")
                await here.start_service("outcomes")
            # who listens without a stream may hear one fact twice; it is stored once
            assert [data["status"] for _, data in system.heard][:2] == ["yellow", "red"]
            # two cards; all four rungs, of which one is a gap: the task does not say where it is
            counts = {TaskCarded.subject(here.county.code): 2, TaskEscalated.subject(here.county.code): 4}
            counts[DeptTaskOrder.subject(here.county.code, "grid")] = 2 + 3
            for subject, many in counts.items():
                info = await system.bus.jetstream().stream_info(EVENTS, subjects_filter=subject)
                assert info.state.subjects == {subject: many}
            await client.close()
            await system.bus.close()

    asyncio.run(told())


async def _shown(here: Office, task: Task, many: int) -> bool:
    return len(await here.cards(task)) >= many


async def _stale(here: Office, task: Task) -> None:
    """Let a schedule fire that the task has left behind."""
    fact = CardDue(topic_id=task.topic_id, task_id=task.id, at=here.clock.now())
    outgoing = Outgoing(f"stale-{task.id}", fact.type, "test", task.id, fact.at, fact.model_dump(mode="json"))
    await here.js.publish(FIRED, outgoing.body(), headers=outgoing.headers(), stream=TIMERS)


@asynccontextmanager
async def profiled(collection: AsyncCollection[Document]) -> AsyncIterator[dict[str, int]]:
    """Note by which plans anything is sought in a collection, and how many documents are read by each of them."""
    database, plans = collection.database, dict[str, int]()
    await database.create_collection("system.profile", capped=True, size=512 * 1024**2)
    await database.command("profile", 2)
    try:
        yield plans
    finally:
        await database.command("profile", 0)
    async for op in database["system.profile"].find({"ns": collection.full_name, "planSummary": {"$exists": True}}):
        plan = f"{op['op']} {op['planSummary']}"
        plans[plan] = plans.get(plan, 0) + int(str(op.get("docsExamined", 0)))
