"""Notify's collections, clock and gateway without servers, put together as its main does."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, get_args

from common.aggregate import Origin
from common.county import County, QuietHours
from common.events import IssueReceived
from fakes import NOON, PHONE, MemoryAggregates, county, opener, origin, sealer
from notify.domain import Accepted, Campaign, Finding, Notice, NoticeState, Outcome, Person, Unknown
from notify.handlers import Answers, Campaigns, Contacts, Fact, Message, News, Notify, Sender, Tally, Texts
from notify.handlers.sender import Way
from notify.store import Vault

OTHER = "19900000002"
T = TypeVar("T")

TEMPLATES = {
    "intake.issue.received": {"text": "您反映的“{title}”（{division}）已收到。"},
    "intake.topic.decided": {"text": "议题“{title}”已确定。"},
    "meetings.meeting.convened": {"text": "请于{starts_at}到{venue}参加第{sequence}次协商会。"},
    "outcomes.topic.publicised": {"text": "“{title}”已办结：{result}。请回复1至5评价。"},
    "outcomes.topic.closed": {"text": "“{title}”已结束，满意度{score}。"},
    "relocation": {"text": "新兴镇棚户区改造将于{day}协商，欢迎参加。"},
}
COUNTY = county(templates=TEMPLATES, quiet_hours={"start": "22:00", "end": "08:00"})


class MemoryPeople(MemoryAggregates[Person]):
    """`notify.handlers.People` without a database."""

    async def some(self, ids: Sequence[str]) -> dict[str, Person]:
        return {person.id: person for person in self.all() if person.id in ids}

    async def group(self, name: str) -> list[str]:
        return [person.id for person in self.all() if name in person.groups]


class MemoryNotices(MemoryAggregates[Notice]):
    """`notify.handlers.Notices` without a database."""

    async def queue(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self._documents.setdefault(notice.id, self._adapter.dump_python(notice) | {"revision": 1})

    async def claim(self, gateway: str, now: datetime, limit: int) -> list[Notice]:
        due = [
            notice
            for notice in self.all()
            if notice.state is NoticeState.QUEUED and notice.due_at <= now and gateway not in notice.refused_by
        ]
        return [await self.change(notice.id, lambda n: n.claimed(gateway, "claim", now)) for notice in due[:limit]]

    async def overdue(self, now: datetime, limit: int) -> list[Notice]:
        given = (NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN)
        return [notice for notice in self.all() if notice.state in given and notice.due_at <= now][:limit]

    async def tally(self, *, topic_id: str | None = None, campaign_id: str | None = None) -> list[Tally]:
        found = await self.page(limit=1_000_000, topic_id=topic_id, campaign_id=campaign_id)
        by_state = {state: [n for n in found if n.state is state] for state in NoticeState}
        return [Tally(s, len(some), sum(n.segments for n in some)) for s, some in by_state.items() if some]

    async def last_question(self, person_id: str) -> Notice | None:
        asked = [notice for notice in self.all() if notice.person_id == person_id and notice.asks_rating]
        return max(asked, key=lambda notice: notice.queued_at, default=None)


@dataclass
class FakeGateway:
    """Answers each submission with the next of `answers`, then always accepts; remembers what it was handed."""

    answers: list[Outcome | Exception] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def submit(self, message: Message) -> Outcome:
        self.messages.append(message)
        answer = self.answers.pop(0) if self.answers else Accepted(f"p{len(self.messages)}", 1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def query(self, reference: str) -> Finding:
        self.asked.append(reference)
        return self.findings.pop(0) if self.findings else Unknown("it does not say")

    async def close(self) -> None:
        """Nothing is in hand."""


class World:
    """Notify, whole, in memory. `now` is its clock, `gateways` its ways out."""

    def __init__(self, of: County = COUNTY, gateways: dict[str, FakeGateway] | None = None) -> None:
        self.now = NOON
        self.people = MemoryPeople(Person)
        self.notices = MemoryNotices(Notice)
        self.stored_campaigns = MemoryAggregates(Campaign)
        self.vault = Vault(b"v" * 32)
        self.gateways = gateways or {"file": FakeGateway()}
        self.wake = asyncio.Event()
        self.texts = Texts(of, get_args(Fact))
        self.contacts = Contacts(
            self.people, self.vault, opener, sealer, opener._private_key.public_key().public_bytes_raw()
        )
        self.news = News(self.people, self.notices, self.texts, self.wake)
        self.campaigns = Campaigns(self.stored_campaigns, self.people, self.notices, self.texts, self.wake)
        self.answers = Answers(self.people, self.notices, sealer, list(self.gateways))
        self.notify = Notify(self.contacts, self.news, self.campaigns, self.answers)
        self.sender = self.another_sender(of.quiet_hours)

    def another_sender(self, quiet: QuietHours = COUNTY.quiet_hours) -> Sender:
        """Make a sender, as a second process would have."""
        ways = {name: Way(gateway) for name, gateway in self.gateways.items()}
        follow = self.campaigns.follow
        return Sender(self.people, self.notices, self.vault, ways, quiet, follow, self.wake, lambda: self.now)

    @property
    def gateway(self) -> FakeGateway:
        """The first gateway."""
        return next(iter(self.gateways.values()))

    async def meet(self, phone: str, *groups: str, name: str = "王玉萍") -> str:
        """Bring somebody in; returns the person id."""
        known = sealer.meet(phone, name)
        contact = opener.contact(known.contact)
        await self.contacts._meet(contact, groups, origin(f"met {known.person_id} {groups}"))
        return known.person_id

    async def hear(self, fact: Fact, id_: str = "event-1") -> None:
        """Hear a fact, as from the bus."""
        await self.notify.tell(fact, Origin(id_, "intake", self.now))

    def states(self) -> list[str]:
        """List the states of all notices."""
        return [str(notice.state) for notice in self.notices.all()]


def run(work: Awaitable[T]) -> T:
    """Run to the end."""

    async def main() -> T:
        return await work

    return asyncio.run(main())


def received(*people: str) -> IssueReceived:
    """Make a fact."""
    return IssueReceived(
        issue_id="issue-1",
        title="供暖不热",
        division="620102007004",
        category="heating",
        source="grid",
        people=people,
    )


async def told(world: World) -> str:
    """Let one person be told of one event, up to the gateway; returns the notice's id."""
    await world.hear(received(await world.meet(PHONE)))
    await world.sender.sweep()
    return world.notices.all()[0].id


__all__ = ["COUNTY", "OTHER", "TEMPLATES", "FakeGateway", "World", "received", "run", "told"]
