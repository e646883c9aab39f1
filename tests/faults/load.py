"""The load: department systems that raise, supplement and withdraw, residents, and topics from decision to end.

What must be there at last follows from what was said alone: of each issue the highest version wins, in whatever order
and however often the versions came; of each story every statement, reply and rating stands once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from common.aggregate import derived_id
from faults.desk import Desk, Refused
from faults.tally import Json, Raised, Said, Story

SYSTEMS = ("hotline12345", "grid", "petition")
DIVISION, CATEGORY = "620102007004", "供暖"
PARTIES = ("居民", "供热公司")
ISSUES_AT_ONCE = 4
POLL_S = 0.3
PHONES = 19900000000


@dataclass
class Load:
    """Everything that is said from outside until `ended` is set; what was begun is brought to its end."""

    desk: Desk
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    pace_s: float = 1.5
    _phones: "count[int]" = field(default_factory=lambda: count(PHONES))

    async def run(self, storytellers: int) -> None:
        """Speak until ended; what cannot be brought to its end raises."""
        async with asyncio.TaskGroup() as group:
            for system in SYSTEMS:
                group.create_task(self._department(system))
            group.create_task(self._residents())
            for number in range(storytellers):
                group.create_task(self._topics(number))

    async def _department(self, system: str) -> None:
        for batch in count():
            if self.ended.is_set():
                return
            events: list[Said] = []
            for number in range(ISSUES_AT_ONCE):
                events += self._versions(system, f"{batch}-{number}")
            await self.desk.tell(*events)
            await asyncio.sleep(self.pace_s * self.desk.chance.uniform(0.5, 1.5))

    def _versions(self, system: str, external_id: str) -> list[Said]:
        """Word one to three versions of an issue; the last may take it back."""
        chance, phone = self.desk.chance, str(next(self._phones))
        last = chance.randint(1, 3)
        events = []
        for version in range(1, last + 1):
            action = "raise" if version == 1 else "supplement"
            if version == last > 1 and chance.random() < 0.25:
                action = "withdraw"
            title = f"{system} {external_id} 第{version}版"
            data = issue(title, phone) | {"external_id": external_id, "version": version, "action": action}
            events.append(Said(f"{system}-{external_id}-{version}", system, "issue", data))
        return events

    async def _residents(self) -> None:
        for number in count():
            if self.ended.is_set():
                return
            title, phone = f"居民反映 {number}", str(next(self._phones))
            found = await self.desk.write("resident", "intake", "/issues", issue(title, phone))
            self.desk.tally.raised.append(Raised(str(found["id"]), title, phone))
            await asyncio.sleep(self.pace_s * self.desk.chance.uniform(0.1, 0.4))

    async def _topics(self, teller: int) -> None:
        for number in count():
            if number and self.ended.is_set():
                return
            story = Story(f"议题 {teller}-{number}", parties=PARTIES)
            self.desk.tally.stories.append(story)
            with suppress(Refused):  # it is on the list of what was refused, and the story among those not closed
                await self._story(story)

    async def _story(self, story: Story) -> None:
        await self._propose(story)
        await self._decide(story)
        await self._deliberate(story)
        await self._submit(story)
        await self._follow(story)

    async def _propose(self, story: Story) -> None:
        phones = str(next(self._phones)), str(next(self._phones))
        story.phones = phones
        said = issue(f"{story.name} 网格", phones[0]) | {"external_id": story.name, "version": 1, "action": "raise"}
        await self.desk.tell(Said(f"{story.name.replace(' ', '-')}-issue", "grid", "issue", said))
        first = derived_id("issue", self.desk.here.county.code, "grid", story.name)
        await self._until(lambda: self.desk.read("office", "intake", f"/issues/{first}"))
        raised = await self.desk.write("resident", "intake", "/issues", issue(f"{story.name} 居民", phones[1]))
        story.issue_ids = [first, str(raised["id"])]

    async def _decide(self, story: Story) -> None:
        body = {"title": story.name, "issue_ids": story.issue_ids, "parties": story.parties}
        topic = await self.desk.write("office", "intake", "/topics", body)
        story.topic_id = str(topic["id"])
        path = f"/topics/{story.topic_id}"
        await self._until(lambda: self.desk.read("office", "meetings", path))
        await self.desk.write("member", "meetings", f"{path}/research", {"method": "visit", "finding": "管道老化"})

    async def _deliberate(self, story: Story) -> None:
        council = {"name": f"{story.name}议事会", "division": DIVISION, "kind": "协商议事会"}
        plan = {
            "council_id": (await self.desk.write("convenor", "meetings", "/councils", council))["id"],
            "venue": "社区活动室",
            "starts_at": "2027-01-05T09:00:00+08:00",
            "agenda": [story.name],
            "host": "host-1",
            "recorder": "recorder-1",
        }
        called = await self.desk.write("convenor", "meetings", f"/topics/{story.topic_id}/meetings", plan)
        story.meeting_ids.append(str(called["id"]))
        steps: list[tuple[str, str, Json | None]] = [("host/host-1", "open", None)]
        for party in story.parties:
            steps.append(("recorder/recorder-1", "check-in", {"party": party, "heads": 3}))
            steps.append(("recorder/recorder-1", "speak", {"party": party, "text": f"{party}的意见"}))
            steps.append(("recorder/recorder-1", "position", {"party": party, "stance": "support"}))
        end: Json = {"result": "CONSENSUS", "summary": "同意改造", "conclusion": "冬季前改造管道"}
        steps += [("host/host-1", "adjourn", end), ("recorder/recorder-1", "minutes", {"text": "会议纪要"})]
        steps += [("host/host-1", "sign", None), ("recorder/recorder-1", "sign", None), ("convenor", "publish", None)]
        for who, verb, body in steps:
            await self.desk.write(who, "meetings", f"/meetings/{called['id']}/{verb}", body)

    async def _submit(self, story: Story) -> None:
        asked = f"/outcomes?topic_id={story.topic_id}"
        await self._until(lambda: self._some("outcomes", asked))
        given = ("water", "更换管道"), ("transport", "恢复路面")
        tasks = [{"department": name, "title": title, "working_days": 5} for name, title in given]
        body = {"topic_id": story.topic_id, "kind": "consensus", "tasks": tasks}
        reported = await self.desk.write("office", "outcomes", "/outcomes", body)
        commitments = reported["commitments"]
        story.task_ids = [str(task["task_id"]) for task in commitments] if isinstance(commitments, list) else []
        over_bus, over_http = story.task_ids
        await asyncio.gather(self._by_bus(story, over_bus), self._by_http(over_http))

    async def _by_bus(self, story: Story, task_id: str) -> None:
        for action, state in (("accept", "ACCEPTED"), ("reply", "REPLIED")):
            data = {"task_id": task_id, "action": action, "text": f"{action} {story.name}"}
            said = Said(f"{story.name.replace(' ', '-')}-{action}", "water", "task", data)
            await self.desk.tell(said)
            story.replied.append(said)
            await self._state(f"/tasks/{task_id}", state)
        await self.desk.write("office", "outcomes", f"/tasks/{task_id}/verify", {"text": "已核实"})

    async def _by_http(self, task_id: str) -> None:
        await self._until(lambda: self.desk.read("office", "outcomes", f"/tasks/{task_id}"))
        for who, verb in (("department/transport", "accept"), ("department/transport", "reply"), ("office", "verify")):
            await self.desk.write(who, "outcomes", f"/tasks/{task_id}/{verb}", {"text": "按期办理"})

    async def _follow(self, story: Story) -> None:
        path = f"/outcomes/{derived_id('outcome', story.topic_id)}"
        await self._state(path, "PUBLICISED")
        found = await self.desk.read("office", "outcomes", path)
        people = found["people"] if found else None
        rater = people[0] if isinstance(people, list) else "nobody"  # who was not asked may not rate
        await self.desk.write(f"resident/{rater}", "outcomes", f"/topics/{story.topic_id}/rate", {"score": 5})
        await self.desk.write("office", "outcomes", f"/topics/{story.topic_id}/close")
        story.closed = True

    async def _state(self, path: str, wanted: str) -> None:
        async def there() -> bool:
            found = await self.desk.read("office", "outcomes", path)
            return found is not None and found["state"] == wanted

        await self._until(there)

    async def _some(self, service: str, path: str) -> bool:
        found = await self.desk.read("office", service, path)
        return bool(found and found["items"])

    @staticmethod
    async def _until(there: Callable[[], Awaitable[object]]) -> None:
        while not await there():  # noqa: ASYNC110  what is waited for happens in other processes
            await asyncio.sleep(POLL_S)


def issue(title: str, phone: str) -> Json:
    return {
        "title": title,
        "description": f"{title}: 三单元只有十三度",
        "division": DIVISION,
        "category": CATEGORY,
        "occurred_at": "2026-11-20T08:00:00+08:00",
        "reporter": {"name": "王玉萍", "phone": phone},
    }
