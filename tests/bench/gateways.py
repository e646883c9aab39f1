"""Measures submissions to carriers: ours, end to end with claims and receipts in MongoDB, against a bare client.

Both against the same carrier in the same run: the message centre of the npm package `smpp`, and for CMPP a peer of our
own in a process of its own. `python gateways.py MONGO_URL` prints the measures as JSON; what cannot be measured here is
absent.
"""

import asyncio
import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

import bare
from means import Measure, measure

from carriers import Ismg
from node_smsc import Absent, node_smsc
from notify.domain import NoticeState
from sms_office import carrier, office, sending

MANY = int(os.environ.get("YISHI_BENCH_SMS", "4000"))
TURNS = 3
WINDOW = 128


async def ours(mongo_url: str, kind: str, port: int) -> float:
    """Submissions per second from a full queue until the last receipt is matched."""
    described = carrier("way", kind, port=port, window=WINDOW)
    async with office(mongo_url, f"bench_sms_{secrets.token_hex(4)}", described) as here:
        await here.queue(MANY)
        await here.accounts[0].own()
        began = time.perf_counter()
        async with sending(here):
            await here.until(120, NoticeState.DELIVERED)
            took = time.perf_counter() - began
        await here.store._client.drop_database(here.store._database.name)
    return MANY / took


async def against(name: str, mongo_url: str, kind: str, port: int) -> Measure:
    """Let both take turns."""
    smpp = kind == "smpp"
    turns = [(await bare.rate(port, MANY, WINDOW, smpp=smpp), await ours(mongo_url, kind, port)) for _ in range(TURNS)]
    by_hand, by_us = (statistics.median(column) for column in zip(*turns, strict=True))
    return measure(name, "submits/s", by_us, by_hand)


class Careless(Ismg):
    """An ISMG that lets everyone in, and forgets what it took."""

    def welcome(self, sequence: int, body: bytes) -> bytes:
        self.contents.clear()
        if not any(body[6:22]):
            return self.frame(0x80000001, 0, sequence, bytes(4 + 16) + b"\x30")
        return super().welcome(sequence, body)


@asynccontextmanager
async def ismg() -> AsyncIterator[int]:
    """Have an ISMG in a process of its own; gives its port."""
    child = await asyncio.create_subprocess_exec(sys.executable, __file__, stdout=asyncio.subprocess.PIPE)
    assert child.stdout
    try:
        yield int(await child.stdout.readline())
    finally:
        child.terminate()
        await child.wait()


async def serve() -> None:
    """Be that ISMG."""
    async with Careless() as peer:
        sys.stdout.write(f"{peer.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def main(mongo_url: str) -> None:
    """Measure, and print."""
    found = []
    try:
        async with node_smsc() as smsc:
            name = "SMPP to the npm message centre, claims and receipts stored (floor: a bare client)"
            found.append(await against(name, mongo_url, "smpp", smsc.port))
    except Absent as absent:
        sys.stderr.write(f"SMPP is not measured: {absent}\n")
    async with ismg() as port:
        name = "CMPP 3.0 to our own peer, claims and receipts stored (floor: a bare client)"
        found.append(await against(name, mongo_url, "cmpp", port))
    sys.stdout.write(json.dumps([asdict(line) for line in found]))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]) if sys.argv[1:] else serve())
