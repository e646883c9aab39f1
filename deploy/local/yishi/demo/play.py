"""Plays one case through all six steps, as its people and systems would."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from common.people import Contact, seal_contact
from yishi.demo.cases import Case, Issue, Meeting, Task
from yishi.demo.outside import Disappointed, Heard, Json, Outside

HOUSEHOLD_PHONES = 19800000000
"""Where the invented households' numbers begin."""

RESIDENTS = "residents"


@dataclass
class Player:
    """One case being played."""

    case: Case
    world: Outside
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    issue_ids: list[str] = field(default_factory=list)
    topic_id: str = ""

    async def play(self) -> None:
        """Play to the end. Raises Disappointed where something does not go as it must."""
        await self._propose()
        await self._decide()
        await self._research()
        await self._tell_households()
        await self._deliberate()
        if self.case.ends == "CLOSED":
            await self._submit()
            await self._follow()
        await self._await_end()

    @property
    def trace(self) -> str:
        """A traceparent: everything done for this case is one trace."""
        return f"00-{self.trace_id}-{secrets.token_hex(8)}-01"

    async def _ask(self, who: str, what: str, path: str, body: object = None) -> Json:
        return await self.world.ask(who, what, path, body, self.trace)

    async def _hear(self, type_: str, **wanted: object) -> Heard:
        def matches(event: Heard) -> bool:
            return event.type == type_ and all(event.data.get(name) == value for name, value in wanted.items())

        return await self.world.hear(f"{self.case.id}: {type_} {wanted}", matches)

    # ------------------------------------------------------------------------------------------ 1 征集, 2 定题

    async def _propose(self) -> None:
        for number, issue in enumerate(self.case.issues):
            raised = await self._raise(issue, number)
            if issue.merge:
                body = {"into": self.issue_ids[0], "reason": issue.merge}
                await self._ask("clerk", "POST intake", f"/issues/{raised}/merge", body)
                await self._hear("yishi.intake.issue.merged.v1", issue_id=raised)
            else:
                self.issue_ids.append(raised)

    async def _raise(self, issue: Issue, number: int) -> str:
        said: Json = {
            "title": issue.title,
            "description": issue.description,
            "division": self.case.division,
            "category": self.case.category,
            "occurred_at": datetime.now(UTC).isoformat(),
            "reporter": issue.reporter.model_dump(),
        }
        if issue.source == RESIDENTS:
            return str((await self._ask("resident", "POST intake", "/issues", said))["id"])
        identity = {"external_id": f"{self.case.id}-{number}", "version": 1, "action": "raise"}
        id_ = await self.world.publish(issue.source, "issue", identity | said, self.trace)
        answer = await self._hear("dept.out.issue.v1", in_reply_to=id_)
        if answer.data["status"] != "received":
            message = f"{issue.source} was answered {answer.data}"
            raise Disappointed(message)
        return str(answer.data["issue_id"])

    async def _decide(self) -> None:
        body = {
            "title": self.case.title,
            "issue_ids": self.issue_ids,
            "parties": self.case.parties,
            "needs_research": bool(self.case.research),
        }
        self.topic_id = str((await self._ask("office", "POST intake", "/topics", body))["id"])

    # ------------------------------------------------------------------------------------------ 3 调研, 4 协商

    async def _research(self) -> None:
        await self._known_to("meetings", f"/topics/{self.topic_id}")
        for research in self.case.research:
            body = research.model_dump(by_alias=True)
            await self._ask("member", "POST meetings", f"/topics/{self.topic_id}/research", body)

    async def _tell_households(self) -> None:
        told = self.case.households
        if told is None:
            return
        answer = await self._ask("office", "GET notify", "/people/key")
        key = X25519PublicKey.from_public_bytes(base64.b64decode(str(answer["public_key"])))
        contacts = [Contact(str(HOUSEHOLD_PHONES + n), f"住户{n + 1}") for n in range(told.count)]
        people = [{"contact": seal_contact(contact, key), "groups": [told.group]} for contact in contacts]
        await self._ask("office", "POST notify", "/people", {"people": people})
        campaign = {
            "topic_id": self.topic_id,
            "group": told.group,
            "template": "household.told",
            "values": {"title": self.case.title, "text": told.text},
        }
        campaign_id = (await self._ask("office", "POST notify", "/campaigns", campaign))["id"]
        finished = await self._hear("yishi.notify.campaign.finished.v1", campaign_id=campaign_id)
        if finished.data["delivered"] != told.count:
            message = f"{finished.data} but {told.count} households were to be told"
            raise Disappointed(message)

    async def _deliberate(self) -> None:
        council = {**self.case.council.model_dump(), "division": self.case.division}
        council_id = str((await self._ask("convenor", "POST meetings", "/councils", council))["id"])
        for meeting in self.case.rounds:
            await self._meet(council_id, meeting)

    async def _meet(self, council_id: str, meeting: Meeting) -> None:
        plan = {
            "council_id": council_id,
            "venue": meeting.venue,
            "starts_at": (datetime.now(UTC) + timedelta(days=3)).isoformat(),
            "agenda": [self.case.title],
            "host": "host-1",
            "recorder": "recorder-1",
        }
        convened = await self._ask("convenor", "POST meetings", f"/topics/{self.topic_id}/meetings", plan)
        path = f"/meetings/{convened['id']}"
        host, recorder = "host/host-1", "recorder/recorder-1"
        await self._ask(host, "POST meetings", f"{path}/open")
        for attendance in meeting.attend:
            await self._ask(recorder, "POST meetings", f"{path}/check-in", attendance.model_dump(exclude_none=True))
        for statement in meeting.statements:
            await self._ask(recorder, "POST meetings", f"{path}/speak", statement.model_dump())
        for position in meeting.positions:
            await self._ask(recorder, "POST meetings", f"{path}/position", position.model_dump(exclude_none=True))
        for considered in meeting.considered:
            await self._ask(recorder, "POST meetings", f"{path}/consider", considered.model_dump())
        for mood in meeting.moods:
            await self._ask(recorder, "POST meetings", f"{path}/mood", mood.model_dump())
        result = meeting.model_dump(include={"result", "summary", "conclusion"}, exclude_none=True)
        await self._ask(host, "POST meetings", f"{path}/adjourn", result)
        await self._ask(recorder, "POST meetings", f"{path}/minutes", {"text": meeting.summary})
        for who in (host, recorder):
            await self._ask(who, "POST meetings", f"{path}/sign")
        await self._ask("convenor", "POST meetings", f"{path}/publish")

    # ------------------------------------------------------------------------------------------ 5 成果, 6 跟踪

    async def _submit(self) -> None:
        await self._hear("yishi.meetings.topic.agreed.v1", topic_id=self.topic_id)
        tasks = [task.model_dump(include={"department", "title", "working_days"}) for task in self.case.tasks]
        body = {"topic_id": self.topic_id, "kind": "consensus", "tasks": tasks}
        await self._known_to("outcomes", f"/outcomes?topic_id={self.topic_id}")
        await self._ask("office", "POST outcomes", "/outcomes", body)
        for task in self.case.tasks:
            await self._do(task)

    async def _do(self, task: Task) -> None:
        """Have the department do it: over the bus where it has a system, over HTTP where it has none."""
        heard = await self._hear("yishi.outcomes.task.assigned.v1", topic_id=self.topic_id, title=task.title)
        task_id = str(heard.data["task_id"])
        department = self.world.county.department(task.department)
        for action, text in (("accept", "已接收，按期办理"), ("reply", task.reply)):
            if department and department.system:
                said: Json = {"task_id": task_id, "action": action, "text": text}
                id_ = await self.world.publish(department.system, "task", said, self.trace)
                if action == "accept":
                    await self._hear("dept.out.task.v1", task_id=task_id, status="accepted", in_reply_to=id_)
            else:
                await self._ask(
                    f"department/{task.department}", "POST outcomes", f"/tasks/{task_id}/{action}", {"text": text}
                )
        await self._hear("yishi.outcomes.task.replied.v1", task_id=task_id)
        await self._ask("office", "POST outcomes", f"/tasks/{task_id}/verify", {"text": "已现场核实"})

    async def _follow(self) -> None:
        await self._hear("yishi.outcomes.topic.publicised.v1", topic_id=self.topic_id)
        raters = list(zip(self.case.issues, self.case.ratings, strict=False))
        await self._asked_to_rate()
        replies = [{"phone": issue.reporter.phone, "text": text} for issue, text in raters]
        await self._ask("provider", "POST notify", "/gateways/file/replies", {"replies": replies})
        for issue, text in raters:
            person = self.world.person_id(issue.reporter.phone)
            await self._hear("yishi.outcomes.topic.rated.v1", topic_id=self.topic_id, person_id=person, score=int(text))
        await self._ask("office", "POST outcomes", f"/topics/{self.topic_id}/close")

    async def _await_end(self) -> None:
        closed = self.case.ends == "CLOSED"
        type_ = "yishi.outcomes.topic.closed.v1" if closed else "yishi.meetings.topic.ended.v1"
        await self._hear(type_, topic_id=self.topic_id)
        for id_, issue in zip(self.issue_ids, self.case.issues, strict=False):
            if issue.source != RESIDENTS:
                await self._hear("dept.out.issue.v1", issue_id=id_, status="closed" if closed else "ended")

    async def _asked_to_rate(self) -> None:
        """Wait until those who reported have been asked by SMS: nobody answers a message that has not come."""
        asked = f"/notices?topic_id={self.topic_id}&limit=1000"

        async def delivered() -> bool:
            found = (await self._ask("office", "GET notify", asked))["items"]
            states = [n["state"] for n in _each(found) if n["template"] == "outcomes.topic.publicised"]
            return len(states) >= len(self.case.issues) and set(states) == {"DELIVERED"}

        await self.world.until(f"{self.case.id}: everyone asked to rate", delivered)

    async def _known_to(self, service: str, path: str) -> None:
        """Wait until a service has heard of the topic."""

        async def known() -> bool:
            try:
                found = await self._ask("office", f"GET {service}", path)
            except Disappointed:
                return False
            return bool(found.get("items", True))

        await self.world.until(f"{self.case.id}: {service} knows of {path}", known)


def _each(items: object) -> list[Json]:
    return items if isinstance(items, list) else []
