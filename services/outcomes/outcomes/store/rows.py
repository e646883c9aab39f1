"""Words the populations behind the key figures as pipelines: a document for each record, with columns to add up."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from common.calendar import SHANGHAI
from common.store.commit import Document
from outcomes.domain.figures import Over, Window
from outcomes.domain.outcome import OutcomeState
from outcomes.domain.rating import SATISFIED, Ending
from outcomes.domain.task import TaskState

COLUMNS = {
    Over.ACTIVITIES: ("one", "heads"),
    Over.PEOPLE: ("one",),
    Over.TOWNSHIPS: ("one",),
    Over.VILLAGES: ("one",),
    Over.CONCLUDED: ("one", "agreed", "ended", "meetings"),
    Over.CLOSED: ("one", "unrated", "resolved"),
    Over.TASKS: ("one", "kept", "on_time", "replied", "red_cards"),
    Over.RATINGS: ("one", "score", "satisfied"),
}
Rows = list[Document]
ONE = {"$literal": 1}
OF_TOPIC: Document = {"topic_id": 1, "division": 1, "one": ONE}


def rows(over: Over, window: Window) -> Rows:
    """Make the pipeline whose documents are the records of a population."""
    return _ROWS[over](window)


def _activities(window: Window) -> Rows:
    return [{"$match": _held(window)}, {"$project": {**OF_TOPIC, "at": "$on", "heads": 1}}]


def _people(window: Window) -> Rows:
    return [{"$match": _held(window)}, {"$unwind": "$people"}, {"$group": {"_id": "$people", "one": {"$max": ONE}}}]


def _townships(window: Window) -> Rows:
    township = {"$concat": [{"$substrBytes": ["$division", 0, 9]}, "000"]}
    return [
        {"$match": _held(window)},
        {"$group": {"_id": township, "one": {"$max": ONE}}},
        {"$match": {"_id": {"$not": {"$regex": "000000$"}}}},
        {"$set": {"division": "$_id"}},
    ]


def _villages(window: Window) -> Rows:
    return [
        {"$match": _held(window)},
        {"$group": {"_id": "$division", "one": {"$max": ONE}}},
        {"$match": {"_id": {"$not": {"$regex": "000$"}}}},
        {"$set": {"division": "$_id"}},
    ]


def _concluded(window: Window) -> Rows:
    ended = {"$eq": ["$state", OutcomeState.ENDED]}
    meetings = {"$cond": [ended, 0, "$meetings"]}
    columns = {"at": "$concluded_at", "agreed": _if({"$not": ended}), "ended": _if(ended), "meetings": meetings}
    return [{"$match": _between("concluded_at", window)}, {"$project": OF_TOPIC | columns}]


def _closed(window: Window) -> Rows:
    unrated, resolved = ({"$eq": ["$ending", ending]} for ending in (Ending.UNRATED, Ending.RATED))
    columns = {"at": "$closed_at", "unrated": _if(unrated), "resolved": _if(resolved)}
    match = _between("closed_at", window) | {"state": OutcomeState.CLOSED}
    return [{"$match": match}, {"$project": OF_TOPIC | columns}]


def _tasks(window: Window) -> Rows:
    kept = {"$eq": ["$state", TaskState.VERIFIED]}
    columns = {
        "at": "$assigned_at",
        "kept": _if(kept),
        "on_time": _if({"$and": [kept, {"$eq": ["$on_time", True]}]}),
        "replied": _if({"$gt": [{"$size": {"$ifNull": ["$replies", []]}}, 0]}),
        "red_cards": {"$ifNull": ["$red_cards", 0]},
    }
    return [{"$match": _between("assigned_at", window)}, {"$project": OF_TOPIC | columns}]


def _ratings(window: Window) -> Rows:
    days = _between("ratings.at", window)
    by_topic = {"$elemMatch": {"at": days["ratings.at"]}} if "ratings.at" in days else {"$exists": True, "$ne": []}
    match = {**days, "ratings": by_topic}
    match.pop("ratings.at", None)
    columns = {
        "_id": {"$concat": ["$_id", ":", "$ratings.person_id"]},
        "at": "$ratings.at",
        "score": "$ratings.score",
        "satisfied": _if({"$gte": ["$ratings.score", SATISFIED]}),
    }
    return [{"$match": match}, {"$unwind": "$ratings"}, {"$match": days}, {"$project": OF_TOPIC | columns}]


def _if(condition: Mapping[str, object]) -> Document:
    return {"$cond": [condition, 1, 0]}


def _held(window: Window) -> Document:
    bounds = {"$gte": window.since, "$lte": window.until}
    days = {name: day.isoformat() for name, day in bounds.items() if day}
    return ({"on": days} if days else {}) | _place(window)


def _between(name: str, window: Window) -> Document:
    times: dict[str, object] = {}
    if window.since:
        times["$gte"] = _midnight(window.since)
    if window.until:
        times["$lt"] = _midnight(window.until + timedelta(days=1))
    return ({name: times} if times else {}) | _place(window)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _place(window: Window) -> Document:
    return {"division": {"$regex": f"^{window.prefix}"}} if window.prefix else {}


_ROWS = {
    Over.ACTIVITIES: _activities,
    Over.PEOPLE: _people,
    Over.TOWNSHIPS: _townships,
    Over.VILLAGES: _villages,
    Over.CONCLUDED: _concluded,
    Over.CLOSED: _closed,
    Over.TASKS: _tasks,
    Over.RATINGS: _ratings,
}
