"""Remembers receipts as they came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, UpdateMany
from pymongo.errors import BulkWriteError, WTimeoutError
from pymongo.write_concern import WriteConcern

from common.aggregate import utc_now
from common.store import Store
from common.store.commit import DUPLICATE_KEY, Document
from notify.domain import Kept

_adapter = TypeAdapter(Kept)
_WAITING: Document = {"waits": True}
LONGEST_REST = timedelta(hours=1)


class MongoReceipts:
    """Receipts by gateway and what they say; those that wait for their message are few, and indexed."""

    def __init__(self, store: Store) -> None:
        self._collection = store.collection("receipts")
        store.hold(self)

    async def prepare(self) -> None:
        """Make the indexes, over what waits alone."""
        indexes = [
            IndexModel([("gateway", ASCENDING), ("readings", ASCENDING)], partialFilterExpression=_WAITING),
            IndexModel([("look_at", ASCENDING)], partialFilterExpression=_WAITING),
            IndexModel([("at", ASCENDING)]),
        ]
        await self._collection.create_indexes(indexes)

    async def keep(self, receipts: Sequence[Kept]) -> None:
        """Store many at once; those already there stay as they are."""
        if not receipts:
            return
        documents = [_freeze(receipt) for receipt in receipts]
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if error.details.get("writeConcernErrors"):
                raise WTimeoutError("the majority has not confirmed") from error
            if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
                raise

    async def settle(self, ids: Sequence[str]) -> None:
        """Let them wait no more. Lost in a crash, they are matched again: so it need not be durable."""
        if ids:
            collection = self._collection.with_options(write_concern=WriteConcern(w=1))
            await collection.update_many({"_id": {"$in": list(ids)}}, {"$unset": {"waits": 1, "look_at": 1}})

    async def waiting(self, gateway: str, part_ids: Sequence[str]) -> list[Kept]:
        """List those not settled that may be for one of these parts."""
        query: Document = {**_WAITING, "gateway": gateway, "readings": {"$in": list(part_ids)}}
        return [_thaw(document) async for document in self._collection.find(query)]

    async def unsettled(self, since: datetime, until: datetime, limit: int) -> list[Kept]:
        """List those not settled whose time to be looked at has come; the older, the more seldom."""
        query: Document = {**_WAITING, "look_at": {"$lte": until}, "at": {"$gte": since}}
        cursor = self._collection.find(query).sort("look_at", ASCENDING).limit(limit)
        found = [document async for document in cursor]
        now = utc_now()
        updates = [
            UpdateMany({"_id": one["_id"]}, {"$set": {"look_at": now + min(LONGEST_REST, now - _at(one))}})
            for one in found
        ]
        if updates:
            await self._collection.with_options(write_concern=WriteConcern(w=1)).bulk_write(updates, ordered=False)
        return [_thaw(document) for document in found]


def _freeze(kept: Kept) -> Document:
    state = cast("Document", _adapter.dump_python(kept))
    return {"_id": state.pop("id"), **state, "waits": True, "look_at": kept.at}


def _thaw(document: Document) -> Kept:
    return _adapter.validate_python({"id": document["_id"], **document})


def _at(document: Document) -> datetime:
    return cast("datetime", document["at"])
