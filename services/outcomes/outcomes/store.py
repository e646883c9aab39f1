"""Remembers outcomes, tasks and activities, and counts them."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection

from common.store import Documents
from common.store.commit import Document
from outcomes.domain.activity import Activity, Totals
from outcomes.domain.outcome import Outcome, OutcomeState
from outcomes.domain.rating import Ending
from outcomes.domain.task import TO_DO, Task, TaskState

_TOTAL = None
"""As `_id` of a group: one group of all documents."""


class MongoActivities(Documents[Activity]):
    """The ledger of activities; the meeting's id is theirs, so a repeated fact finds the first."""

    kind = Activity
    name = "activities"


class MongoOutcomes(Documents[Outcome]):
    """Outcomes, one a topic."""

    kind = Outcome
    name = "outcomes"
    indexes = (
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    )

    def due(self, now: datetime) -> AsyncIterator[str]:
        """Yield the ids of outcomes that are due, the longest due first; read from the index alone."""
        return _due(self.collection, now)


DUE_AT_ONCE = 500


class MongoTasks(Documents[Task]):
    """Tasks, found by topic, by state, by department, by due day, and by when their next card is due."""

    kind = Task
    name = "tasks"
    indexes = (
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("department", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("due_on", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("verify_by", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("due_at", ASCENDING), ("_id", ASCENDING)]),
    )

    def due(self, now: datetime) -> AsyncIterator[str]:
        """Yield the ids of tasks whose next card or rung is due, the longest due first; read from the index alone."""
        return _due(self.collection, now)


async def _due(collection: AsyncCollection[Document], now: datetime) -> AsyncIterator[str]:
    found = collection.find({"due_at": {"$lte": now}}, {"_id": 1})
    async for document in found.sort([("due_at", ASCENDING), ("_id", ASCENDING)]).batch_size(DUE_AT_ONCE):
        yield str(document["_id"])


class MongoFigures:
    """The key figures and the deadlines, counted and sought by the database."""

    def __init__(self, activities: MongoActivities, outcomes: MongoOutcomes, tasks: MongoTasks) -> None:
        self._activities = activities
        self._outcomes = outcomes
        self._tasks = tasks

    async def due(self, by: date) -> list[Task]:
        """List the tasks that are due, or to be checked, on or before a day; days are stored as ISO 8601 text."""
        day = {"$lte": by.isoformat()}
        to_do = {"state": {"$in": list(TO_DO)}, "due_on": day}
        return await self._tasks.find({"$or": [to_do, {"state": TaskState.REPLIED, "verify_by": day}]})

    async def public(self, on: date, after: str | None, limit: int) -> list[Outcome]:
        """List the outcomes in publicity on a day, in the order of their ids, beginning behind `after`."""
        query = {"state": OutcomeState.PUBLICISED, "public_until": {"$gte": on.isoformat()}}
        return await self._outcomes.find({**query, "_id": {"$gt": after or ""}}, limit)

    async def totals(self) -> Totals:
        """Count everything."""
        held = await _one(self._activities, {"activities": {"$sum": 1}, "participants": {"$sum": "$heads"}})
        known = await self._activities.aggregate(
            [{"$unwind": "$people"}, {"$group": {"_id": "$people"}}, {"$count": "known_participants"}]
        )
        ended, closed = {"$eq": ["$state", OutcomeState.ENDED]}, {"$eq": ["$state", OutcomeState.CLOSED]}
        unrated = {"$and": [closed, {"$eq": ["$ending", Ending.UNRATED]}]}
        agreed = await _one(
            self._outcomes,
            {
                "topics_agreed": _count({"$not": ended}),
                "topics_ended": _count(ended),
                "topics_closed": _count(closed),
                "topics_closed_unrated": _count(unrated),
                "mean_meetings_to_agreement": {"$avg": {"$cond": [ended, None, "$meetings"]}},
            },
        )
        rated = await self._outcomes.aggregate(
            [
                {"$unwind": "$ratings"},
                {"$group": {"_id": _TOTAL, "ratings": {"$sum": 1}, "mean_score": {"$avg": "$ratings.score"}}},
                {"$unset": "_id"},
            ]
        )
        given = await _one(
            self._tasks,
            {
                "tasks": {"$sum": 1},
                "tasks_kept": _count({"$eq": ["$state", TaskState.VERIFIED]}),
                "tasks_on_time": _count({"$eq": ["$on_time", True]}),
            },
        )
        counted: dict[str, object] = {}
        for part in (held, *known, agreed, *rated, given):
            counted |= part
        return Totals(**counted)  # type: ignore[arg-type]


def _count(condition: Mapping[str, object]) -> dict[str, object]:
    return {"$sum": {"$cond": [condition, 1, 0]}}


async def _one(
    documents: MongoActivities | MongoOutcomes | MongoTasks, group: Mapping[str, object]
) -> dict[str, object]:
    found = await documents.aggregate([{"$group": {"_id": _TOTAL, **group}}, {"$unset": "_id"}])
    return found[0] if found else {}
