"""Under load: a signal, a database that is slow or away. Nothing is lost, nobody is answered 500, readiness tells."""

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2 as httpx
import pytest
from outsiders import GOOD, Department, department, headers, until

from yishi.demo import COUNTY
from yishi.up import CountyUp, running

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("health")]

READY_AGAIN_S = 20


async def publish(system: Department, numbers: range) -> None:
    js = system.bus.jetstream()
    for number in numbers:
        body = json.dumps(GOOD | {"external_id": f"H{number}"}).encode()
        await js.publish(f"dept.{system.county}.grid.in.issue.v1", body, headers=headers(f"h{number}"))


async def ready(here: CountyUp, service: str = "intake") -> int:
    async with httpx.AsyncClient(timeout=10) as client:
        return (await client.get(f"{here.urls[service]}/health/ready")).status_code


async def until_ready(here: CountyUp, status: int, within_s: float) -> float:
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while await ready(here) != status:  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.2)
    return time.monotonic() - began


def test_a_signal_under_load_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    many = 600

    async def told(here: CountyUp) -> None:
        system = await department(here.nats_url, here.county.code)
        publishing = asyncio.create_task(publish(system, range(many)))
        await until(lambda: len(system.heard) > 50)
        began = time.monotonic()
        await here.stop_service("intake")
        assert time.monotonic() - began < 10
        assert here.pids["intake"] is None
        await here.start_service("intake")
        await publishing
        await until(lambda: {f"h{n}" for n in range(many)} <= {str(d["in_reply_to"]) for _, d in system.heard}, 60)
        assert len({data["issue_id"] for _, data in system.heard}) == many
        await system.bus.close()

    asyncio.run(_with_county(tmp_path, told))


def test_a_frozen_database_slows_the_service_down_and_readiness_says_so(tmp_path: Path) -> None:
    async def told(here: CountyUp) -> None:
        system = await department(here.nats_url, here.county.code)
        answers: Counter[int] = Counter()
        token = here.keys.token(["resident"], "resident", here.county.code)
        issue = {k: v for k, v in GOOD.items() if k not in ("external_id", "version", "action")}

        async def ask(client: httpx.AsyncClient, number: int) -> None:
            more = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(number)}
            answer = await client.post(f"{here.urls['intake']}/issues", json=issue, headers=more)
            answers[answer.status_code] += 1

        async with httpx.AsyncClient(timeout=60) as client:
            await publish(system, range(20))
            await here.kill_service("mongod", signal.SIGSTOP)
            try:
                asking = [asyncio.create_task(ask(client, number)) for number in range(20)]
                await publish(system, range(20, 220))
                assert await until_ready(here, 503, 6) < 5
                async with httpx.AsyncClient(timeout=2) as probe:
                    assert (await probe.get(f"{here.urls['intake']}/health/live")).status_code == 200
            finally:
                await here.kill_service("mongod", signal.SIGCONT)
            await asyncio.gather(*asking)
        assert set(answers) <= {201, 503}, answers
        await until_ready(here, 200, READY_AGAIN_S)
        await until(lambda: {f"h{n}" for n in range(220)} <= {str(d["in_reply_to"]) for _, d in system.heard}, 60)
        await system.bus.close()

    asyncio.run(_with_county(tmp_path, told))


def test_a_database_that_is_away_is_answered_503_and_what_comes_meanwhile_waits(tmp_path: Path) -> None:
    async def told(here: CountyUp) -> None:
        system = await department(here.nats_url, here.county.code)
        token = here.keys.token(["resident"], "resident", here.county.code)
        issue = {k: v for k, v in GOOD.items() if k not in ("external_id", "version", "action")}
        more = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
        await here.kill_service("mongod")
        await publish(system, range(30))
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.post(f"{here.urls['intake']}/issues", json=issue, headers=more)
            assert answer.status_code == 503
            assert "ask again" in answer.json()["detail"]
            await here.start_service("mongod")
            again = await client.post(f"{here.urls['intake']}/issues", json=issue, headers=more)
            assert again.status_code == 201
        await until(lambda: {f"h{n}" for n in range(30)} <= {str(d["in_reply_to"]) for _, d in system.heard}, 60)
        await until_ready(here, 200, READY_AGAIN_S)
        await system.bus.close()

    asyncio.run(_with_county(tmp_path, told))


async def _with_county(data: Path, told: Callable[[CountyUp], Awaitable[None]]) -> None:
    async with running(COUNTY, data, ports="auto") as here:
        await told(here)
