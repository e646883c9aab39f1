"""Plays the county: takes what the connector says as intake would, and answers by turns well, twice, badly, late."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from common.aggregate import utc_now
from common.bus import Outgoing, apply
from common.bus.streams import EVENTS, Consumer, consumers
from common.county import County
from common.errors import Misconfigured
from common.events import DeptIssue, DeptIssueAnswer, DeptTask
from yishi.kit.log import Heard, Log, Told

OURS = ("dept.>", "yishi.>", "timer.>", "dead.>", "suspect.>")
LOOK_EVERY_S = 0.2
_OK = {"raise": "received", "supplement": "supplemented", "withdraw": "withdrawn"}

Tell = Callable[[str], None]


@dataclass
class Play:
    """One run. The first five issues are treated differently, in this order; whatever follows is taken in."""

    client: Client
    log: Log
    monitor: str | None
    quiet_s: float
    tell: Tell
    began: float = field(default_factory=monotonic)
    seen: list[object] = field(default_factory=list)
    last_at: float = 0
    mine: set[str] = field(default_factory=set)
    late: list[Heard] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self.began

    @property
    def done(self) -> bool:
        """Whether all treatments were given, and nothing has come for a while."""
        enough = len(self.seen) >= len(TREATMENTS) and not self.late
        return enough and self.now - self.last_at > self.quiet_s

    async def hear(self, message: Msg) -> None:
        """Note a message of the connector, and treat it."""
        headers = dict(message.headers or {})
        if headers.get("Nats-Msg-Id") in self.mine:
            return
        heard = Heard(self.now, message.subject, headers, message.data)
        self.log.heard.append(heard)
        if not heard.subject.startswith(f"{self.log.own}.in."):
            return
        self.last_at = heard.at
        external_id = heard.matter[0]
        if external_id not in self.seen:
            self.seen.append(external_id)
            self.tell(f"{external_id}: {_words(self.seen.index(external_id))}")
        number = self.seen.index(external_id)
        treatment = TREATMENTS[number] if number < len(TREATMENTS) else _take
        await treatment(self, heard)

    async def answer(self, heard: Heard, status: str, *, strange: bool = False, **more: object) -> None:
        """Answer one event as intake does."""
        external_id, version = heard.matter
        self.log.told.append(Told(self.now, status, heard.matter, strange))
        data = {"system": self.log.system, "status": status, "external_id": external_id, "version": version}
        await self.say({**data, "in_reply_to": heard.event.id, "issue_id": f"issue-{external_id}", **more})

    async def say(self, data: Mapping[str, object] | bytes) -> None:
        """Publish on the subject of answers."""
        id_ = f"kit-{uuid4()}"
        self.mine.add(id_)
        event = Outgoing(id_, DeptIssueAnswer.type, "yishi/kit", "kit", utc_now(), {})
        body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
        await self.client.jetstream().publish(f"{self.log.own}.out.issue.v1", body, headers=event.headers())

    async def look(self) -> None:
        """Ask the server what the connector reads, and give the late answers."""
        for heard in [heard for heard in self.late if self.now - heard.at > self.quiet_s]:
            self.late.remove(heard)
            await _take(self, heard)
        if self.monitor:
            before, now = await _subscriptions(self.monitor, self.client)
            self.log.reads_now = now | await _filters(self.client)
            self.log.reads = (self.log.reads or set()) | self.log.reads_now | before


async def _take(play: Play, heard: Heard) -> None:
    data = heard.event.data if isinstance(heard.event.data, dict) else {}
    await play.answer(heard, _OK.get(str(data.get("action", "raise")), "received"))


async def _take_twice(play: Play, heard: Heard) -> None:
    await _take(play, heard)
    await _take(play, heard)


async def _refuse(play: Play, heard: Heard) -> None:
    faults = [{"path": "division", "problem": "is not a division of this county"}, {"path": "title", "problem": "is"}]
    await play.answer(heard, "refused", reason="2 fault(s)", faults=faults)


async def _answer_strangely(play: Play, heard: Heard) -> None:
    later: dict[str, Any] = {"colour": "red", "nested": {"from": ["the", "future"]}}
    await play.answer(heard, "promoted", strange=True, **later)
    await play.say({"system": play.log.system, "status": "received", "external_id": "never-said", "version": 1})
    await play.say(b"{this is not JSON")
    await play.answer(heard, "received", **later)


async def _be_silent(play: Play, heard: Heard) -> None:
    if not any(told.matter == heard.matter for told in play.log.told) and not any(
        other.matter == heard.matter for other in play.late
    ):
        play.late.append(heard)


TREATMENTS = (_take, _take_twice, _refuse, _answer_strangely, _be_silent)


def _words(number: int) -> str:
    names = ("taken in", "answered twice", "refused", "answered strangely", "answered late")
    return names[number] if number < len(names) else names[0]


async def _subscriptions(monitor: str, own: Client) -> tuple[set[str], set[str]]:
    """Ask what others subscribed to: by connections that were opened and closed during the check, and by open ones."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        try:
            found: dict[str, Any] = (await http.get(f"{monitor}/connz?subs=1&state=all")).json()
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise Misconfigured(f"{monitor} does not answer as a NATS server's monitoring: {error}") from error
    gone, there = set(), set()
    for one in found["connections"]:
        if one.get("stop") is None and one["cid"] != own.client_id:
            there.update(one.get("subscriptions_list", []))
        elif one["cid"] > own.client_id:
            gone.update(one.get("subscriptions_list", []))
    return gone, there


async def _filters(client: Client) -> set[str]:
    """Tell what is read by consumers that are not the services' own."""
    own = {consumer.name for consumer in consumers("")}
    there = await client.jetstream().consumers_info(EVENTS)
    return {info.config.filter_subject or ">" for info in there if info.name not in own}


async def play(
    url: str, county: County, system: str, monitor: str | None, times: tuple[float, float], tell: Tell
) -> Log:
    """Run until everything was played and it is quiet, `times[0]` seconds long, or for `times[1]` seconds at most.

    Raises Misconfigured where a county is at work on this server: two would answer.
    """
    quiet_s, within_s = times
    await apply(url, county.code)
    client = await nats.connect(url.split(","))
    try:
        await _require_alone(client, county)
        here = Play(client, Log(county, system), monitor, quiet_s, tell)
        watching = await _attend(here, county)
        tell(f"NATS is {url}; start the connector of {system} now")
        while not here.done and here.now < within_s:
            await asyncio.sleep(LOOK_EVERY_S)
            await here.look()
        await asyncio.gather(*(subscription.unsubscribe() for subscription in watching))
        return here.log
    finally:
        await client.close()


async def _require_alone(client: Client, county: County) -> None:
    for event in (DeptIssue, DeptTask):
        for service in event.heard_by:
            consumer = Consumer(service, event, county.code)
            if (await client.jetstream().consumer_info(consumer.stream, consumer.name)).push_bound:
                raise Misconfigured(
                    f"{service} of county {county.code} is at work on this server; the check answers in its place, so "
                    "give it a NATS server of its own"
                )


async def _attend(here: Play, county: County) -> list[Subscription]:
    """Watch everything that is said, and take what is stored off the stream, as the services do."""

    async def acknowledge(message: Msg) -> None:
        await message.ack()

    for event in (DeptIssue, DeptTask):
        for service in event.heard_by:
            consumer = Consumer(service, event, county.code)
            deliver = consumer.config().deliver_subject
            await here.client.subscribe(str(deliver), queue=consumer.name, cb=acknowledge)
    watching = [await here.client.subscribe(subject, cb=here.hear) for subject in OURS]
    await here.client.flush()
    return watching
