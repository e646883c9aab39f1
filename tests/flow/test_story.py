"""The README's story: all four services in one process, from a department's event to the closed topic."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from common.bus import Bus
from common.events import DeptIssue, DeptTask, ReplyReceived, TopicClosed, type_registry
from fakes import COUNTY, NOON, MemoryAggregates, MemoryBus, origin, sealer
from intake import bus as intake_bus
from intake.domain import Issue, IssueState, Topic
from intake.handlers import Intake
from meetings import bus as meetings_bus
from meetings.domain import Council, Deliberation, Meeting, Member, Method, Plan, Position, Result, Stance
from meetings.handlers import Meetings
from memory_archive import archive
from memory_figures import Hall, MemoryFigures
from notify import bus as notify_bus
from notify_fakes import World
from outcomes import bus as outcomes_bus
from outcomes.domain.activity import Activity
from outcomes.domain.commitment import Assignment, Kind
from outcomes.domain.outcome import Outcome, outcome_id
from outcomes.domain.task import Task
from outcomes.handlers import Outcomes

WORDS = ("已收到", "已确定", "第1次", "第2次", "请回复1至5", "已结束")
"""One message for each of these events, to the one person concerned."""

PERSON = sealer.person_id("19900000001")


class Town:
    """All four services on one bus in memory."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        tell = self.bus.tell
        self.issues, self.topics = MemoryAggregates(Issue, tell), MemoryAggregates(Topic, tell)
        self.intake = Intake(self.issues, self.topics, COUNTY, sealer)
        self.meetings = Meetings(
            MemoryAggregates(Council, tell),
            MemoryAggregates(Member, tell),
            MemoryAggregates(Deliberation, tell),
            MemoryAggregates(Meeting, tell),
            COUNTY,
            sealer,
        )
        activities, outcomes, tasks = (
            MemoryAggregates(Activity, tell),
            MemoryAggregates(Outcome, tell),
            MemoryAggregates(Task, tell),
        )
        hall = cast("Hall", SimpleNamespace(activities=activities, outcomes=outcomes, tasks=tasks))
        self.outcomes = Outcomes(activities, outcomes, tasks, archive(), MemoryFigures(hall), COUNTY, lambda: NOON)
        self.phones = World()
        bus = cast("Bus", self.bus)
        intake_bus.listen(bus, self.intake)
        meetings_bus.listen(bus, self.meetings)
        outcomes_bus.listen(bus, self.outcomes)
        notify_bus.listen(bus, self.phones.notify)

    async def raise_issue(self) -> Issue:
        fact = DeptIssue.model_validate(
            {
                "external_id": "HL-1",
                "version": 1,
                "title": "供暖不热",
                "description": "三单元只有十三度",
                "division": "620102007004",
                "category": "heating",
                "occurred_at": NOON,
                "reporter": {"name": "王玉萍", "phone": "19900000001"},
            }
        )
        issue = await self.intake.receive(fact, origin("ce-1", "grid"))
        await self.bus.settle()
        return issue

    async def hold(self, topic_id: str, council_id: str, result: Result, number: int) -> None:
        plan = Plan(council_id, "议事室", NOON + timedelta(days=3), ("供暖",), "h", "r")
        meeting = await self.meetings.convene(topic_id, plan, origin(f"convene{number}", "c", "convenor"))
        host, recorder = origin(f"h{number}", "h", "host"), origin(f"r{number}", "r", "recorder")
        await self.meetings.open(meeting.id, host)
        await self.meetings.speak(meeting.id, "居民", "要热起来", recorder)
        stance = Position("居民", Stance.SUPPORT)
        await self.meetings.stand(meeting.id, stance, origin(f"p{number}", "r", "recorder"))
        ended = origin(f"a{number}", "h", "host")
        await self.meetings.adjourn(meeting.id, result, "谈了", "加装壁挂炉", ended)
        await self.bus.settle()


def test_an_issue_becomes_a_topic_an_agreement_a_task_and_is_closed_with_a_rating() -> None:
    async def told() -> None:
        town = Town()
        issue = await town.raise_issue()
        topic = await town.intake.decide(
            "供暖", [issue.id], ["居民"], needs_research=True, origin=origin("d", "office")
        )
        await town.bus.settle()
        council = await town.meetings.found("议事会", "620102007004", "协商议事会", origin("f", "c"))
        await town.meetings.research(topic.id, Method.VISIT, "管网老化", (), origin("v", "m"))
        await town.hold(topic.id, council.id, Result.CONTINUE, 1)
        await town.hold(topic.id, council.id, Result.CONSENSUS, 2)
        tasks = [Assignment("housing", "装壁挂炉", working_days=10)]
        reported = await town.outcomes.report(topic.id, Kind.CONSENSUS, tasks, origin("o", "office", "office"))
        await town.bus.settle()
        task_id = reported.commitments[0].task_id
        said = DeptTask(task_id=task_id, action="reply", text="已通气")
        await town.outcomes.work.receive(said, origin("ce-2", "grid"))
        await town.outcomes.work.verify(task_id, "属实", origin("w", "office", "office"))
        await town.bus.settle()
        town.bus.say(ReplyReceived(person_id=PERSON, text="5", topic_id=topic.id), "reply-1")
        await town.bus.settle()
        await town.outcomes.feedback.close(topic.id, origin("x", "office", "office"))
        await town.bus.settle()
        assert (await town.issues.get(issue.id)).state is IssueState.CLOSED
        outcome = await town.outcomes.outcomes.get(outcome_id(topic.id))
        assert (outcome.score, outcome.meetings) == (5, 2)
        statuses = [told.data["status"] for told in town.bus.told if told.type == "dept.out.issue.v1"]
        assert statuses == ["received", "decided", "closed"]
        await town.phones.sender.sweep()
        texts = [message.text for message in town.phones.gateway.messages]
        assert len(texts) == len(set(texts)) == len(WORDS)
        assert all(any(word in text for text in texts) for word in WORDS)

    asyncio.run(told())


def test_a_result_that_does_not_hold_goes_back_to_a_meeting_with_the_same_topic() -> None:
    async def told() -> None:
        town = Town()
        issue = await town.raise_issue()
        topic = await town.intake.decide(
            "供暖", [issue.id], ["居民"], needs_research=False, origin=origin("d", "office")
        )
        await town.bus.settle()
        council = await town.meetings.found("议事会", "620102007004", "协商议事会", origin("f", "c"))
        for number in (1, 2):
            await town.hold(topic.id, council.id, Result.CONSENSUS, number)
            tasks = [Assignment("housing", f"第{number}次的办法", working_days=10)]
            office = origin(f"o{number}", "office", "office")
            reported = await town.outcomes.report(topic.id, Kind.CONSENSUS, tasks, office)
            task_id = reported.commitments[0].task_id
            said = DeptTask(task_id=task_id, action="reply", text="办好")
            await town.outcomes.work.receive(said, origin(f"ce-{number}", "grid"))
            await town.outcomes.work.verify(task_id, "属实", origin(f"v{number}", "office", "office"))
            await town.bus.settle()
            await town.outcomes.feedback.rate(topic.id, 4, PERSON, origin(f"rate{number}", "office", "office"))
            await town.outcomes.feedback.close(topic.id, origin(f"x{number}", "office", "office"))
            await town.bus.settle()
            if number == 1:
                await town.outcomes.feedback.reopen(topic.id, "费用过高", origin("r", "office", "office"))
                await town.bus.settle()
                assert (await town.issues.get(issue.id)).state is IssueState.ADOPTED
        outcome = await town.outcomes.outcomes.get(outcome_id(topic.id))
        assert (outcome.round, outcome.meetings, outcome.state) == (2, 2, "CLOSED")
        assert (await town.issues.get(issue.id)).state is IssueState.CLOSED
        assert (await town.topics.get(topic.id)).state == "CLOSED"

    asyncio.run(told())


def test_every_fact_after_the_decision_carries_the_topic_and_hearing_all_again_changes_nothing() -> None:
    async def told() -> None:
        town = Town()
        issue = await town.raise_issue()
        topic = await town.intake.decide(
            "供暖", [issue.id], ["居民"], needs_research=False, origin=origin("d", "office")
        )
        await town.bus.settle()
        council = await town.meetings.found("议事会", "620102007004", "协商议事会", origin("f", "c"))
        await town.hold(topic.id, council.id, Result.NO_CONSENSUS, 1)
        first = list(town.bus.told)
        for outgoing in first:
            event = type_registry[outgoing.type]
            if event.phase not in (None, "PROPOSE"):
                assert outgoing.data["topic_id"] == topic.id, outgoing.type
            town.bus.tell(outgoing)
        await town.bus.settle()
        assert town.bus.told[len(first) :] == first
        assert (await town.issues.get(issue.id)).state is IssueState.ENDED

    asyncio.run(told())


@pytest.mark.parametrize("order", ["closed first", "decided first"])
def test_facts_of_one_topic_may_come_in_any_order(order: str) -> None:
    async def told() -> None:
        town = Town()
        issue = await town.raise_issue()
        topic = await town.intake.decide(
            "供暖", [issue.id], ["居民"], needs_research=False, origin=origin("d", "office")
        )
        closed = TopicClosed(topic_id=topic.id, title="供暖", score=5.0, ratings=1)
        if order == "closed first":
            await town.intake.close(closed, origin("c"))
            await town.bus.settle()
        else:
            await town.bus.settle()
            await town.intake.close(closed, origin("c"))
        assert (await town.issues.get(issue.id)).state is IssueState.CLOSED

    asyncio.run(told())
