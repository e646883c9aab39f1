"""`make faults`: YISHI_FAULTS_KILLS kills (200), YISHI_FAULTS_LEADER_KILLS in the cluster (20), YISHI_FAULTS_SEED."""

import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path
from time import monotonic

from rich.console import Console

from faults import leaders, trials
from faults.ground import single, threefold
from faults.report import document, show, write
from faults.section import Plan, Result, section

REPORT = Path("build/faults.json")


async def main(console: Console) -> int:
    """Run every section and trial; returns 1 where something is lost, doubled or wrong."""
    seed = int(os.environ.get("YISHI_FAULTS_SEED") or secrets.randbelow(10**6))
    leader_kills = int(os.environ.get("YISHI_FAULTS_LEADER_KILLS") or 20)
    kills = int(os.environ.get("YISHI_FAULTS_KILLS") or 200)
    console.print(f"seed {seed} (YISHI_FAULTS_SEED={seed} repeats the same choices)", highlight=False)
    began = monotonic()

    def tell(line: str) -> None:
        console.print(f"{monotonic() - began:7.1f} s  {line}", highlight=False, soft_wrap=True)

    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="yishi-faults-") as data:
        async with single(Path(data) / "single", tell, replicas=True) as ground:
            results.append(await section("two processes of each service", ground, Plan(kills), seed, tell))
            show(console, results[-1])
            bad = {"poison": await trials.poison(ground), "full_stream": await trials.filled(ground)}
        console.print(bad, highlight=False)
        write(REPORT, document(results, seed, bad))
        async with threefold(Path(data) / "threefold", tell) as ground:
            plan = Plan(leader_kills, storytellers=2)
            results.append(await section("three of each", ground, plan, seed, tell, leaders.strike))
        show(console, results[-1])
    write(REPORT, document(results, seed, bad))
    return 0 if all(result.verdict.clean for result in results) and not bad["full_stream"]["lost"] else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Console())))
