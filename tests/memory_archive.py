"""The archive of outcomes without a database."""

from collections.abc import Sequence

from fakes import MemoryAggregates
from outcomes.domain.case import Case
from outcomes.domain.thread import Entry
from outcomes.handlers import Archive


class MemoryTrail(MemoryAggregates[Entry]):
    """As outcomes.store.MongoTrail."""

    async def about(self, ids: Sequence[str]) -> list[Entry]:
        return [entry for entry in self.all() if set(entry.about) & set(ids)]


class MemoryCases(MemoryAggregates[Case]):
    """As outcomes.store.MongoCases."""

    async def having(self, pieces: Sequence[str], after: str | None, limit: int) -> list[Case]:
        found = [case for case in self.all() if case.shown and set(pieces) <= set(case.pieces)]
        return [case for case in found if case.id > (after or "")][:limit]


def archive() -> Archive:
    """Make an empty one."""
    return Archive(MemoryTrail(Entry), MemoryCases(Case))
