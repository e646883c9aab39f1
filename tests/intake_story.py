"""Intake with nothing around it, for the tests of its rules."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from common.county import County
from common.events import (
    DeptIssue,
    DeptIssueAnswer,
    Event,
    TopicClosed,
    TopicDecided,
    TopicEnded,
)
from fakes import COUNTY, NOON, PHONE, MemoryAggregates, origin, sealer
from intake.domain import Issue, Topic
from intake.handlers import Intake

OTHER_PHONE = "19900000002"


class Story:
    """Intake with nothing around it, and what it said."""

    def __init__(self, county: County = COUNTY) -> None:
        self.issues, self.topics = MemoryAggregates(Issue), MemoryAggregates(Topic)
        self.intake = Intake(self.issues, self.topics, county, sealer)

    async def hear(self, *versions: DeptIssue, by: str = "grid") -> Issue:
        for fact in versions[:-1]:
            await self.intake.receive(fact, origin(f"{fact.external_id}.{fact.version}", by))
        last = versions[-1]
        return await self.intake.receive(last, origin(f"{last.external_id}.{last.version}", by))

    async def decide(self, *issues: Issue, id_: str = "d1") -> Topic:
        ids = [issue.id for issue in issues]
        decided = origin(id_, "office")
        topic = await self.intake.decide("供暖", ids, ["居民", "热力公司"], needs_research=True, origin=decided)
        for fact in [fact for fact in self.topics.said if isinstance(fact, TopicDecided)]:
            await self.intake.adopt(fact, origin())
        return topic

    def said(self, kind: type[Event]) -> list[Event]:
        return [event for event in (*self.issues.said, *self.topics.said) if isinstance(event, kind)]

    def answers(self) -> list[str]:
        return [event.status for event in self.issues.said if isinstance(event, DeptIssueAnswer)]


def play(told: Callable[[Story], Coroutine[Any, Any, None]], where: County = COUNTY) -> Story:
    """Tell a story in a county."""
    story = Story(where)
    asyncio.run(told(story))
    return story


def issue(version: int = 1, action: str = "raise", external_id: str = "WG-1", **more: object) -> DeptIssue:
    data = {
        "external_id": external_id,
        "version": version,
        "action": action,
        "title": f"供暖不热（{version}）",
        "description": "三单元只有十三度",
        "division": "620102007004",
        "category": "heating",
        "occurred_at": NOON,
    }
    return DeptIssue.model_validate(data | more)


def person(phone: str) -> dict[str, Any]:
    return {"reporter": {"name": "王玉萍", "phone": phone}}


def conclusion(kind: type[TopicClosed] | type[TopicEnded], topic: Topic) -> TopicClosed | TopicEnded:
    if kind is TopicClosed:
        return TopicClosed(topic_id=topic.id, title="供暖", score=4.5, ratings=2)
    return TopicEnded(topic_id=topic.id, title="供暖", division="620102007004", explanation="意见不一", meetings=3)


__all__ = ["OTHER_PHONE", "PHONE", "Story", "conclusion", "issue", "person", "play"]
