"""Group commit: the one way in which anything is written."""

import asyncio
from collections.abc import Mapping
from typing import cast

from pymongo import InsertOne, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import AutoReconnect, BulkWriteError, WriteError, WTimeoutError

from common.errors import Stale

Document = dict[str, object]
Write = InsertOne[Document] | UpdateOne

MOST_AT_ONCE = 500
DUPLICATE_KEY = 11000
PRIMARY_LEAVES = frozenset((91, 189, 10058, 10107, 11600, 11602, 13435, 13436))
"""What a member says that is stepping down or shutting down (MongoDB's driver specification, SDAM): weather."""


class GroupCommit:
    """Sends writes that come at the same time to the server as one: one round trip, one wait for the majority."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._waiting: list[tuple[Write, asyncio.Future[None]]] = []
        self._draining: asyncio.Task[None] | None = None

    async def write(self, write: Write) -> None:
        """Write; returns when the majority has it. Raises Stale where a document of this id is there already."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((write, written))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        await written

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            failures = await self._send([write for write, _ in batch])
            for number, (_, written) in enumerate(batch):
                failure = failures.get(number)
                if written.cancelled():
                    continue
                if failure:
                    written.set_exception(failure)
                else:
                    written.set_result(None)

    async def _send(self, writes: list[Write]) -> dict[int, Exception]:
        """Send a batch; tell what failed, by its place in the batch."""
        try:
            await self._collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if error.details.get("writeConcernErrors"):
                return dict.fromkeys(range(len(writes)), WTimeoutError("the majority has not confirmed"))
            return {int(e["index"]): _write_error(e) for e in error.details["writeErrors"]}
        except Exception as error:  # noqa: BLE001  each of the writers is told
            return dict.fromkeys(range(len(writes)), error)
        return {}


def _write_error(error: Mapping[str, object]) -> Exception:
    if error.get("code") == DUPLICATE_KEY:
        return Stale("somebody else wrote first")
    if error.get("code") in PRIMARY_LEAVES:
        return AutoReconnect("the primary is leaving")
    return WriteError(str(error.get("errmsg")), cast("int", error.get("code")))
