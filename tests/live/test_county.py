"""A whole county on real servers, seen from outside."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx2 as httpx
import nats
import pytest
from nats.js.errors import NotFoundError
from outsiders import GOOD, collector, department, headers, until

from yishi.demo import COUNTY
from yishi.demo.cases import read_cases
from yishi.demo.outside import outside
from yishi.demo.play import Player
from yishi.up import CountyUp, running

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("county")]

PHONE = "19900000001"


async def dead_letters(nats_url: str) -> list[str]:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    letters = []
    for sequence in range(1, (await js.stream_info("DEAD")).state.messages + 1):
        message = await js.get_msg("DEAD", sequence)
        letters.append((message.data or b"").decode())
    await client.close()
    return letters


async def by_http(here: CountyUp, body: object, with_: dict[str, str]) -> dict[str, object]:
    """Say an event as the grid's system without NATS; the answer."""
    bearer = here.keys.token(["department"], "grid", here.county.code)
    async with httpx.AsyncClient(base_url=here.urls["intake"], trust_env=False) as http:
        answer = await http.post("/events", json=body, headers=with_ | {"Authorization": f"Bearer {bearer}"})
    found: dict[str, object] = answer.json()
    return found


def test_bad_events_are_answered_with_every_fault_and_the_next_one_is_handled(tmp_path: Path) -> None:
    bad: dict[str, tuple[object, dict[str, str], str, str, set[str]]] = {
        "not-json": (b"{not json " + PHONE.encode(), headers("not-json"), "grid", "v1", {""}),
        "lacks": ({"external_id": "A2", "version": 0}, headers("lacks"), "grid", "v1", {"version", "title"}),
        "nowhere": (GOOD | {"division": "620102999999"}, headers("nowhere"), "grid", "v1", {"division"}),
        "stranger": (GOOD, headers("stranger"), "nobody", "v1", {"system"}),
        "long": (GOOD | {"description": "长" * 700_000}, headers("long"), "grid", "v1", {"", "description"}),
        "later": (GOOD, headers("later", "v2"), "grid", "v2", {"", "ce-type"}),
    }

    async def told(here: CountyUp) -> None:
        system = await department(here.nats_url, here.county.code)
        for body, with_, name, version, _ in bad.values():
            await system.publish(body, with_, name, version)
        for _ in range(10):
            await system.publish(GOOD, headers("good"))
        refused = await by_http(here, GOOD | {"division": "620102999999"}, headers("by-http"))
        await until(lambda: bool(system.answers("good")) and all(system.answers(id_) for id_ in (*bad, "by-http")))
        assert system.answers("by-http") == [refused]
        await asyncio.sleep(0.5)
        for id_, (*_, paths) in bad.items():
            (answer,) = system.answers(id_)
            assert answer["status"] == "refused"
            faults = cast("list[dict[str, str]]", answer["faults"])
            assert paths <= {fault["path"] for fault in faults}, answer
        assert [answer["status"] for answer in system.answers("good")] == ["received"]
        letters = await dead_letters(here.nats_url)
        assert len(letters) == len(bad)
        assert {json.loads(letter)["headers"]["ce-id"] for letter in letters} == set(bad)
        assert not any(PHONE in letter for letter in letters)
        await system.bus.close()

    asyncio.run(_with_county(tmp_path, told))


def test_one_trace_runs_from_the_departments_event_to_the_last_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = [case for case in read_cases() if case.id == "2-heating"]
    with collector() as (url, spans):
        monkeypatch.setenv("YISHI_OTLP_URL", url)

        async def told(here: CountyUp) -> None:
            async with outside(here) as world:
                player = Player(case, world)
                await player.play()
                sent = (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()
                assert len({json.loads(line)["reference"] for line in sent}) == len(sent) > 0

                def mine() -> list[str]:
                    return [span.service for span in spans if span.trace_id == player.trace_id]

                services = {"yishi-intake", "yishi-meetings", "yishi-outcomes", "yishi-notify"}
                await until(lambda: services <= set(mine()))
                await until(lambda: any(span.name == "send sms" and span.trace_id == player.trace_id for span in spans))

        asyncio.run(_with_county(tmp_path, told))


def test_a_service_refuses_to_start_on_a_bus_that_differs_and_is_not_ready_without_its_consumer(tmp_path: Path) -> None:
    async def told(here: CountyUp) -> None:
        client = await nats.connect(here.nats_url)
        js = client.jetstream()
        async with outside(here) as world:
            ready = f"{here.urls['intake']}/health/ready"
            assert (await world.http.get(ready)).status_code == 200
            await js.delete_consumer("DEPT_IN", "intake-dept-in-issue-v1")
            with pytest.raises(NotFoundError):
                await js.consumer_info("DEPT_IN", "intake-dept-in-issue-v1")
            began = time.monotonic()
            answer = await world.http.get(ready)
            assert answer.status_code == 503
            assert "intake-dept-in-issue-v1 is missing" in answer.text
            assert time.monotonic() - began < 5
        await here.stop_service("intake")
        with pytest.raises(Exception, match="yishi bus apply"):
            await here.start_service("intake")
        await client.close()

    asyncio.run(_with_county(tmp_path, told))


async def _with_county(data: Path, told: Callable[[CountyUp], Awaitable[None]]) -> None:
    async with running(COUNTY, data, ports="auto") as here:
        await told(here)
