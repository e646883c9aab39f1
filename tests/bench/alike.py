"""Suggestions of what is the same matter: how good, and how fast, among many open issues, on a real mongod.

The labelled complaints (tests/complaints) stand among made-up ones of the same divisions and weeks, none of which is
the same matter as any: each that is suggested counts as wrong. Recall and precision at the top 3 are those of
complaints_read.rates. Their floor is the target, and that of the time what was promised for one suggestion.
"""

import asyncio
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from means import Measure, measure
from pymongo.errors import PyMongoError

from common.aggregate import derived_id
from common.county import County
from common.events import Place
from common.outbox import Outbox
from common.store import Store
from complaints_read import TOP, Complaint, complaints, rates
from intake.domain import Content, Issue, IssueState, marks
from intake.domain.meanings import MEANINGS
from intake.handlers.alike import MOST_COMPARED, Alike, known_of
from intake.store import MongoIssues
from yishi.folder import Folder
from yishi.options import COUNTY
from yishi.servers import serving

TARGET, PROMISED_MS = 0.9, 50
BATCH = 5_000
_FIRST, _SECOND = "金银天宏福盛华锦瑞康泰和安兴达嘉丽景园新恒鑫", "庆源城港湾苑润河山泉林星月龙凤祥隆丰通顺成业"
_KINDS = ("小区", "花园", "家园", "家属院", "嘉园", "路", "巷", "街", "小学", "广场")
_FILL = ("没人管", "请尽快处理", "反映多次没有结果", "住户意见很大", "这个月好几回了", "希望协调", "老人孩子都受影响")


@dataclass
class Crowd:
    """Made-up issues: each somewhere in the county, about one or two things, in a handful of words."""

    chance: random.Random

    def one(self, number: int) -> tuple[str, str, str, datetime]:
        """Make up title, text, division and day."""
        chance = self.chance
        meanings = chance.sample(list(MEANINGS.values()), chance.choice((1, 2)))
        name = chance.choice(_FIRST) + chance.choice(_SECOND) + chance.choice(_KINDS)
        where = f"{name}{chance.randint(1, 40)}号楼" if chance.random() < 0.4 else name
        words = [chance.choice(words) for words in meanings for _ in range(3)]
        division = f"620102{chance.randint(1, 25):03}{chance.randint(1, 12):03}"
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=chance.randint(0, 360), minutes=number % 600)
        text = "，".join([where, *words[1:], *chance.sample(_FILL, 3)])
        return f"{where}{words[0]}", text, division, day


def _issue(id_: str, source: str, content: Content) -> Issue:
    state = IssueState.RECEIVED if id_ < "issue-m" else IssueState.ADOPTED
    return Issue(id=id_, source=source, external_id=id_, content=content, received_at=content.occurred_at, state=state)


def _crowd(size: int) -> Iterator[Issue]:
    crowd = Crowd(random.Random(620102))  # noqa: S311  the same crowd each time
    for number in range(size):
        title, text, division, day = crowd.one(number)
        found = tuple(marks(title, text, division))
        yield _issue(derived_id("issue", str(number)), "grid", Content(title, text, division, "x", day, marks=found))


def _labelled(name: str, labelled: Sequence[Complaint], county: County) -> list[Issue]:
    made = []
    for number, one in enumerate(labelled):
        places = dict.fromkeys((f"{one.division[:9]}000", one.division))
        called = [place.name for place in map(county.division, places) if place]
        found = tuple(marks(one.title, one.text, one.division, called))
        place = Place(lon=one.place[0], lat=one.place[1]) if one.place else None
        content = Content(one.title, one.text, one.division, one.category, one.occurred_at, location=place, marks=found)
        made.append(_issue(derived_id("issue", name, str(number)), one.system, content))
    return made


async def _fill(issues: MongoIssues, made: Iterator[Issue]) -> None:
    batch: list[dict[str, object]] = []
    for issue in made:
        batch.append({"_id": issue.id, "revision": 1, **issues._freeze(issue), "outbox": []})
        if len(batch) == BATCH:
            await issues.collection.insert_many(batch, ordered=False)
            batch = []
    if batch:
        await issues.collection.insert_many(batch, ordered=False)


async def _no_scan(issues: MongoIssues, issue: Issue) -> None:
    """Raise where candidates are not read from the index."""
    rarity = await issues.rarity()
    command = issues.sharing_of(rarity.pick(known_of(issue).marks), MOST_COMPARED)
    told = await issues.collection.database.command(
        {"explain": {"aggregate": issues.name, "pipeline": command, "cursor": {}}, "verbosity": "queryPlanner"}
    )
    plan = json.dumps(told, default=str)
    if "COLLSCAN" in plan or "IXSCAN" not in plan:
        raise PyMongoError(f"candidates are not read from an index: {plan}")


async def alike(mongo_url: str, size: int) -> list[Measure]:
    """Measure recall, precision and time among so many open issues."""

    async def publish(*_: object) -> None:
        """Say nothing."""

    name = f"alike_{secrets.token_hex(4)}"
    store = Store(mongo_url, name, "motor", Outbox(publish), "bench")
    issues = MongoIssues(store)
    await store.prepare()
    try:
        await _fill(issues, _crowd(size))
        return await _measured(issues, size)
    finally:
        await store._client.drop_database(name)
        await store.close()


async def _measured(issues: MongoIssues, size: int) -> list[Measure]:
    county, desk = County.load(COUNTY), Alike(issues, issues)
    found, took = [], []
    for name in ("tuned", "held_out"):
        labelled = complaints(name)
        made = _labelled(name, labelled, county)
        matters = {issue.id: one.matter for issue, one in zip(made, labelled, strict=True)}
        await _fill(issues, iter(made))
        await _no_scan(issues, made[0])
        suggested = []
        for issue in made:
            began = time.perf_counter()
            suggestions = await desk.alike(issue.id, TOP)
            took.append(1000 * (time.perf_counter() - began))
            suggested.append([matters.get(other.id) for other, _, _ in suggestions])
        await issues.collection.delete_many({"_id": {"$in": [issue.id for issue in made]}})
        recall, precision = rates([one.matter for one in labelled], suggested)
        about = f"of {len(made)} complaints ({name}) among {size:,} (floor: the target)"
        found.append(measure(f"same matter at top {TOP}, recall {about}", "share", recall, TARGET))
        found.append(measure(f"same matter at top {TOP}, precision {about}", "share", precision, TARGET))
    took.sort()
    for share, at in (("p50", statistics.median(took)), ("p99", took[int(0.99 * (len(took) - 1))])):
        promised = f"(floor: the {PROMISED_MS} ms promised)"
        found.append(measure(f"one suggestion among {size:,} open issues, {share} {promised}", "ms", at, PROMISED_MS))
    return found


async def _alone(size: int) -> None:
    with tempfile.TemporaryDirectory(prefix="yishi-alike-") as path:
        folder = Folder.open(Path(path) / "data")
        with folder.locked() as lock:
            async with serving(folder, lock) as servers:
                for line in await alike(servers.mongo_url, size):
                    print(line.name, line.ours, line.unit, f"ratio {line.ratio}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_alone(int(sys.argv[1])))
