"""Remembers: aggregates and their unsaid facts, one document each, in MongoDB."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Generic, cast
from weakref import WeakValueDictionary

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, InsertOne, UpdateOne
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from common.aggregate import A, utc_now
from common.bus.cloudevents import Outgoing
from common.errors import NotFound, Stale
from common.store.commit import Document, GroupCommit
from common.store.database import Store, settled
from common.telemetry import traceparent

__all__ = ["Documents", "Store"]

TRIES = 10
"""How often a decision is taken anew because somebody else wrote first."""

WATCH_AGAIN_S = 1.0

SAVED: Sequence[Mapping[str, object]] = [
    {"$match": {"$or": [{"operationType": "insert"}, {"updateDescription.updatedFields.revision": {"$exists": True}}]}},
    {"$project": {"documentKey": 1}},
]
"""Which changes are saves; what the outbox takes away changes nobody's state."""

log = logging.getLogger(__name__)


class Documents(Generic[A]):
    """The aggregates of one kind, in one collection: `common.aggregate.Aggregates` on MongoDB."""

    kind: type[A]
    name: str
    indexes: Sequence[IndexModel] = ()

    def __init__(self, store: Store) -> None:
        self.collection = store.collection(self.name)
        self._writer = GroupCommit(self.collection)
        self._adapter = TypeAdapter(self.kind)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._source = store.source
        self._outbox = store.outbox
        self._shelf = store.outbox.watch(self)
        store.hold(self)

    async def prepare(self) -> None:
        """Make the indexes: this collection's own, and the partial one over unsaid facts."""
        unsaid = IndexModel([("outbox.time", ASCENDING)], partialFilterExpression={"outbox.0": {"$exists": True}})
        await self.collection.create_indexes([unsaid, *self.indexes])

    async def get(self, id_: str) -> A:
        """Load one. Raises NotFound."""
        return self._thaw(await self._document(id_, {"outbox": 0}))

    async def change(self, id_: str, decide: Callable[[A], None], *, new: Callable[[], A] | None = None) -> A:
        """Load one (or start with `new`), let it decide, and save; again where somebody else wrote first."""
        if new:
            # most often it is new indeed: one write then, and no read; where it is not, its id refuses the write
            aggregate = new()
            decide(aggregate)
            with suppress(Stale):
                return await self._save(aggregate, self._freeze(aggregate))
        # within this process one waits for the other: thirty people who ask for the floor at once are no thirty races
        turn = self._turns.setdefault(id_, asyncio.Lock())
        async with turn:
            for _ in range(TRIES):
                document = await self._document(id_)
                aggregate = self._thaw(document)
                before = self._freeze(aggregate)
                decide(aggregate)
                after = self._freeze(aggregate)
                if after == before and not aggregate.said:
                    return aggregate
                with suppress(Stale):
                    return await self._save(aggregate, after, _unsaid(document))
        raise Stale(f"{id_} is changing too fast; try again")

    async def page(self, after: str | None = None, limit: int = 50, **equal: str | None) -> list[A]:
        """List those whose fields equal what is given, in the order of their ids, beginning behind `after`."""
        query: Document = {name: value for name, value in equal.items() if value is not None}
        if after:
            query["_id"] = {"$gt": after}
        return await self.find(query, limit)

    async def find(self, query: Mapping[str, object], limit: int = 0, order: Sequence[str] = ("_id",)) -> list[A]:
        """List what a query of the driver finds, in the order of ids, or of other fields."""
        cursor = self.collection.find(query, {"outbox": 0}).sort([(name, ASCENDING) for name in order]).limit(limit)
        return [self._thaw(document) async for document in cursor]

    async def aggregate(self, pipeline: Sequence[Mapping[str, object]]) -> list[Document]:
        """Run an aggregation pipeline of the driver."""
        cursor = await settled(self.collection.aggregate(list(pipeline)))
        return [document async for document in cursor]

    async def changes(self) -> AsyncIterator[str | None]:
        """Yield the id of whatever is saved, by any process; None at first and after a break: all may be new then."""
        while True:
            try:
                # from a moment that is over: a stream that opens late misses nothing
                now = (await self.collection.database.client.admin.command("ping"))["operationTime"]
                async with await settled(self.collection.watch(SAVED, start_at_operation_time=now)) as stream:
                    yield None
                    async for change in stream:
                        yield cast("dict[str, str]", change["documentKey"])["_id"]
            except PyMongoError as error:
                log.warning("changes of %s are not told for a while: %s", self.name, type(error).__name__)
                await asyncio.sleep(WATCH_AGAIN_S)

    async def unsaid(self, before: datetime) -> AsyncIterator[tuple[str, list[Outgoing]]]:
        """Yield aggregates with a fact unsaid since `before`; common.outbox sweeps over them."""
        query = {"outbox.0": {"$exists": True}, "outbox.time": {"$lt": before}}
        async for document in self.collection.find(query, {"outbox": 1}).limit(1000):
            yield str(document["_id"]), _unsaid(document)

    async def clear(self, said: dict[str, list[str]]) -> None:
        """Take said facts out of their documents. Lost in a crash, it is done again: so it need not be durable."""
        ids = [id_ for some in said.values() for id_ in some]
        if ids:
            collection = self.collection.with_options(write_concern=WriteConcern(w=1))
            await collection.update_many({"_id": {"$in": list(said)}}, {"$pull": {"outbox": {"id": {"$in": ids}}}})

    async def _document(self, id_: str, projection: Mapping[str, int] | None = None) -> Document:
        document = await self.collection.find_one({"_id": id_}, projection)
        if document is None:
            raise NotFound(self.name.removesuffix("s"), id_)
        return document

    async def _save(self, aggregate: A, state: Document, unsaid: Sequence[Outgoing] = ()) -> A:
        """Write state and facts if the revision is still the one that was read; `unsaid` are the facts found with it.

        What is new is inserted, and refused by its own id where it is there already (three times cheaper for MongoDB
        than an upsert, measured). The rest is an upsert on (_id, revision): where the document has moved on, inserting
        it again is refused in the same way.
        """
        revision = aggregate.revision
        entries = self._entries(aggregate)
        outbox = [vars(entry) for entry in entries]
        if revision == 0:
            await self._writer.write(InsertOne({"_id": aggregate.id, "revision": 1, **state, "outbox": outbox}))
        else:
            update = {"$set": state, "$inc": {"revision": 1}, "$push": {"outbox": {"$each": outbox}}}
            await self._writer.write(UpdateOne({"_id": aggregate.id, "revision": revision}, update, upsert=True))
        aggregate.revision += 1
        aggregate.said.clear()
        self._outbox.say(self._shelf, aggregate.id, entries, unsaid)
        return aggregate

    def _entries(self, aggregate: A) -> list[Outgoing]:
        now, trace, revision = utc_now(), traceparent(), aggregate.revision + 1
        return [
            Outgoing(
                id=f"{aggregate.id}.{revision}.{number}",
                type=event.type,
                source=self._source,
                subject=aggregate.id,
                time=now,
                data=event.model_dump(mode="json"),
                traceparent=trace,
                sequence=revision,
            )
            for number, event in enumerate(aggregate.said)
        ]

    def _freeze(self, aggregate: A) -> Document:
        state = cast("Document", self._adapter.dump_python(aggregate))
        del state["id"], state["revision"]
        return state

    def _thaw(self, document: Document) -> A:
        return self._adapter.validate_python({"id": document["_id"], **document})


def _unsaid(document: Document) -> list[Outgoing]:
    entries = cast("list[dict[str, object]]", document.get("outbox") or [])
    return [Outgoing(**entry) for entry in entries]  # type: ignore[arg-type]
