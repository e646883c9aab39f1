"""What intake looks up, without a database. The contract tests prove that it does not lie."""

from collections.abc import Sequence
from datetime import date

from fakes import MemoryAggregates
from intake.domain import WAITING, Issue, Topic


class MemoryQueue:
    """`intake.handlers.lists.Queue`."""

    def __init__(self, issues: MemoryAggregates[Issue]) -> None:
        self.issues = issues

    async def waiting(self, after: str | None, limit: int, since: date | None, until: date | None) -> list[Issue]:
        def place(issue: Issue) -> tuple[date, str]:
            return issue.due_on or date.min, issue.id

        behind = place(await self.issues.get(after)) if after else None
        found = [issue for issue in self.issues.all() if issue.state in WAITING]
        if since or until:
            low, high = since or date.min, until or date.max
            found = [issue for issue in found if issue.due_on and low <= issue.due_on <= high]
        return sorted((i for i in found if behind is None or place(i) > behind), key=place)[:limit]


class MemoryLibrary:
    """`intake.handlers.lists.Library`."""

    def __init__(self, topics: MemoryAggregates[Topic]) -> None:
        self.topics = topics

    async def having(self, pieces: Sequence[str], after: str | None, limit: int, state: str | None) -> list[Topic]:
        found = [topic for topic in self.topics.all() if set(pieces) <= set(topic.pieces)]
        return [t for t in found if (not after or t.id > after) and (not state or t.state == state)][:limit]


__all__ = ["MemoryLibrary", "MemoryQueue"]
