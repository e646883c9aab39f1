"""Strikes whoever leads: the NATS server that leads DEPT_IN or EVENTS, and the primary of MongoDB, in turns."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

import nats
from nats.errors import Error as NatsError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from faults.blows import Blows
from faults.section import Plan

STREAMS = ("DEPT_IN", "EVENTS")
LED_WITHIN_S = 60
CUT_OFF_S = (8.0, 14.0)
"""Longer than an election takes (MongoDB: 10 s without the primary), so that the one cut off is replaced."""

REST_S = (1.0, 4.0)

Leader = Callable[[int], Awaitable[str | None]]


async def strike(blows: Blows, plan: Plan) -> None:
    """Kill both leaders in turn, so many times in all, and cut both off after every second kill of each."""
    leaders: list[Leader] = [lambda turn: _nats_leader(blows, turn), lambda _: _mongo_leader(blows)]
    killed = 0
    for turn in count():
        find = leaders[turn % len(leaders)]
        name = await _led(find, turn)
        if turn % 6 in (4, 5):
            blows.tell(f"cut off the leader {name}")
            await blows.cut(name, blows.chance.uniform(*CUT_OFF_S))
        else:
            blows.tell(f"kill the leader {name}")
            await blows.kill(name, partial(_led, find, turn, name))
            killed += 1
        if killed >= plan.kills:
            return
        await asyncio.sleep(blows.chance.uniform(*REST_S))


async def _led(find: Leader, turn: int, before: str = "") -> str:
    """Wait until there is a leader, another one than `before`; returns its name."""
    async with asyncio.timeout(LED_WITHIN_S):
        while True:
            name = await find(turn)
            if name and name != before:
                return name
            await asyncio.sleep(0.2)


async def _nats_leader(blows: Blows, turn: int) -> str | None:
    async def quiet(_: Exception) -> None:
        """Say nothing."""

    try:
        client = await nats.connect(
            blows.ground.direct_nats_url.split(","), allow_reconnect=False, connect_timeout=2, error_cb=quiet
        )
    except (NatsError, OSError, TimeoutError):
        return None
    try:
        info = await client.jetstream().stream_info(STREAMS[turn // 2 % len(STREAMS)])
    except (NatsError, TimeoutError):
        return None
    finally:
        await client.close()
    return info.cluster.leader if info.cluster else None


async def _mongo_leader(blows: Blows) -> str | None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        blows.ground.direct_mongo_url, serverSelectionTimeoutMS=2000
    )
    try:
        primary = (await client.admin.command("hello"))["primary"]
    except PyMongoError:
        return None
    finally:
        await client.close()
    return blows.ground.members.get(primary)
