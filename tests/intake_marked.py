"""Issues found by their marks, without a database. The contract tests prove that it does not lie."""

from collections import Counter
from collections.abc import Sequence

from fakes import MemoryAggregates
from intake.domain import GOING_ON, Issue, Known, Rarity
from intake.handlers.alike import known_of


class MemoryMarked:
    """`intake.handlers.alike.Marked`."""

    def __init__(self, issues: MemoryAggregates[Issue]) -> None:
        self._issues = issues

    async def rarity(self) -> Rarity:
        there = self._there()
        return Rarity(Counter(mark for known in there for mark in known.marks), len(there), len(self._issues.all()))

    async def sharing(self, marks: Sequence[str], most: int) -> list[Known]:
        shared = [(len({*known.marks} & {*marks}), known) for known in self._there()]
        return [known for many, known in sorted(shared, key=lambda pair: -pair[0]) if many][:most]

    def _there(self) -> list[Known]:
        return [known_of(issue) for issue in self._issues.all() if issue.state in GOING_ON]


__all__ = ["MemoryMarked"]
