"""One section: a county under load, blows, rest, and what the witnesses find."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from pymongo import AsyncMongoClient

from faults.blows import Blows
from faults.desk import Desk, open_desk
from faults.ground import Ground, Tell
from faults.load import Load
from faults.quiet import Database, rest
from faults.tally import Tally, Verdict
from faults.witness import Witness


@dataclass(frozen=True)
class Plan:
    """How much is done: kills, how many hands strike at once, the longest freeze, and how long rest is waited for."""

    kills: int
    hands: int = 2
    longest_s: float = 20
    storytellers: int = 3
    rest_within_s: float = 240
    notices_must_rest: bool = True
    """A message whose sender was killed is asked after only a minute later; a short run does not wait for that."""


@dataclass
class Result:
    """What a section counted and found."""

    name: str
    tally: Tally
    verdict: Verdict
    seconds: float
    rested_after: float
    died: list[str] = field(default_factory=list)


Strike = Callable[[Blows, Plan], Awaitable[None]]


async def storm(blows: Blows, plan: Plan) -> None:
    """Strike whatever chance says."""
    await blows.storm(plan.kills, plan.hands)


async def section(name: str, ground: Ground, plan: Plan, seed: int, tell: Tell, strike: Strike = storm) -> Result:
    """Put a county under load, strike it, wait until it rests, and have the witnesses look."""
    tally, began = Tally(), monotonic()
    async with looking(ground, tally, random.Random(seed)) as (desk, database):  # noqa: S311  a seed is to be repeated
        blows = Blows(ground, tally, random.Random(seed + 1), plan.longest_s, tell)  # noqa: S311
        load = Load(desk)
        speaking = asyncio.create_task(load.run(plan.storytellers))
        striking = asyncio.ensure_future(strike(blows, plan))
        try:
            await asyncio.wait([speaking, striking], return_when=asyncio.FIRST_COMPLETED)
            load.ended.set()
            await striking
            tell("every blow was struck; what was begun is brought to its end")
            await speaking
            tell(f"all was said: {tally.acknowledged} acknowledged; waiting for rest")
            rested, left = await rest(
                desk.bus.jetstream(), database, ground.here.county.code, plan.rest_within_s, plan.notices_must_rest
            )
        finally:
            for task in (speaking, striking):
                task.cancel()
            await asyncio.gather(speaking, striking, return_exceptions=True)
        verdict = await Witness(desk, desk.bus.jetstream(), database).look()
        verdict.add("wrong", "after the storm there is no rest: {}", left.items())
    return Result(name, tally, verdict, monotonic() - began, rested, blows.died)


@asynccontextmanager
async def looking(ground: Ground, tally: Tally, chance: random.Random) -> AsyncIterator[tuple[Desk, Database]]:
    """Have a desk to speak and ask at, and the database to look into."""
    async with AsyncExitStack() as stack:
        desk = await open_desk(ground.here, ground.nats_url, tally, chance)
        stack.push_async_callback(desk.http.aclose)
        stack.push_async_callback(desk.bus.close)
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(ground.direct_mongo_url, tz_aware=True)
        stack.push_async_callback(client.close)
        yield desk, client["yishi"]
