"""What the benchmark measures with."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx


@dataclass(frozen=True)
class Measure:
    """One line of build/bench.json. For latencies a ratio above 1 means slower than the floor; else below 1 does."""

    name: str
    unit: str
    ours: float
    floor: float
    ratio: float


def measure(name: str, unit: str, ours: float, floor_: float) -> Measure:
    """Round, and take the ratio."""
    return Measure(name, unit, round(ours, 2), round(floor_, 2), round(ours / floor_, 3))


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the floor's programs, and end it."""
    child = subprocess.Popen([sys.executable, str(Path(__file__).with_name(script)), *arguments])  # noqa: S603
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


async def answers_at(url: str) -> None:
    """Wait until something answers."""
    async with httpx.AsyncClient() as client, asyncio.timeout(20):
        while True:
            try:
                await client.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
