"""What departments hear of their issues, on the real servers."""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import nats
import pytest
from loopback import until
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RetentionPolicy

from common import outbox
from common.bus import Bus, Outgoing, apply
from common.bus.streams import EVENTS
from common.outbox import Outbox
from common.store import Store
from fakes import county, origin, sealer
from intake import bus as intake_bus
from intake.domain import IssueState
from intake.handlers import Intake
from intake.store import MongoIssues, MongoTopics
from intake_story import issue
from yishi.folder import Folder
from yishi.servers import Servers, serving

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("intake")]

CODE = "620102"
SECONDS = county(screening={"seconds": 1})
STORY = ["received", "registered", "handed_over", "screened", "seconded", "decided", "referred", "closed"]
REASONS = {
    "handed_over": "归口 (police)",
    "screened": "事关全小区",
    "referred": "跨社区 (620102007000)",
    "closed": "已办结",
}
Answer = tuple[int, str, str | None]
TWO_DAYS = timedelta(hours=48)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = Folder.open(tmp_path_factory.mktemp("intake") / "data")
    with folder.locked() as lock, asyncio.Runner() as runner:
        both = serving(folder, lock, lambda _: None)
        running = runner.run(both.__aenter__())
        try:
            runner.run(apply(running.nats_url, CODE))
            yield running
        finally:
            runner.run(both.__aexit__(None, None, None))


class Desk:
    """The service intake, with a way out that fails now and then."""

    def __init__(self, servers: Servers) -> None:
        self.away, self.failed = False, 0
        self.bus = Bus(servers.nats_url, CODE, "intake", sealer)
        self.outbox = Outbox(self._publish)
        name = f"intake_{secrets.token_hex(6)}"
        self.store = Store(servers.mongo_url, name, "motor", self.outbox, f"yishi/{CODE}/intake")
        self.issues, self.topics = MongoIssues(self.store), MongoTopics(self.store)
        self.intake = Intake(self.issues, self.topics, SECONDS, sealer)

    async def _publish(self, *facts: Outgoing) -> None:
        if self.away:
            self.failed += 1
            raise ConnectionError
        await self.bus.publish(*facts)


@asynccontextmanager
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    here = Desk(servers)
    intake_bus.listen(here.bus, here.intake)
    await here.bus.connect()
    await here.store.prepare()
    await here.outbox.start()
    await here.bus.start()
    try:
        yield here
    finally:
        await here.bus.deafen()
        await here.outbox.stop()
        await here.bus.stop()
        await here.store.close()


async def life(here: Desk, number: int) -> str:
    """Take an issue through everything that its department is told of, the bus away for half of it."""
    found = await here.intake.receive(issue(external_id=f"L-{number}"), origin(f"raise-{number}", "hotline12345"))
    work = here.intake.screening
    await work.register(found.id, origin(f"r{number}", "clerk"))
    here.away = True
    await work.hand_over(found.id, "police", "归口", origin(f"h{number}", "clerk"))
    await work.screen(found.id, [], [], "事关全小区", origin(f"s{number}", "clerk"))
    here.away = False
    await work.second(found.id, origin(f"m{number}", "member"))
    ids, asked = [found.id], origin(f"d{number}", "office")
    topic = await here.intake.decide("供暖", ids, ["居民"], needs_research=False, origin=asked)

    async def stands(state: IssueState) -> bool:
        return (await here.issues.get(found.id)).state is state

    await until(lambda: stands(IssueState.ADOPTED))
    await here.intake.refer(topic.id, "620102007000", "跨社区", origin(f"u{number}", "office"))

    async def referred() -> bool:
        return len((await here.issues.get(found.id)).taken) > taken

    taken = len(found.taken) + 2
    await until(referred)
    await here.issues.change(found.id, lambda one: one.conclude(topic.id, IssueState.CLOSED, "已办结"))
    return found.id


async def leave(js: JetStreamContext) -> None:
    """Be a department system that goes away: what it is told is kept for it, however much, for two days at least."""
    subject = f"dept.{CODE}.hotline12345.out.>"
    await js.add_consumer(EVENTS, ConsumerConfig(durable_name="hotline12345-desk", filter_subject=subject))
    kept = (await js.stream_info(EVENTS)).config
    assert kept.retention == RetentionPolicy.LIMITS
    assert (kept.max_age or 0) >= TWO_DAYS.total_seconds()
    assert (kept.max_bytes, kept.max_msgs, kept.max_msgs_per_subject) == (-1, -1, -1)


async def catch_up(js: JetStreamContext, count: int) -> dict[str, list[Answer]]:
    """Come back, and read everything; the answers by issue, each with its place in the issue's history."""
    there = await js.pull_subscribe_bind("hotline12345-desk", EVENTS)
    heard: defaultdict[str, list[Answer]] = defaultdict(list)
    while sum(map(len, heard.values())) < count:
        for message in await there.fetch(100, timeout=10):
            data, headers = json.loads(message.data), message.headers or {}
            heard[data["issue_id"]].append((int(headers["ce-sequence"]), data["status"], data["reason"]))
            await message.ack()
    assert (await js.consumer_info(EVENTS, "hotline12345-desk")).num_pending == 0
    return heard


def test_a_department_that_was_away_hears_all_of_it_on_return_in_order_for_each_issue(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SWEEP_EVERY_S", 0.2)
    monkeypatch.setattr(outbox, "SWEEP_OLDER_THAN", timedelta(seconds=0.2))

    async def told() -> None:
        client = await nats.connect(servers.nats_url)
        await leave(client.jetstream())
        async with desk(servers) as here:
            ids = await asyncio.gather(*(life(here, number) for number in range(5)))
            heard = await catch_up(client.jetstream(), len(ids) * len(STORY))
        await client.close()
        assert here.failed
        assert set(heard) == set(ids)
        for answers in heard.values():
            assert [status for _, status, _ in answers] == STORY
            assert answers == sorted(answers, key=lambda answer: answer[0])
            assert {status: reason for _, status, reason in answers if reason} == REASONS

    asyncio.run(told())
