"""Notify's clock and gateway without servers, put together as its main does."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from common.aggregate import Origin
from common.county import County, QuietHours
from common.events import IssueReceived
from fakes import NOON, PHONE, MemoryAggregates, county, opener, origin, sealer
from notify.domain import Accepted, Campaign, Finding, Notice, Outcome, Person, Unknown
from notify.handlers import (
    Account,
    Addresses,
    Answers,
    Campaigns,
    Capabilities,
    Contacts,
    Fact,
    Matching,
    Message,
    News,
    Notify,
    Question,
    Sender,
    Texts,
    Way,
)
from notify.store import Vault
from notify_memory import MemoryLeases, MemoryNotices, MemoryPeople, MemoryReceipts

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


CAN = Capabilities(receipts=True, replies=True, query=True, exclusive=False)


@dataclass
class FakeGateway:
    """Answers each submission with the next of `answers`, then always accepts; remembers what it was handed."""

    answers: list[Outcome | Exception] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    opened: list[bool] = field(default_factory=list)
    capabilities: Capabilities = CAN

    async def open(self) -> None:
        self.opened.append(True)

    async def submit(self, message: Message) -> Outcome:
        self.messages.append(message)
        answer = self.answers.pop(0) if self.answers else Accepted(f"p{len(self.messages)}", 1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def query(self, question: Question) -> Finding:
        self.asked.append(question.reference)
        return self.findings.pop(0) if self.findings else Unknown("it does not say")

    async def close(self) -> None:
        self.opened.append(False)


def saw(_: str, __: Outcome) -> None:
    """Take no note."""


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
        self.receipts, self.leases = MemoryReceipts(), MemoryLeases()
        self.matching = Matching(self.notices, self.receipts, lambda: self.now)
        self.answers = Answers(self.people, self.notices, self.matching, sealer, self.vault)
        self.answers.gateways = {name: Way(gateway) for name, gateway in self.gateways.items()}
        self.notify = Notify(self.contacts, self.news, self.campaigns, self.answers)
        self.sender = self.another_sender(of.quiet_hours)

    def another_sender(self, quiet: QuietHours = COUNTY.quiet_hours) -> Sender:
        """Make a sender, as a second process would have."""
        accounts = [Account(name, way, self.leases, saw) for name, way in self.answers.gateways.items()]
        addresses, follow = Addresses(self.people, self.vault), self.campaigns.follow
        return Sender(addresses, self.notices, self.matching, accounts, quiet, follow, self.wake, lambda: self.now)

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
