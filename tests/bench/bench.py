"""`make bench`: what Yishi does, against the best program one can write by hand for the same durable work.

Floor and ours take turns in one run on one machine, so that the ratio means something where the figures do not.
A figure that cannot be measured is absent. build/bench.json holds what is printed.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import floor
import httpx2 as httpx
import load
import nats
from alike import alike
from growth import grow, no_scan
from lifecycle import lifecycles
from means import Measure, answers_at, measure, process
from nats.aio.client import Client
from pymongo import AsyncMongoClient
from rich.console import Console
from rich.table import Table

import live
from intake.store import MongoIssues
from yishi import ports
from yishi.up import CountyUp, running

ROOT = Path(__file__).parents[2]
COUNTY = ROOT / "deploy/k8s/counties/620102/county.yaml"
MANY = int(os.environ.get("YISHI_BENCH_EVENTS", "5000"))
TURNS = int(os.environ.get("YISHI_BENCH_TURNS", "3"))
SIZES = [int(size) for size in os.environ.get("YISHI_BENCH_SIZES", "100000,1000000").split(",") if size]
ALIKE = int(os.environ.get("YISHI_BENCH_ALIKE", "100000"))
PACE_PER_S = 100
RECEIVED = "yishi.620102.intake.issue.received.v1"
ISSUE_IN = "dept.620102.grid.in.issue.v1"


@dataclass
class Bench:
    """A county that is up, with only the services running that a measure needs."""

    here: CountyUp
    bus: Client
    console: Console

    async def ours(self, processes: int = 1, many: int = MANY) -> float:
        """Events per second from a full stream to `issue.received` of the last one."""
        names = self.here.processes("intake")
        for name in names:
            await self.here.stop_service(name)
        await load.fill(self.bus.jetstream(), ISSUE_IN, many)
        watch = load.Stopwatch(many)
        await watch.listen(self.bus, RECEIVED)
        await asyncio.gather(*(self.here.start_service(name) for name in names[:processes]))
        return await watch.rate()

    async def floor(self, processes: int = 1, many: int = MANY) -> float:
        """Measure the same by hand."""
        await self.drop_floor()
        await load.fill(self.bus.jetstream(), "floor.in", many)
        watch = load.Stopwatch(many * floor.FACTS)
        await watch.listen(self.bus, "floor.out.fact")
        with ExitStack() as stack:
            for _ in range(processes):
                stack.enter_context(process("floor.py", self.here.nats_url, self.here.mongo_url, str(many)))
            return await watch.rate() / floor.FACTS

    async def drop_floor(self) -> None:
        """Begin the floor anew."""
        await floor.prepare(self.bus.jetstream())
        mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(self.here.mongo_url)
        await mongo.drop_database("floor")
        await mongo.close()

    async def throughput(self) -> list[Measure]:
        """Department event in, issue stored, facts out: by one process of each, and by as many as there are cores."""
        await self.here.start_replica("intake")
        found = []
        for processes, many in ((1, MANY), (2, 2 * MANY)):
            turns = [(await self.floor(processes, many), await self.ours(processes, many)) for _ in range(TURNS)]
            by_hand, ours = (statistics.median(column) for column in zip(*turns, strict=True))
            name = f"department event to issue.received, throughput, processes of each: {processes}"
            found.append(measure(name, "events/s", ours, by_hand))
        return found

    async def latency(self) -> list[Measure]:
        """Measure the same one by one, at a pace that keeps nobody busy."""
        await self.drop_floor()
        with process("floor.py", self.here.nats_url, self.here.mongo_url, "0"):
            await asyncio.sleep(2)
            paced = (500, PACE_PER_S)
            by_hand = await load.latencies(self.bus, "floor.in", "floor.out.fact", *paced, lambda m: m.headers["ce-id"])  # type: ignore[index]
        answers = "dept.620102.grid.out.issue.v1"
        ours = await load.latencies(self.bus, ISSUE_IN, answers, *paced, lambda m: json.loads(m.data)["in_reply_to"])
        found = []
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            at = int(share * (len(ours) - 1))
            found.append(measure(f"department event to its answer, latency {name}", "ms", ours[at], by_hand[at]))
        return found

    async def http(self) -> list[Measure]:
        """POST /issues against a bare route that inserts the same document."""
        port = ports.choose(1)[0]
        token = self.here.keys.token(["resident"], "bench", "620102")
        with process("floor_api.py", self.here.mongo_url, str(port)):
            url = f"http://127.0.0.1:{port}"
            await answers_at(f"{url}/ready")
            turns = []
            for _ in range(TURNS):
                by_hand = await load.requests(url, "/issues", MANY // 2, {})
                bearer = {"Authorization": f"Bearer {token}"}
                turns.append((by_hand, await load.requests(self.here.urls["intake"], "/issues", MANY // 2, bearer)))
        by_hand, ours = (statistics.median(column) for column in zip(*turns, strict=True))
        return [measure("POST /issues, throughput", "requests/s", ours, by_hand)]

    async def decided(self) -> list[Measure]:
        """Topic decided, meetings knows it: from the answer to POST /topics until GET /topics/{id} at meetings."""
        await self.here.start_service("meetings")
        token = self.here.keys.token(["resident", "office"], "bench", "620102")
        took, id_ = [], ""
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
            for number in range(50):
                body = {
                    k: v for k, v in load.issue("x", number).items() if k not in ("external_id", "version", "action")
                }
                issue = (await client.post(f"{self.here.urls['intake']}/issues", json=body)).json()
                topic = {"title": "供暖", "issue_ids": [issue["id"]], "parties": ["居民"]}
                id_ = (await client.post(f"{self.here.urls['intake']}/topics", json=topic)).json()["id"]
                began = time.perf_counter()
                while (await client.get(f"{self.here.urls['meetings']}/topics/{id_}")).status_code != httpx.codes.OK:
                    pass
                took.append(1000 * (time.perf_counter() - began))
            bare = []
            for _ in range(50):
                began = time.perf_counter()
                await client.get(f"{self.here.urls['meetings']}/topics/{id_}")
                bare.append(1000 * (time.perf_counter() - began))
        await self.here.stop_service("meetings")
        name = "topic decided until meetings knows it, p50 (floor: one such question alone)"
        return [measure(name, "ms", statistics.median(took), statistics.median(bare))]

    async def growth(self) -> list[Measure]:
        """Throughput as the store grows, against the empty store; no hot query may scan a collection."""
        found = []
        mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(self.here.mongo_url, tz_aware=True)
        issues = mongo.get_database("yishi").get_collection(MongoIssues.name)
        await issues.delete_many({})
        empty = statistics.median([await self.ours() for _ in range(TURNS)])
        for size in SIZES:
            await grow(issues, size)
            full = statistics.median([await self.ours() for _ in range(TURNS)])
            found.append(measure(f"throughput with {size:,} issues (floor: an empty store)", "events/s", full, empty))
            await no_scan(issues)
        await mongo.close()
        return found

    async def lifecycles(self) -> list[Measure]:
        """Whole lifecycles through every service; last, since it fills the store."""
        return await lifecycles(self.here, self.bus)


async def gateways(mongo_url: str) -> list[Measure]:
    """Submissions to carriers, in a process of its own, on the loop that services run on."""
    script = str(Path(__file__).with_name("gateways.py"))
    child = await asyncio.create_subprocess_exec(sys.executable, script, mongo_url, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    return [Measure(**line) for line in json.loads(said)]


async def main() -> None:
    """Measure everything; print it, and leave it in build/bench.json."""
    console = Console(width=130)
    found: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as data:
        async with running(COUNTY, Path(data), ports="auto", tell=lambda line: console.print(f"  {line}")) as here:
            for service in ("meetings", "outcomes", "notify"):
                await here.stop_service(service)
            client = await nats.connect(here.nats_url)
            bench = Bench(here, client, console)
            for part in (bench.throughput, bench.latency, bench.http, bench.decided, bench.growth, bench.lifecycles):
                console.print(f"measuring {part.__name__} ...")
                found += await part()
            console.print("measuring followed ...")
            found += await live.followed(here)
            await client.close()
            console.print("measuring gateways ...")
            found += await gateways(here.mongo_url)
            console.print("measuring alike ...")
            found += await alike(here.mongo_url, ALIKE)
    table = Table(*("name", "unit", "ours", "floor", "ratio"), box=None)
    for line in found:
        table.add_row(*map(str, asdict(line).values()))
    console.print(table)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/bench.json").write_text(json.dumps([asdict(line) for line in found], indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
