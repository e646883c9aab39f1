"""Remembers issues and topics."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from common.store import Documents
from intake.domain import SETTLED, Issue, Topic
from intake.handlers.requests import Wanted


class MongoIssues(Documents[Issue]):
    """Issues; their id derives from source and external id, so a repeated one finds the first."""

    kind = Issue
    name = "issues"
    indexes = (
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("content.division", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("received_at", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("updates.at", ASCENDING), ("_id", ASCENDING)]),
    )

    async def search(self, wanted: Wanted) -> list[Issue]:
        """List what is wanted, the newest first."""
        query: dict[str, object] = {"received_at": {"$gte": wanted.since, "$lte": wanted.until}}
        if wanted.ids:
            query = {"_id": {"$in": list(wanted.ids)}}
        if wanted.categories:
            query["content.category"] = {"$in": list(wanted.categories)}
        if wanted.settled is not None:
            last = {"$in": [{"$last": "$updates.status"}, sorted(SETTLED)]}
            query["$expr"] = last if wanted.settled else {"$not": last}
        if wanted.box:
            west, south, east, north = wanted.box
            query["content.location.lon"] = {"$gte": west, "$lte": east}
            query["content.location.lat"] = {"$gte": south, "$lte": north}
        order = [("received_at", DESCENDING), ("_id", ASCENDING)]
        cursor = self.collection.find(query, {"outbox": 0}).sort(order).skip(wanted.skip).limit(wanted.limit)
        return [self._thaw(document) async for document in cursor]

    async def updated(self, since: datetime, until: datetime, skip: int, limit: int) -> list[Issue]:
        """List issues with an update in this time, in the order of their ids."""
        query = {"updates": {"$elemMatch": {"at": {"$gte": since, "$lte": until}}}}
        cursor = self.collection.find(query, {"outbox": 0}).sort("_id", ASCENDING).skip(skip).limit(limit)
        return [self._thaw(document) async for document in cursor]


class MongoTopics(Documents[Topic]):
    """Topics, as far as intake decides about them."""

    kind = Topic
    name = "topics"
    indexes = (IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)
