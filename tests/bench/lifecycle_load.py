"""The load of lifecycles, in a process of its own: each begins when its time has come.

A lifecycle is what an office does for one matter: an issue is raised, decided on, met about, agreed, given to a
department, replied to, verified, and looked up. That takes CALLS requests, each repeated (and counted as waiting,
not as an error) while what the bus carries from service to service is still on its way.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import load
import uvloop

CALLS = 11
AGAIN_S = 0.02
PATIENCE_S = 30
NOT_YET = (404, 409)


IDLE_S = 3
"""The services close what is idle for 5 s; nothing is sent over what is about to be closed."""

Kept = tuple[float, asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Load:
    """Where the services are, whose tokens are used, and which council meets. `calls` are seconds of each request."""

    urls: dict[str, str]
    tokens: dict[str, str]
    council: str
    calls: list[float] = field(default_factory=list)
    kept: dict[str, list[Kept]] = field(default_factory=dict)

    async def ask(self, who: str, service: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """Ask once, over a kept connection."""
        url = self.urls[service]
        host, port = url.removeprefix("http://").split(":")
        free = self.kept.setdefault(service, [])
        used, reader, writer = free.pop() if free else (0, None, None)
        if reader is None or writer is None or time.perf_counter() - used > IDLE_S:
            reader, writer = await asyncio.open_connection(host, int(port))
        data = b"" if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.tokens[who]}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        began = time.perf_counter()
        writer.write(head.encode() + data)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        told = json.loads(await reader.readexactly(length))
        self.calls.append(time.perf_counter() - began)
        free.append((time.perf_counter(), reader, writer))
        return int(answer.split(b" ", 2)[1]), told

    async def must(self, who: str, service: str, path: str, body: object = None, *, wait: bool = False) -> str:
        """Ask until it is done; returns the id of what was answered. Raises RuntimeError where it is refused."""
        until = time.perf_counter() + PATIENCE_S
        while True:
            status, told = await self.ask(who, service, path, body)
            if status < 300:
                promised = told.get("commitments")
                return str(promised[0]["task_id"] if isinstance(promised, list) and promised else told.get("id"))
            if not (wait and status in NOT_YET and time.perf_counter() < until):
                message = f"{path}: {status} {told}"
                raise RuntimeError(message)
            await asyncio.sleep(AGAIN_S)

    async def lifecycle(self, number: int) -> dict[str, str]:
        """Live one through; returns the ids of what came of it."""
        body = {k: v for k, v in load.issue("x", number).items() if k not in ("external_id", "version", "action")}
        issue = await self.must("office", "intake", "/issues", body)
        decision = {"title": "供暖", "issue_ids": [issue], "parties": ["居民"], "needs_research": False}
        topic = await self.must("office", "intake", "/topics", decision)
        plan = {"council_id": self.council, "venue": "室", "starts_at": "2026-11-24T08:00:00+08:00", "agenda": ["供暖"]}
        plan |= {"host": "host", "recorder": "recorder"}
        meeting = await self.must("office", "meetings", f"/topics/{topic}/meetings", plan, wait=True)
        await self.must("host", "meetings", f"/meetings/{meeting}/open", {})
        await self.must("recorder", "meetings", f"/meetings/{meeting}/speak", {"party": "居民", "text": "要热起来"})
        await self.must("recorder", "meetings", f"/meetings/{meeting}/position", {"party": "居民", "stance": "support"})
        result = {"result": "CONSENSUS", "summary": "谈妥", "conclusion": "换管"}
        await self.must("host", "meetings", f"/meetings/{meeting}/adjourn", result)
        report = {"topic_id": topic, "tasks": [{"department": "housing", "title": "换管", "working_days": 10}]}
        task = await self.must("office", "outcomes", "/outcomes", report, wait=True)
        await self.must("office", "outcomes", f"/tasks/{task}/reply", {"text": "已办"})
        await self.must("office", "outcomes", f"/tasks/{task}/verify", {"text": "属实"})
        await self.must("office", "outcomes", f"/topics/{topic}", wait=True)
        return {"issue": issue, "topic": topic, "meeting": meeting, "task": task}


async def main(settings: str, rate: float, seconds: float) -> None:
    """Begin `rate` lifecycles a second for so long; print what became of them as JSON."""
    here = Load(**json.loads(settings))
    took: list[float] = []
    faults: list[str] = []
    ids: dict[str, str] = {}

    async def one(number: int, due: float) -> None:
        try:
            ids.update(await here.lifecycle(number))
        except Exception as error:  # noqa: BLE001  whatever it was, a lifecycle has failed
            faults.append(f"{type(error).__name__}: {error}"[:300])
        else:
            # from when it was due, not from when this process came to it
            took.append(time.perf_counter() - due)

    began = time.perf_counter()
    running = []
    for number in range(max(1, round(rate * seconds))):
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        running.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*running)
    lasted = time.perf_counter() - began
    print(json.dumps({"took": took, "calls": here.calls, "faults": faults, "ids": ids, "lasted": lasted}))  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
