"""The live view under load: one meeting, thousands of readers, and how long a change takes to reach the last."""

import asyncio
import json
import math
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import load
from means import Measure, measure

from yishi.up import CountyUp

READERS = [int(size) for size in os.environ.get("YISHI_BENCH_READERS", "2000,5000").split(",") if size]
CHANGES = 40
PACE_S = 0.5
SETTLE_S = 3
"""After the rush at the door: what is measured is a meeting that is followed, not thousands who come at once."""

PROMISED_MS = 1000.0


async def followed(here: CountyUp) -> list[Measure]:
    """Measure from the moment a statement is posted until the last reader has it; the floor is the promised second.

    Intake runs already.
    """
    await here.start_service("meetings")
    roles = ["resident", "office", "convenor", "host", "recorder"]
    token = here.keys.token(roles, "bench", here.county.code)
    found = []
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for readers in READERS:
            path = await _meeting(here, client)
            reached = await _reached(here, client, path, token, readers)
            last = sorted(1000 * max(times) for times in reached)
            each = sorted(1000 * took for times in reached for took in times)
            for what, took in (("any reader", each), ("the last reader", last)):
                name = f"change of a meeting with {readers:,} readers until {what} has it, p99 (floor: the promise)"
                found.append(measure(name, "ms", took[math.ceil(0.99 * len(took)) - 1], PROMISED_MS))
    await here.stop_service("meetings")
    return found


async def _meeting(here: CountyUp, client: httpx.AsyncClient) -> str:
    """Have a meeting in session; gives its path."""
    intake, meetings = here.urls["intake"], here.urls["meetings"]
    body = {k: v for k, v in load.issue("x", 1).items() if k not in ("external_id", "version", "action")}
    issue = (await client.post(f"{intake}/issues", json=body)).json()
    topic = {"title": "供暖", "issue_ids": [issue["id"]], "parties": ["居民"], "needs_research": False}
    topic_id = (await client.post(f"{intake}/topics", json=topic)).json()["id"]
    while (await client.get(f"{meetings}/topics/{topic_id}")).status_code != httpx.codes.OK:
        pass
    council = {"name": "议事会", "division": body["division"], "kind": "协商议事会"}
    plan = {
        "council_id": (await client.post(f"{meetings}/councils", json=council)).json()["id"],
        "venue": "社区活动室",
        "starts_at": datetime.now(UTC).isoformat(),
        "agenda": ["供暖"],
        "host": "bench",
        "recorder": "somebody-else",
    }
    meeting = (await client.post(f"{meetings}/topics/{topic_id}/meetings", json=plan)).json()
    path = f"/meetings/{meeting['id']}"
    (await client.post(f"{meetings}{path}/open")).raise_for_status()
    return path


async def _reached(here: CountyUp, client: httpx.AsyncClient, path: str, token: str, readers: int) -> list[list[float]]:
    """Give, for each change, the seconds until each reader had it."""
    url = here.urls["meetings"]
    recorder = {"Authorization": f"Bearer {here.keys.token(['recorder'], 'somebody-else', here.county.code)}"}
    script = Path(__file__).with_name("live_readers.py")
    arguments = (url, f"{path}/live", token, str(readers), str(CHANGES))
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(script), *arguments, stdout=asyncio.subprocess.PIPE, limit=2**26
    )
    assert child.stdout
    async with asyncio.timeout(180):
        await child.stdout.readline()
        await asyncio.sleep(SETTLE_S)
        posted = []
        for number in range(CHANGES):
            posted.append(time.monotonic())
            said = {"party": "居民", "text": f"第{number}句：冬季供热质量不佳，收费标准不统一。"}
            (await client.post(f"{url}{path}/speak", json=said, headers=recorder)).raise_for_status()
            await asyncio.sleep(PACE_S)
        came = json.loads(await child.stdout.readline())
        await child.wait()
    return [[at - began for at in times] for began, times in zip(posted, came, strict=True)]
