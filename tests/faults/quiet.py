"""When the county has come to rest: nothing pending, nothing unsaid, nothing on its way to a person."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

import nats
from nats.js import JetStreamContext
from pymongo.asynchronous.database import AsyncDatabase

from common.bus.streams import consumers

Database = AsyncDatabase[dict[str, Any]]

OPEN_NOTICES = ("QUEUED", "SENDING", "SENT", "UNKNOWN")
IN_HAND = [f"notices {state}" for state in OPEN_NOTICES[1:]]
STILL_S = 1.0
LOOK_EVERY_S = 0.5


async def restless(js: JetStreamContext, database: Database, county: str) -> dict[str, int]:
    """Count what is not at rest yet, by what it is."""
    found = {}
    for consumer in consumers(county):
        try:
            info = await js.consumer_info(consumer.stream, consumer.name)
        except nats.errors.Error as error:
            found[f"consumer {consumer.name}: {type(error).__name__}"] = 1
            continue
        found[f"consumer {consumer.name}"] = (info.num_pending or 0) + (info.num_ack_pending or 0)
    for name in await database.list_collection_names():
        found[f"unsaid in {name}"] = await database[name].count_documents({"outbox.0": {"$exists": True}})
    for state in OPEN_NOTICES:
        found[f"notices {state}"] = await database["notices"].count_documents({"state": state})
    return {what: number for what, number in found.items() if number}


async def rest(
    js: JetStreamContext, database: Database, county: str, within_s: float, notices: bool
) -> tuple[float, Mapping[str, int]]:
    """Wait until the county rests; returns the seconds that took, and what does not rest when time is up.

    Without `notices` only those must be at rest that nobody has taken in hand yet.
    """
    began = monotonic()
    still_since: float | None = None
    while True:
        left = await restless(js, database, county)
        if not notices:
            left = {what: number for what, number in left.items() if what not in IN_HAND}
        now = monotonic()
        still_since = (still_since or now) if not left else None
        if still_since and now - still_since >= STILL_S:
            return still_since - began, {}
        if now - began > within_s:
            return now - began, left
        await asyncio.sleep(LOOK_EVERY_S)
