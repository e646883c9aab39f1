"""Remembers people and campaigns."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from common.store import Documents
from notify.domain import Campaign, Person


class MongoPeople(Documents[Person]):
    """People, by person id."""

    kind = Person
    name = "people"
    indexes = (IndexModel([("groups", ASCENDING), ("_id", ASCENDING)]),)

    async def some(self, ids: Sequence[str]) -> dict[str, Person]:
        """Load those of the ids that are known."""
        return {person.id: person for person in await self.find({"_id": {"$in": list(ids)}})}

    async def group(self, name: str) -> list[str]:
        """List the ids of those in a group."""
        cursor = self.collection.find({"groups": name}, {"_id": 1}).sort("_id", ASCENDING)
        return [str(document["_id"]) async for document in cursor]


class MongoCampaigns(Documents[Campaign]):
    """Campaigns."""

    kind = Campaign
    name = "campaigns"
    indexes = (IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)
