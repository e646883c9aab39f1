"""Bus on FastStream: a subject reaches its method, and what was decided about the message reaches the server."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, TestNatsBroker
from faststream.nats.testing import PatchedMessage

from common.aggregate import Origin
from common.bus import Bus, Outgoing
from common.bus.publish import Publisher
from common.bus.streams import DEAD, DEPT_IN, EVENTS, consumers
from common.errors import NotFound
from common.events import DeptIssue, Event, IssueReceived, TopicClosed, TopicDecided
from fakes import COUNTY, NOON, MemoryAggregates, sealer
from intake import bus as intake_bus
from intake.domain import Issue, Topic
from intake.handlers import Intake

ISSUE = {
    "external_id": "WG-1",
    "version": 1,
    "title": "供暖不热",
    "description": "只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
}
IN = DeptIssue.subject("620102", "grid")


async def ticks() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Mouth:
    """Publishes to FastStream's fake producer in place of a stream."""

    def __init__(self, broker: NatsBroker) -> None:
        self.broker = broker
        self.sent: list[tuple[str, str]] = []
        self.holds = False
        self.held: list[asyncio.Future[None]] = []

    async def send(self, subject: str, body: bytes, headers: dict[str, str], stream: str) -> asyncio.Future[None]:
        self.sent.append((subject, stream))
        await self.broker.publish(body, subject, headers=headers, stream=stream)
        stored = asyncio.get_running_loop().create_future()
        if self.holds:
            self.held.append(stored)
        else:
            stored.set_result(None)
        return stored


class Server:
    """A bus on FastStream's fake producer, with an ear on what goes out, and a note of every acknowledgement."""

    def __init__(self) -> None:
        self.bus = Bus("nats://127.0.0.1:1", "620102", "intake", sealer)
        self.mouth = Mouth(self.bus.broker)
        self.bus._publisher = cast("Publisher", self.mouth)
        self.done: list[str] = []
        self.dead: list[dict[str, object]] = []
        self.out: list[dict[str, object]] = []
        self._collect("dead.620102.*", DEAD, self.dead)
        self._collect("dept.620102.*.out.*.*", EVENTS, self.out)

    def _collect(self, subject: str, stream: str, into: list[dict[str, object]]) -> None:
        async def collect(body: dict[str, object]) -> None:
            into.append(body)

        self.bus.broker.subscriber(subject, stream=JStream(stream, declare=False))(collect)

    async def deliver(
        self, subject: str, body: bytes, headers: dict[str, str], stream: str, sequence: int = 17
    ) -> None:
        """Deliver as the server does: the acknowledgement's subject says where the message is stored."""
        reply = f"$JS.ACK.{stream}.consumer.1.{sequence}.1.1780000000000000000.0"
        await self.bus.broker.publish(body, subject, headers=headers, stream=stream, reply_to=reply)
        while self.bus._in_hand:
            await asyncio.wait(self.bus._in_hand)

    async def deliver_issue(self, data: object = None, subject: str = IN) -> None:
        headers = {"ce-id": "id-1", "ce-type": DeptIssue.type, "ce-source": "grid", "ce-specversion": "1.0"}
        await self.deliver(subject, json.dumps(ISSUE if data is None else data).encode(), headers, DEPT_IN)

    def play(self, story: Callable[[], Awaitable[None]]) -> None:
        async def told() -> None:
            async with TestNatsBroker(self.bus.broker):
                await story()

        asyncio.run(told())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """Make a server that notes what FastStream's fake messages, which do nothing, are asked to do."""
    server = Server()

    def note(verb: str) -> Callable[..., Awaitable[None]]:
        async def noted(message: PatchedMessage, *arguments: float) -> None:
            if message.reply:  # what goes out has none
                server.done.append(" ".join([verb, *map(str, arguments)]))

        return noted

    for verb in ("ack", "nak", "term"):
        monkeypatch.setattr(PatchedMessage, verb, note(verb))
    return server


def test_a_subject_reaches_its_method_with_the_systems_name(server: Server) -> None:
    heard: list[tuple[DeptIssue, Origin]] = []

    async def method(fact: DeptIssue, origin: Origin) -> None:
        assert server.done == []
        heard.append((fact, origin))

    server.bus.listen(DeptIssue, method)
    server.play(server.deliver_issue)
    ((fact, origin),) = heard
    assert (fact.title, origin.by, origin.id) == ("供暖不热", "grid", "id-1")
    assert server.done == ["ack"]


def test_a_fact_said_by_one_bus_is_heard_by_another(server: Server) -> None:
    heard: list[tuple[Event, Origin]] = []

    async def method(fact: TopicClosed, origin: Origin) -> None:
        heard.append((fact, origin))

    fact = TopicClosed(topic_id="topic-1", title="供暖", score=4.5, ratings=2)
    said = Outgoing("topic-1.3.0", fact.type, "yishi/620102/outcomes", "topic-1", NOON, fact.model_dump(mode="json"))
    server.bus.listen(TopicClosed, method)

    async def story() -> None:
        await server.deliver(TopicClosed.subject("620102"), said.body(), said.headers(), EVENTS)

    server.play(story)
    assert [(fact, origin.id, origin.by) for fact, origin in heard] == [(fact, said.id, said.source)]


def test_every_subject_reaches_its_own_method_alone(server: Server) -> None:
    heard: list[str] = []

    async def first(_: TopicDecided, __: Origin) -> None:
        heard.append("decided")

    async def second(_: TopicClosed, __: Origin) -> None:
        heard.append("closed")

    server.bus.listen(TopicDecided, first)
    server.bus.listen(TopicClosed, second)
    fact = TopicClosed(topic_id="topic-1", title="供暖", score=None, ratings=0)
    said = Outgoing("x", fact.type, "s", "topic-1", NOON, fact.model_dump(mode="json"))

    async def story() -> None:
        await server.deliver(TopicClosed.subject("620102"), said.body(), said.headers(), EVENTS)
        await server.deliver(TopicClosed.subject("620103"), said.body(), said.headers(), EVENTS)

    server.play(story)
    assert heard == ["closed"]


def test_a_fact_at_fault_is_answered_laid_among_the_dead_and_terminated(server: Server) -> None:
    intake = Intake(MemoryAggregates(Issue), MemoryAggregates(Topic), COUNTY, sealer)
    intake_bus.listen(server.bus, intake)
    server.play(lambda: server.deliver_issue({**ISSUE, "title": "", "division": "620102999999"}))
    assert server.done == ["term"]
    (answer,), (letter,) = server.out, server.dead
    assert {fault["path"] for fault in answer["faults"]} == {"title", "division"}  # type: ignore[attr-defined]
    assert (answer["status"], answer["system"]) == ("refused", "grid")
    assert (letter["subject"], letter["place"], letter["service"]) == (IN, "DEPT_IN.17", "intake")


def test_a_version_nobody_knows_reaches_the_same_ear(server: Server) -> None:
    intake = Intake(MemoryAggregates(Issue), MemoryAggregates(Topic), COUNTY, sealer)
    intake_bus.listen(server.bus, intake)
    server.play(lambda: server.deliver_issue(subject=IN.replace(".v1", ".v2")))
    assert server.done == ["term"]
    assert "v2" in json.dumps(server.out)


def test_what_is_not_yet_known_comes_back_later(server: Server) -> None:
    async def method(_: DeptIssue, __: Origin) -> None:
        raise NotFound("topic", "t")

    server.bus.listen(DeptIssue, method)

    async def story() -> None:
        await server.deliver_issue()
        await server.deliver_issue()

    server.play(story)
    assert server.done == ["nak 0.1", "nak 0.3"]
    assert server.dead == []


def test_a_fact_goes_to_the_subject_of_its_county_and_system(server: Server) -> None:
    said = [
        Outgoing("a", IssueReceived.type, "s", "a", NOON, {}),
        Outgoing("b", "dept.out.issue.v1", "s", "b", NOON, {"system": "grid"}),
    ]

    server.play(lambda: server.bus.publish(*said))
    assert server.mouth.sent == [
        ("yishi.620102.intake.issue.received.v1", EVENTS),
        ("dept.620102.grid.out.issue.v1", EVENTS),
    ]


def test_facts_of_one_subject_leave_one_after_another_and_others_together(server: Server) -> None:
    answers = [Outgoing(id_, "dept.out.issue.v1", "s", "b", NOON, {"system": "grid"}) for id_ in "bc"]
    received = Outgoing("a", IssueReceived.type, "s", "a", NOON, {})

    async def story() -> None:
        server.mouth.holds = True
        saying = asyncio.create_task(server.bus.publish(received, *answers))
        await ticks()
        assert len(server.mouth.sent) == 2
        server.mouth.held[0].set_result(None)
        server.mouth.held[1].set_exception(TimeoutError())
        with pytest.raises(TimeoutError):
            await saying
        assert len(server.mouth.sent) == 2

    server.play(story)


def test_every_ear_is_a_durable_consumer_of_the_table(server: Server) -> None:
    intake_bus.listen(server.bus, Intake(MemoryAggregates(Issue), MemoryAggregates(Topic), COUNTY, sealer))
    assert {(ear.service, ear.stream) for ear in server.bus.heard} == {("intake", DEPT_IN), ("intake", EVENTS)}
    table = {consumer.name for consumer in consumers("620102") if consumer.service == "intake"}
    assert {ear.name for ear in server.bus.heard} == table
    ears = [ear for ear in server.bus.broker.subscribers if getattr(ear, "queue", "")]
    # the fake messages would not show an acknowledgement by FastStream or by nats-py
    assert [ear.ack_policy for ear in ears] == [AckPolicy.MANUAL] * len(table)
    assert [vars(ear)["extra_options"]["manual_ack"] for ear in ears] == [True] * len(table)
