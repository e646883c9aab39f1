"""Remembers issues and topics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from secrets import choice
from time import monotonic
from typing import cast

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from common.errors import NotFound
from common.store import Documents, Store
from intake.domain import GOING_ON, SETTLED, WAITING, Issue, Known, Rarity, Topic
from intake.handlers.requests import Wanted

SAMPLED = 1_000
RARITY_HOLDS_S = 600
KNOWN = TypeAdapter(list[Known])


class MongoIssues(Documents[Issue]):
    """Issues; their id derives from source and external id, so a repeated one finds the first."""

    kind = Issue
    name = "issues"
    indexes = (
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("due_on", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("content.division", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("received_at", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("updates.at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("content.marks", ASCENDING)]),
    )

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._rarity: tuple[float, Rarity] | None = None

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

    async def waiting(self, after: str | None, limit: int, since: date | None, until: date | None) -> list[Issue]:
        """List those that wait for screening, the first due first; `due_on` stays as it is, so the cursor is an id."""
        query: dict[str, object] = {"state": {"$in": WAITING}}
        if after:
            with suppress(NotFound):
                day = (await self.get(after)).due_on
                # a day is stored as text, so what is behind none at all is behind ""
                query["$or"] = [{"due_on": day, "_id": {"$gt": after}}, {"due_on": {"$gt": day or ""}}]
                since = max(filter(None, (since, day)), default=None)
        if days := {name: day for name, day in (("$gte", since), ("$lte", until)) if day}:
            query["due_on"] = days
        return await self.find(query, limit, order=("due_on", "_id"))

    async def rarity(self) -> Rarity:
        """Tell how rare marks are, by a sample of the issues that go on; it is taken anew now and then."""
        if self._rarity is None or monotonic() - self._rarity[0] > RARITY_HOLDS_S:
            self._rarity = monotonic(), await self._sample()
        return self._rarity[1]

    async def sharing(self, marks: Sequence[str], most: int) -> list[Known]:
        """List issues that go on and carry one of these marks, those that carry most of them first."""
        return KNOWN.validate_python(await self.aggregate(self.sharing_of(marks, most)))

    def sharing_of(self, marks: Sequence[str], most: int) -> list[Mapping[str, object]]:
        """Ask for them, in the driver's words."""
        content = {name: f"$content.{name}" for name in ("title", "division", "occurred_at", "location", "marks")}
        return [
            {"$match": {"state": {"$in": GOING_ON}, "content.marks": {"$in": list(marks)}}},
            {"$set": {"shared": {"$size": {"$setIntersection": ["$content.marks", list(marks)]}}}},
            {"$sort": {"shared": -1}},
            {"$limit": most},
            {"$project": {"_id": 0, "id": "$_id", "source": 1, **content}},
        ]

    async def _sample(self) -> Rarity:
        # ids are made of digests: those behind any place in the first half of them are a fair sample, by the index
        query = {"state": {"$in": GOING_ON}, "_id": {"$gt": f"issue-{choice('234567abcdefghij')}"}}
        carriers: Counter[str] = Counter()
        sampled = 0
        async for document in self.collection.find(query, {"content.marks": 1}).sort("_id", ASCENDING).limit(SAMPLED):
            carriers.update(cast("dict[str, list[str]]", document["content"]).get("marks", []))
            sampled += 1
        return Rarity(carriers, sampled, await self.collection.estimated_document_count())


class MongoTopics(Documents[Topic]):
    """Topics, as far as intake decides about them."""

    kind = Topic
    name = "topics"
    indexes = (
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("pieces", ASCENDING), ("_id", ASCENDING)]),
    )

    async def having(self, pieces: Sequence[str], after: str | None, limit: int, state: str | None) -> list[Topic]:
        """List those that have all of these pieces, in the order of their ids."""
        query: dict[str, object] = {"pieces": {"$all": list(pieces)}}
        query |= ({"state": state} if state else {}) | ({"_id": {"$gt": after}} if after else {})
        return await self.find(query, limit)
