"""Remembers notices."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError, WTimeoutError

from common.errors import Stale
from common.store import Documents
from common.store.commit import DUPLICATE_KEY, Document
from notify.domain import Notice, NoticeState
from notify.domain.notice import PATIENCE
from notify.handlers.ports import Tally


class MongoNotices(Documents[Notice]):
    """Notices; their id derives from event (or campaign) and person, so that each is stored once."""

    kind = Notice
    name = "notices"
    indexes = (
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("claim", ASCENDING)], partialFilterExpression={"claim": {"$type": "string"}}),
        IndexModel([("campaign_id", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("topic_id", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gateway", ASCENDING), ("parts.id", ASCENDING)]),
        IndexModel([("person_id", ASCENDING), ("asks_rating", ASCENDING), ("queued_at", DESCENDING)]),
    )

    async def queue(self, notices: Sequence[Notice]) -> None:
        """Store many at once; those already there stay as they are."""
        documents = [{"_id": notice.id, "revision": 1, "outbox": [], **self._freeze(notice)} for notice in notices]
        try:
            await self.collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if error.details.get("writeConcernErrors"):
                raise WTimeoutError("the majority has not confirmed") from error
            if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
                raise

    async def claim(self, gateway: str, now: datetime, limit: int, fence: int = 0) -> list[Notice]:
        """Take in hand some that are due: compare-and-set on each, as `Notice.claimed` says, in three calls for all."""
        query: Document = {"state": NoticeState.QUEUED, "due_at": {"$lte": now}, "refused_by": {"$ne": gateway}}
        if fence:
            query["$or"] = [{"gateway": {"$ne": gateway}}, {"fence": {"$not": {"$gt": fence}}}]
        cursor = self.collection.find(query, {"_id": 1}).sort("due_at", ASCENDING).limit(limit)
        ids = [document["_id"] async for document in cursor]
        if not ids:
            return []
        claim = secrets.token_hex(12)
        mine = {
            "state": NoticeState.SENDING,
            "gateway": gateway,
            "claim": claim,
            "claimed_at": now,
            "due_at": now + PATIENCE,
            "fence": fence,
        }
        await self.collection.update_many({"_id": {"$in": ids}, **query}, {"$set": mine, "$inc": {"revision": 1}})
        return await self.find({"claim": claim})

    async def amend(self, notice: Notice, decide: Callable[[Notice], None]) -> Notice:
        """Let a notice at hand decide, and save it; where somebody else wrote first, it is loaded and decided again."""
        before = self._freeze(notice)
        decide(notice)
        after = self._freeze(notice)
        if after == before:
            return notice
        try:
            return await self._save(notice, after)
        except Stale:
            vars(notice).update(vars(await self.change(notice.id, decide)))
            return notice

    async def told_of(self, gateway: str, references: Sequence[str], part_ids: Sequence[str]) -> list[Notice]:
        """List those with one of these ids, and those of the gateway that have a part with one of the provider's."""
        found = await self.find({"_id": {"$in": list(references)}}) if references else []
        if part_ids:
            found += await self.find({"gateway": gateway, "parts.id": {"$in": list(part_ids)}})
        return found

    async def unnamed(self, gateway: str, person_ids: Sequence[str]) -> list[Notice]:
        """List those to these people of which nobody could say whether this gateway's provider took them."""
        people = {"$in": list(person_ids)}
        return await self.find({"gateway": gateway, "person_id": people, "state": NoticeState.UNKNOWN})

    async def overdue(self, now: datetime, limit: int, not_of: Sequence[str] = ()) -> list[Notice]:
        """List those given to a gateway, but for some, whose time to be asked after has come."""
        given = [NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN]
        query = {"state": {"$in": given}, "due_at": {"$lte": now}, "gateway": {"$nin": list(not_of)}}
        return await self.find(query, limit)

    async def tally(self, *, topic_id: str | None = None, campaign_id: str | None = None) -> list[Tally]:
        """Count by state."""
        wanted = {"topic_id": topic_id, "campaign_id": campaign_id}
        match = {name: value for name, value in wanted.items() if value is not None}
        group = {"_id": "$state", "notices": {"$sum": 1}, "segments": {"$sum": "$segments"}}
        found = await self.aggregate([{"$match": match}, {"$group": group}, {"$sort": {"_id": 1}}])
        return [
            Tally(NoticeState(str(line["_id"])), int(str(line["notices"])), int(str(line["segments"])))
            for line in found
        ]

    async def last_question(self, person_id: str) -> Notice | None:
        """Find the last one that asked this person for a rating."""
        query = {"person_id": person_id, "asks_rating": True}
        document = await self.collection.find_one(query, {"outbox": 0}, sort=[("queued_at", DESCENDING)])
        return self._thaw(document) if document else None
