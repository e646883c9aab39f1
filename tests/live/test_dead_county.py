"""`yishi dead` in a whole county: what an operator sees and does, and that hearing everything twice changes nothing."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats
import pytest
from loopback import until
from nats.js import JetStreamContext
from outsiders import GOOD, department, headers
from pymongo import AsyncMongoClient
from typer.testing import CliRunner

from common.bus import dead
from common.bus.streams import DEAD, EVENTS, consumers
from common.events import PUBLIC, type_registry
from common.people import Sealer
from yishi.demo import COUNTY
from yishi.demo.cases import read_cases
from yishi.demo.outside import outside
from yishi.demo.play import Player
from yishi.main import app
from yishi.up import CountyUp, running

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("dead")]

PHONE = "19900000001"
Options = tuple[str | Path, ...]


async def yishi(*arguments: str | Path, stdin: str = "") -> tuple[int, str, str]:
    line = list(map(str, arguments))
    result = await asyncio.to_thread(CliRunner().invoke, app, line, input=stdin, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def with_county(data: Path, story: Callable[[CountyUp, JetStreamContext], Awaitable[None]]) -> None:
    async def told() -> None:
        async with running(COUNTY, data, ports="auto") as here:
            client = await nats.connect(here.nats_url)
            try:
                await story(here, client.jetstream())
            finally:
                await client.close()

    asyncio.run(told())


async def held(js: JetStreamContext, stream: str = DEAD) -> int:
    return (await js.stream_info(stream)).state.messages


def test_an_operator_lists_shows_requeues_and_drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: Options = ("--county", COUNTY, "--data", tmp_path)

    async def story(here: CountyUp, js: JetStreamContext) -> None:
        system = await department(here.nats_url, here.county.code)
        nowhere = GOOD | {"division": "620102999999", "description": f"ring {PHONE}", "category": PHONE}
        await system.publish(nowhere, headers("nowhere", traceparent=f"00-{'a' * 32}-{'b' * 16}-01"))
        await system.bus.flush()
        await until(lambda: _holds(js, 1))
        await _look(options)
        await _send_again(options, js)
        with monkeypatch.context() as patch:
            patch.setenv("YISHI_SEAL_PRIVATE", base64.b64encode(b"x" * 32).decode())
            code, _, said = await yishi("dead", "requeue", "2", *options)
        assert (code, await held(js)) == (1, 1)
        assert "2: " in said
        await _drop(options, js, tmp_path / "logs" / "dead.log")
        for wrong in (["requeue"], ["requeue", "1", "--all"], ["drop", "1", "--reason", "x"], ["show", "1", "--clear"]):
            assert (await yishi("dead", *wrong, *options))[0] == 2, wrong
        await system.bus.close()

    with_county(tmp_path, story)


async def _look(options: Options) -> None:
    code, out, _ = await yishi("dead", "list", *options)
    assert code == 0
    for word in ("1  2", "intake", "1 x", "grid.in.issue.v1", "invalid", "division"):
        assert word in out
    assert PHONE not in out
    code, out, _ = await yishi("dead", "show", "1", *options)
    assert (code, "original" in json.loads(out)) == (0, False)
    _, out, _ = await yishi("dead", "show", "1", "--original", *options)
    assert "199****0001" in out
    assert PHONE not in out
    _, out, _ = await yishi("dead", "show", "1", "--original", "--clear", *options)
    assert PHONE in json.loads(out)["original"]["body"]


async def _send_again(options: Options, js: JetStreamContext) -> None:
    """Send it again: still at fault, it fails again, once; a new letter has the same id and the same trace."""
    assert (await yishi("dead", "requeue", "--all", "--service", "intake", *options))[0] == 0
    await until(lambda: _has_number(js, 2))
    (again,) = json.loads((await yishi("dead", "list", "--json", *options))[1])
    assert (again["headers"]["ce-id"], again["headers"]["traceparent"][3:35]) == ("nowhere", "a" * 32)
    assert (await yishi("dead", "requeue", "--all", "--service", "notify", *options))[1] == "0 requeued\n"


async def _drop(options: Options, js: JetStreamContext, log: Path) -> None:
    assert (await yishi("dead", "drop", "2", *options, stdin="n\n"))[0] == 1
    assert await held(js) == 1
    code, out, _ = await yishi("dead", "drop", "--all", "--yes", "--json", *options)
    assert (code, json.loads(out)) == (0, {"dropped": [2], "failed": {}})
    assert await held(js) == 0
    logged = await asyncio.to_thread(log.read_text, "utf-8")
    assert json.loads(logged)["number"] == 2
    assert PHONE not in logged
    assert (await yishi("dead", "show", "2", *options))[0] == 1


async def _holds(js: JetStreamContext, count: int) -> bool:
    return await held(js) == count


async def _has_number(js: JetStreamContext, number: int) -> bool:
    return (await js.stream_info(DEAD)).state.last_seq == number


def test_every_fact_of_a_whole_case_requeued_changes_nothing_anywhere(tmp_path: Path) -> None:
    (case,) = [case for case in read_cases() if case.id == "2-heating"]

    async def story(here: CountyUp, js: JetStreamContext) -> None:
        async with outside(here) as world:
            player = Player(case, world)
            await player.play()
            await until(lambda: _quiet(js, here.county.code))
            before, told = await _remembered(here), (tmp_path / "sms.jsonl").read_bytes()
            facts = await held(js, EVENTS)
            buried = await _bury_everything(js, Sealer(here.keys.county, here.keys.seal_public), here.county.code)
            assert buried > 10
            code, out, said = await yishi("dead", "requeue", "--all", "--county", COUNTY, "--data", tmp_path)
            assert (code, out) == (0, f"{buried} requeued\n"), said
            await until(lambda: _quiet(js, here.county.code), 60)
            assert await held(js, EVENTS) == facts + buried
            assert await held(js) == 0
            assert (tmp_path / "sms.jsonl").read_bytes() == told
            after = await _remembered(here)
            assert {name for name in before if before[name] != after[name]} == set()

    with_county(tmp_path, story)


async def _bury_everything(js: JetStreamContext, sealer: Sealer, county: str) -> int:
    """Write a letter for each fact that is heard by anybody, as if its first hearer had failed."""
    buried = 0
    for sequence in range(1, await held(js, EVENTS) + 1):
        stored = await js.get_msg(EVENTS, sequence)
        event = type_registry[(stored.headers or {})["ce-type"]]
        hearers = [service for service in event.heard_by if service != PUBLIC]
        if not hearers:
            continue
        message = _Stored(stored.subject or "", stored.data or b"", stored.headers or {})
        why = dead.Verdict("conflict", [], 1)
        letter = dead.write(hearers[0], event.type, message, f"{EVENTS}.{sequence}", why, sealer)
        await js.publish(f"dead.{county}.{hearers[0]}", json.dumps(letter).encode())
        buried += 1
    return buried


class _Stored:
    def __init__(self, subject: str, data: bytes, headers_: dict[str, str]) -> None:
        self.subject, self.data, self.headers = subject, data, headers_


async def _quiet(js: JetStreamContext, county: str) -> bool:
    """Whether everything is heard, and nothing more is said for a while."""
    said = await held(js, EVENTS)
    await asyncio.sleep(1.5)
    for consumer in consumers(county):
        info = await js.consumer_info(consumer.stream, consumer.name)
        if info.num_pending or info.num_ack_pending:
            return False
    return said == await held(js, EVENTS)


async def _remembered(here: CountyUp) -> dict[str, object]:
    """Read everything in the database, but for facts that are only just being said."""
    async with AsyncMongoClient[dict[str, object]](here.mongo_url) as mongo:
        database = mongo["yishi"]
        return {
            f"{name}/{document['_id']}": document
            for name in await database.list_collection_names()
            async for document in database[name].find({}, {"outbox": 0})
        }
