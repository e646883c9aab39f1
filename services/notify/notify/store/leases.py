"""Remembers who owns an account with a provider; the database's clock decides, not ours."""

from datetime import timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from common.store import Store


class MongoLeases:
    """Leases by account: owner, until when, and a number that grows with each new owner (the fencing token)."""

    def __init__(self, store: Store) -> None:
        self._collection = store.collection("leases")

    async def hold(self, account: str, owner: str, time: timedelta) -> int | None:
        """Take or keep a lease in one step; None where somebody else has it."""
        free = {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}
        mine = {"$eq": ["$owner", owner]}
        number = {"$ifNull": ["$number", 0]}
        allowed = {"$or": [mine, free]}
        until = {"$add": ["$$NOW", int(time.total_seconds() * 1000)]}
        change = {
            "number": {"$cond": [{"$and": [free, {"$not": mine}]}, {"$add": [number, 1]}, number]},
            "owner": {"$cond": [allowed, {"$literal": owner}, "$owner"]},
            "until": {"$cond": [allowed, until, "$until"]},
        }
        try:
            lease = await self._collection.find_one_and_update(
                {"_id": account}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # two took the first lease of all at once: the other one has it
            return None
        return int(str(lease["number"])) if lease and lease["owner"] == owner else None

    async def release(self, account: str, owner: str) -> None:
        """Let it end now."""
        await self._collection.update_one({"_id": account, "owner": owner}, [{"$set": {"until": "$$NOW"}}])
