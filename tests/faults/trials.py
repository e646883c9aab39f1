"""Two trials of bad input, measured and not judged: poison among good events, and a stream filled to its limit."""

import asyncio
import json
import secrets
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from time import monotonic, time

import httpx2 as httpx
import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError

from faults.ground import Ground
from faults.load import issue
from faults.tally import Json
from faults.traces import read_lines

GOOD, EVERY_S = 150, 0.02
POISON_EACH = 10
"""Before every tenth good event comes one that is no JSON, and one that is asked for again and again."""

ANSWERED_WITHIN_S = 60
LONGEST = ("answer_max_s", "message_max_s")
ROOM_BYTES = 100_000
FULL = 10077
"""The server's error code of a message that a stream has no room for."""

ALARM = 0.8


class Ear:
    """Publishes as a department does, and notes when each event was said and when it was answered."""

    def __init__(self, js: JetStreamContext, county: str) -> None:
        self.js = js
        self.county = county
        self.said: dict[str, float] = {}
        self.answered: dict[str, float] = {}

    async def hear(self, message: Msg) -> None:
        """Note an answer."""
        self.answered.setdefault(str(json.loads(message.data).get("in_reply_to")), monotonic())

    async def say(self, id_: str, data: Json | bytes, system: str = "grid") -> None:
        """Publish an issue, and wait for JetStream alone."""
        headers = {"ce-id": id_, "ce-type": "dept.in.issue.v1", "ce-source": system, "ce-specversion": "1.0"}
        headers |= {"Content-Type": "application/json", "Nats-Msg-Id": id_}
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.said[id_] = monotonic()
        await self.js.publish(f"dept.{self.county}.{system}.in.issue.v1", body, headers=headers)

    async def all_answered(self, ids: Sequence[str]) -> None:
        """Wait until each was answered."""
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while not set(ids) <= set(self.answered):  # noqa: ASYNC110  what is waited for happens in other processes
                await asyncio.sleep(0.05)


@asynccontextmanager
async def ear(ground: Ground) -> AsyncIterator[Ear]:
    """Have an ear on the wire-less side, so that only the county is measured."""
    client = await nats.connect(ground.direct_nats_url.split(","))
    listening = Ear(client.jetstream(), ground.here.county.code)
    await client.subscribe(f"dept.{listening.county}.*.out.issue.v1", cb=listening.hear)
    try:
        yield listening
    finally:
        await client.close()


async def poison(ground: Ground) -> dict[str, object]:
    """Measure how long good events wait for their answer and their message, without poison among them and with it."""
    async with ear(ground) as listening:
        await _good(ground, listening, "warm", poisoned=False)
        without = await _good(ground, listening, "without", poisoned=False)
        with_ = await _good(ground, listening, "with", poisoned=True)
    delay = max(with_[name] - without[name] for name in LONGEST)
    return {"without": without, "with": with_, "longest_delay_s": round(delay, 3)}


async def _good(ground: Ground, listening: Ear, name: str, *, poisoned: bool) -> dict[str, float]:
    """Say good events at an even pace; tell how long their answers and their messages took."""
    ids = [f"{name}-{number}" for number in range(GOOD)]
    at = {}
    for number, id_ in enumerate(ids):
        if poisoned and number % POISON_EACH == 0:
            await listening.say(f"poison-{number}", b"{no json")
            await _tell_a_stranger(listening)
        at[id_] = time()
        await listening.say(
            id_, issue(id_, str(19700000000 + len(listening.said))) | {"external_id": id_, "version": 1}
        )
        await asyncio.sleep(EVERY_S)
    await listening.all_answered(ids)
    answers = [listening.answered[id_] - listening.said[id_] for id_ in ids]
    messages = await _messages(ground, at)
    return {**_spread("answer", answers), **_spread("message", messages)}


async def _tell_a_stranger(listening: Ear) -> None:
    """Say a fact about a person whom nobody knows: notify hears it, and asks for it again as often as it may."""
    id_ = secrets.token_hex(8)
    fact = {"issue_id": id_, "title": "-", "division": "620102007004", "category": "供暖", "source": "grid"}
    headers = {"ce-id": id_, "ce-type": "yishi.intake.issue.received.v1", "ce-source": "-", "ce-specversion": "1.0"}
    body = json.dumps(fact | {"people": [f"person-{id_}"]}).encode()
    subject = f"yishi.{listening.county}.intake.issue.received.v1"
    await listening.js.publish(subject, body, headers=headers | {"Content-Type": "application/json"})


async def _messages(ground: Ground, said_at: Mapping[str, float]) -> list[float]:
    """Tell how long after its event each message was there, to the precision of its file."""
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while True:
            lines = await asyncio.to_thread(read_lines, ground.here.folder.path / "sms.jsonl")
            found = {line["text"].partition("“")[2].partition("”")[0]: _seconds(line["at"]) for line in lines}
            if set(said_at) <= set(found):
                return [found[id_] - at for id_, at in said_at.items()]
            await asyncio.sleep(0.2)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _spread(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p50_s": round(statistics.median(times), 3), f"{name}_max_s": round(max(times), 3)}


async def filled(ground: Ground) -> dict[str, object]:
    """Fill DEPT_IN while nobody hears it; tell what its publisher hears, what the metrics show, and what was lost."""
    async with ear(ground) as listening:
        for name in ground.here.processes("intake"):
            await ground.here.stop_service(name)
        config = (await listening.js.stream_info("DEPT_IN")).config
        held = (await listening.js.stream_info("DEPT_IN")).state.bytes
        await listening.js.update_stream(replace(config, max_bytes=held + ROOM_BYTES))
        stored, refused = await _fill(listening)
        shown = await _metric(ground, 'yishi_stream_full_ratio{stream="DEPT_IN"}')
        await listening.js.update_stream(config)
        for name in ground.here.processes("intake"):
            await ground.here.start_service(name)
        with suppress(TimeoutError):
            await listening.all_answered(stored)
    lost = len(set(stored) - set(listening.answered))
    return {"stored": len(stored), "refused_with": refused, "full_ratio_shown": shown, "lost": lost}


async def _fill(listening: Ear) -> tuple[list[str], int | None]:
    stored: list[str] = []
    while True:
        id_ = f"full-{len(stored)}"
        data = issue(id_, "19600000000") | {"external_id": id_, "version": 1, "description": "满" * 500}
        try:
            await listening.say(id_, data)
        except APIError as error:
            return stored, error.err_code
        stored.append(id_)


async def _metric(ground: Ground, name: str) -> float | None:
    """Read a gauge of a service that is up, after it was asked whether it is ready, as it is every few seconds."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        url = ground.here.urls["outcomes"]
        await http.get(f"{url}/health/ready")
        lines = (await http.get(f"{url}/metrics")).text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name)), None)
