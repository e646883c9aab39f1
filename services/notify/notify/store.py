"""Remembers people, notices and campaigns; contacts lie in a vault."""

import base64
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError, WTimeoutError

from common.errors import Misconfigured
from common.people import Contact
from common.store import Documents
from common.store.commit import DUPLICATE_KEY, Document
from notify.domain import Campaign, Notice, NoticeState, Person
from notify.domain.notice import PATIENCE
from notify.handlers.ports import Tally

_KEY_BYTES, _NONCE_BYTES = 32, 12


class Vault:
    """Contacts encrypted with AES-256-GCM: base64 of nonce and ciphertext, bound to the person's id."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise Misconfigured(f"YISHI_VAULT_KEY must be {_KEY_BYTES} bytes, base64; it has {len(key)}")
        self._cipher = AESGCM(key)

    def lock(self, person_id: str, contact: Contact) -> str:
        """Encrypt a contact."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(asdict(contact)).encode()
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, person_id.encode())).decode()

    def unlock(self, person_id: str, locked: str) -> Contact:
        """Decrypt a contact. Raises Misconfigured where it was locked with another key, or for another person."""
        raw = base64.b64decode(locked)
        try:
            plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], person_id.encode())
        except InvalidTag as error:
            raise Misconfigured("YISHI_VAULT_KEY is not the key that contacts were encrypted with") from error
        return Contact(**json.loads(plain))


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


class MongoNotices(Documents[Notice]):
    """Notices; their id derives from event (or campaign) and person, so that each is stored once."""

    kind = Notice
    name = "notices"
    indexes = (
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("claim", ASCENDING)], partialFilterExpression={"claim": {"$type": "string"}}),
        IndexModel([("campaign_id", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("topic_id", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
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

    async def claim(self, gateway: str, now: datetime, limit: int) -> list[Notice]:
        """Take in hand some that are due: compare-and-set on each, as `Notice.claimed` says, in three calls for all."""
        query: Document = {"state": NoticeState.QUEUED, "due_at": {"$lte": now}, "refused_by": {"$ne": gateway}}
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
        }
        await self.collection.update_many({"_id": {"$in": ids}, **query}, {"$set": mine, "$inc": {"revision": 1}})
        return await self.find({"claim": claim})

    async def overdue(self, now: datetime, limit: int) -> list[Notice]:
        """List those given to a gateway whose time to be asked after has come."""
        given = [NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN]
        return await self.find({"state": {"$in": given}, "due_at": {"$lte": now}}, limit)

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


class MongoCampaigns(Documents[Campaign]):
    """Campaigns."""

    kind = Campaign
    name = "campaigns"
    indexes = (IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)
