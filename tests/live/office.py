"""The service outcomes on real servers, in a county whose clock runs fast: a day in 1.5 s."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import nats
from loopback import until
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from common.aggregate import Origin, utc_now
from common.bus import Bus, Outgoing, dead
from common.bus.streams import EVENTS, TIMERS
from common.events import CardDue, DeptTask, DeptTaskOrder, TaskCarded, TopicAgreed
from common.outbox import Outbox
from common.store import Store
from common.timers import Sweeper
from fakes import COUNTY, NOON, sealer
from memory_archive import archive
from outcomes import bus as outcomes_bus
from outcomes.domain.commitment import Kind
from outcomes.domain.task import Task
from outcomes.handlers import Outcomes
from outcomes.store import MongoActivities, MongoFigures, MongoOutcomes, MongoTasks
from townhall import AGREED, BUMPS
from yishi.servers import Servers

FAST = 57_600
FIRED = CardDue.subject(COUNTY.code)
DUE_ON = date(2026, 11, 27)
"""When BUMPS reported at NOON is due: yellow comes after 2.3 s, red after 8.3 s."""


class Clock:
    """The county's clock: it runs fast, from NOON on when it is started, and jumps."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._zero, self._began = NOON, utc_now()

    def now(self) -> datetime:
        return self._zero + (utc_now() - self._began) * FAST

    def jump(self, by: timedelta) -> None:
        self._zero += by

    def real(self, at: datetime) -> datetime:
        """Tell when that will be on the server's clock, never too early."""
        return self._began + (at - self._zero) / FAST + timedelta(milliseconds=1)

    async def reach(self, day: date) -> None:
        while self.now().date() < day:  # noqa: ASYNC110  time passes by itself
            await asyncio.sleep(0.05)


class Office:
    """The service outcomes on real servers; it can be stopped and started like a process."""

    def __init__(self, servers: Servers, driver: str, js: JetStreamContext) -> None:
        self.clock, self.js = Clock(), js
        self.topic = f"topic-{secrets.token_hex(6)}"
        self._servers, self._driver, self._database = servers, driver, f"timers_{secrets.token_hex(6)}"
        self.sweeping: asyncio.Task[None] | None = None

    async def start(self, sweep_every_s: float = 0) -> None:
        self.bus = Bus(self._servers.nats_url, COUNTY.code, "outcomes", sealer)
        self.outbox = Outbox(self._publish)
        self.store = Store(self._servers.mongo_url, self._database, self._driver, self.outbox, "yishi/620102/outcomes")
        self.tasks = MongoTasks(self.store)
        ledgers = MongoActivities(self.store), MongoOutcomes(self.store), self.tasks
        self.outcomes = Outcomes(*ledgers, archive(), MongoFigures(*ledgers), COUNTY, self.clock.now)
        outcomes_bus.listen(self.bus, self.outcomes)
        await self.bus.connect()
        await self.store.prepare()
        await self.outbox.start()
        await self.bus.start()
        self.sweeper = Sweeper(self.tasks.due, self.outcomes.supervision.show_cards, self.clock.now, sweep_every_s)
        self.sweeping = asyncio.create_task(self.sweeper.run()) if sweep_every_s else None

    async def stop(self) -> None:
        await self.bus.deafen()
        if self.sweeping:
            self.sweeping.cancel()
            await asyncio.gather(self.sweeping, return_exceptions=True)
        await self.outbox.stop()
        await self.bus.stop()
        await self.store.close()

    async def _publish(self, *facts: Outgoing) -> None:
        await self.bus.publish(*map(self._in_real_time, facts))

    def _in_real_time(self, fact: Outgoing) -> Outgoing:
        if fact.type != CardDue.type:
            return fact
        at = self.clock.real(datetime.fromisoformat(str(fact.data["at"])))
        return replace(fact, data={**fact.data, "at": at.isoformat()})

    def origin(self) -> Origin:
        return Origin(secrets.token_hex(6), "office", self.clock.now(), frozenset({"office"}))

    async def assign(self) -> Task:
        """Report an outcome with one task, due on DUE_ON; its schedule is on the server then."""
        fact: TopicAgreed = AGREED.model_copy(update={"topic_id": self.topic})
        await self.outcomes.conclude(fact, self.origin())
        self.clock.start()
        outcome = await self.outcomes.report(self.topic, Kind.CONSENSUS, [BUMPS], replace(self.origin(), at=NOON))
        task = await self.tasks.get(outcome.commitments[0].task_id)
        assert task.due_on == DUE_ON
        await until(lambda: self.scheduled(task))
        return task

    async def say(self, task: Task, action: str, on: date | None = None) -> None:
        fact = DeptTask.model_validate({"task_id": task.id, "action": action, "text": "已办", "until": on})
        await self.outcomes.work.act(fact, self.origin())

    async def scheduled(self, task: Task) -> bool:
        info = await self.js.stream_info(TIMERS, subjects_filter=f"{FIRED}.at.{task.id}")
        return bool(info.state.subjects)

    async def fired(self) -> int:
        return ((await self.js.stream_info(TIMERS, subjects_filter=FIRED)).state.subjects or {}).get(FIRED, 0)

    async def fired_once(self) -> bool:
        return await self.fired() == 1

    async def said(self, subject: str, task: Task, field: str) -> list[str]:
        """List one field of all that was said on a subject about a task."""
        found: list[str] = []
        number = 1
        while True:
            try:
                stored = await self.js.get_msg(EVENTS, number, subject, next=True)
            except NotFoundError:
                return found
            data = json.loads(stored.data or b"")
            found += [data[field]] if data["task_id"] == task.id else []
            number = (stored.seq or 0) + 1

    async def cards(self, task: Task) -> list[str]:
        return await self.said(TaskCarded.subject(COUNTY.code), task, "colour")

    async def carded(self, task: Task, *colours: str) -> None:
        """Wait for cards; then see that no more than these were said, here and to the department's system."""

        async def all_there() -> bool:
            return len(await self.cards(task)) >= len(colours) and await self.tasks.get(task.id) is not None

        await until(all_there)
        await asyncio.sleep(0.5)
        assert await self.cards(task) == list(colours)
        orders = await self.said(DeptTaskOrder.subject(COUNTY.code, "grid"), task, "status")
        assert [status for status in orders if status in ("yellow", "red")] == list(colours)
        assert [letter async for letter in dead.letters(self.js, COUNTY.code)] == []


@asynccontextmanager
async def office(servers: Servers, driver: str, sweep_every_s: float) -> AsyncIterator[Office]:
    client = await nats.connect(servers.nats_url)
    here = Office(servers, driver, client.jetstream())
    await here.js.purge_stream(TIMERS)
    await here.start(sweep_every_s)
    try:
        yield here
    finally:
        await here.stop()
        await client.close()


def play(
    servers: Servers, story: Callable[[Office], Awaitable[None]], driver: str = "motor", sweep_every_s: float = 0
) -> None:
    async def told() -> None:
        async with asyncio.timeout(90), office(servers, driver, sweep_every_s) as here:
            await story(here)

    asyncio.run(told())
