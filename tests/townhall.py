"""A county office where the service outcomes runs in memory; unit tests tell their stories in it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar, cast

from common.aggregate import Aggregates, Origin
from common.bus import Bus
from common.county import County
from common.events import (
    DeptTask,
    DeptTaskOrder,
    Event,
    ReplyReceived,
    TopicAgreed,
    TopicEnded,
)
from fakes import COUNTY, NOON, MemoryAggregates, MemoryBus, origin
from memory_archive import archive
from memory_figures import MemoryFigures
from outcomes import bus
from outcomes.domain.activity import Activity
from outcomes.domain.commitment import Assignment, Kind
from outcomes.domain.outcome import Outcome, OutcomeState, outcome_id
from outcomes.domain.task import Task
from outcomes.handlers import Outcomes

T = TypeVar("T")
E = TypeVar("E", bound=Event)

TODAY = date(2026, 11, 24)  # a Tuesday
BUMPS = Assignment("housing", "减速带", working_days=3)
OFFICERS = Assignment("police", "高峰时段警力", due_on=date(2026, 12, 31))
AGREED = TopicAgreed(
    topic_id="t1", title="校门口", division="620102007004", agreement="三项措施", meetings=3, people=("p1", "p2")
)
ENDED = TopicEnded(topic_id="t2", title="供水", division="620102007004", explanation="分歧仍在", meetings=2)


class TownHall:
    """The service over memory; `later` sets the clock of everything that follows."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.activities = MemoryAggregates(Activity)
        self.outcomes = MemoryAggregates(Outcome, self.bus.tell)
        self.tasks = MemoryAggregates(Task, self.bus.tell)
        self.archive = archive()
        self.handlers = self.serve(COUNTY)
        self._requests = 0
        self._days = 0
        bus.listen(cast("Bus", self.bus), self.handlers)

    def serve(self, county: County, tasks: Aggregates[Task] | None = None) -> Outcomes:
        """Make the service of a county over what is stored here."""
        return Outcomes(
            self.activities, self.outcomes, tasks or self.tasks, self.archive, MemoryFigures(self), county, self.now
        )

    def later(self, days: int) -> None:
        """Let days pass."""
        self._days += days

    def now(self) -> datetime:
        """Tell the time."""
        return NOON + timedelta(days=self._days)

    def by(self, *roles: str, who: str = "somebody") -> Origin:
        """Make a new request of somebody."""
        self._requests += 1
        request = origin(f"request-{self._requests}", who, *roles)
        return replace(request, at=self.now())

    async def hear(self, *facts: Event, by: str = "test") -> None:
        """Hear facts, and everything that follows from them."""
        for fact in facts:
            self._requests += 1
            self.bus.say(fact, f"fact-{self._requests}", by)
        await self.bus.settle()

    async def report(self, *tasks: Assignment) -> list[Task]:
        """Agree, and report with tasks; returns these in the order given."""
        await self.hear(AGREED)
        outcome = await self.handlers.report("t1", Kind.CONSENSUS, tasks or (BUMPS, OFFICERS), self.by("office"))
        return [await self.tasks.get(commitment.task_id) for commitment in outcome.commitments]

    async def say(self, task: Task, action: str, until: date | None = None) -> Task:
        """Let a department say something about a task through a route."""
        fact = DeptTask.model_validate({"task_id": task.id, "action": action, "text": "已办", "until": until})
        return await self.handlers.work.act(fact, self.by("department"))

    async def finish(self, *tasks: Task) -> None:
        """Reply to tasks and have them verified, and the outcome hear of it."""
        for task in tasks:
            await self.say(task, "reply")
            await self.handlers.work.verify(task.id, "属实", self.by("office"))
        await self.bus.settle()

    async def outcome(self, topic: str = "t1") -> Outcome:
        """Load a topic's outcome."""
        return await self.outcomes.get(outcome_id(topic))

    async def look(self, days: int) -> OutcomeState:
        """Let days pass, and look at t1's outcome as the sweeper does."""
        self.later(days)
        await self.handlers.feedback.look(outcome_id("t1"))
        return (await self.outcome()).state

    def said(self, kind: type[E]) -> list[E]:
        """List what was said of one kind."""
        return [event for event in [*self.outcomes.said, *self.tasks.said] if isinstance(event, kind)]

    def orders(self) -> list[str]:
        """List what department systems were told, and which."""
        return [f"{order.system} {order.status}" for order in self.said(DeptTaskOrder)]


def answers(*texts: str, person: str = "p1") -> list[ReplyReceived]:
    return [ReplyReceived(person_id=person, text=text, topic_id="t1") for text in texts]


def play(story: Callable[[TownHall], Coroutine[None, None, T]]) -> T:
    return asyncio.run(story(TownHall()))
