"""Remembers outcomes, tasks and activities, and counts them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection

from common.store import Documents
from common.store.commit import Document
from outcomes.domain.activity import Activity
from outcomes.domain.case import Case
from outcomes.domain.figures import BY_COUNTY, Figure, Over, Record, Sums, Window
from outcomes.domain.outcome import Outcome, OutcomeState
from outcomes.domain.task import TO_DO, Task, TaskState
from outcomes.domain.thread import Entry
from outcomes.store.rows import COLUMNS, Rows, rows

_TOTAL = None
"""As `_id` of a group: one group of all documents."""


class MongoActivities(Documents[Activity]):
    """The ledger of activities; the meeting's id is theirs, so a repeated fact finds the first."""

    kind = Activity
    name = "activities"
    indexes = (IndexModel([("on", ASCENDING), ("division", ASCENDING)]), IndexModel([("division", ASCENDING)]))


class MongoOutcomes(Documents[Outcome]):
    """Outcomes, one a topic."""

    kind = Outcome
    name = "outcomes"
    indexes = (
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("concluded_at", ASCENDING), ("division", ASCENDING)]),
        IndexModel([("closed_at", ASCENDING), ("division", ASCENDING)]),
        IndexModel([("ratings.at", ASCENDING)]),
        IndexModel([("division", ASCENDING)]),
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
        IndexModel([("assigned_at", ASCENDING), ("division", ASCENDING)]),
        IndexModel([("division", ASCENDING)]),
    )

    def due(self, now: datetime) -> AsyncIterator[str]:
        """Yield the ids of tasks whose next card or rung is due, the longest due first; read from the index alone."""
        return _due(self.collection, now)


async def _due(collection: AsyncCollection[Document], now: datetime) -> AsyncIterator[str]:
    found = collection.find({"due_at": {"$lte": now}}, {"_id": 1})
    async for document in found.sort([("due_at", ASCENDING), ("_id", ASCENDING)]).batch_size(DUE_AT_ONCE):
        yield str(document["_id"])


class MongoTrail(Documents[Entry]):
    """What was noted of each topic's thread, a document for each fact: many are inserted as one, none is rewritten."""

    kind = Entry
    name = "trail"
    indexes = (IndexModel([("about", ASCENDING), ("_id", ASCENDING)]),)

    async def about(self, ids: Sequence[str]) -> list[Entry]:
        """List the entries about any of these topics and issues."""
        return await self.find({"about": {"$in": list(ids)}})


class MongoCases(Documents[Case]):
    """The case library."""

    kind = Case
    name = "cases"
    indexes = (
        IndexModel([("shown", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("pieces", ASCENDING), ("_id", ASCENDING)]),
    )

    async def having(self, pieces: Sequence[str], after: str | None, limit: int) -> list[Case]:
        """List the cases that are shown and have all of these pieces, in the order of their ids."""
        query: dict[str, object] = {"shown": True, "_id": {"$gt": after or ""}}
        return await self.find(query | ({"pieces": {"$all": list(pieces)}} if pieces else {}), limit)


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

    async def sums(self, window: Window) -> Sums:
        """Add up every column of every population."""
        found: dict[Over, Mapping[str, float]] = {}
        for over in Over:
            documents, pipeline = self._population(over, window)
            group: Document = {"_id": _TOTAL, **{column: {"$sum": f"${column}"} for column in COLUMNS[over]}}
            for sums in await documents.aggregate([*pipeline, {"$group": group}, {"$unset": "_id"}]):
                found[over] = cast("Mapping[str, float]", sums)
        return found

    async def records(self, figure: Figure, window: Window, after: str | None, limit: int) -> list[Record]:
        """List the records behind a figure, in the order of their ids, beginning behind `after`."""
        documents, pipeline = self._population(figure.over, window)
        kept = "one" if figure.per == BY_COUNTY else figure.kept
        behind = {"_id": {"$gt": after or ""}, kept: {"$gt": 0}}
        rows = await documents.aggregate([*pipeline, {"$match": behind}, {"$sort": {"_id": 1}}, {"$limit": limit}])
        read = TypeAdapter(Record).validate_python
        return [read({**row, "id": row["_id"], "counts": row[figure.column]}) for row in rows]

    def _population(self, over: Over, window: Window) -> tuple[MongoActivities | MongoOutcomes | MongoTasks, Rows]:
        if over is Over.TASKS:
            return self._tasks, rows(over, window)
        of_outcomes = over in (Over.CONCLUDED, Over.CLOSED, Over.RATINGS)
        return self._outcomes if of_outcomes else self._activities, rows(over, window)
