"""A store that has grown: filled with old issues, and asked whether its queries still use an index."""

import json

import load
from pymongo.asynchronous.collection import AsyncCollection

from common.aggregate import utc_now

Document = dict[str, object]


async def grow(issues: AsyncCollection[Document], size: int) -> None:
    """Fill the store up to a size, with issues of all states."""
    there = await issues.estimated_document_count()
    states = ("RECEIVED", "ADOPTED", "CLOSED", "REJECTED")
    for start in range(there, size, 10_000):
        documents: list[dict[str, object]] = [
            {
                "_id": f"issue-old-{number:08}",
                "revision": 1,
                "source": "grid",
                "state": states[number % 4],
                "topic_id": f"topic-{number // 3}" if number % 4 else None,
                "content": {
                    k: v for k, v in load.issue("x", number).items() if k in ("title", "description", "division")
                },
                "received_at": utc_now(),
                "outbox": [],
            }
            for number in range(start, min(size, start + 10_000))
        ]
        await issues.insert_many(documents, ordered=False)


async def no_scan(issues: AsyncCollection[Document]) -> None:
    """Raise where one of intake's queries would read the whole collection."""
    unsaid = {"outbox.0": {"$exists": True}, "outbox.time": {"$lt": utc_now()}}
    for query in ({"_id": "x", "revision": 1}, {"state": "RECEIVED"}, {"topic_id": "topic-1"}, unsaid):
        plan = json.dumps(await issues.find(query).sort("_id", 1).explain(), default=str)
        if "COLLSCAN" in plan:
            message = f"{query} scans the collection: {plan}"
            raise RuntimeError(message)
