"""Notify's collections without a database."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from fakes import MemoryAggregates
from notify.domain import Kept, Notice, NoticeState, Person
from notify.handlers import Tally


class MemoryPeople(MemoryAggregates[Person]):
    """`notify.handlers.People` without a database."""

    async def some(self, ids: Sequence[str]) -> dict[str, Person]:
        return {person.id: person for person in self.all() if person.id in ids}

    async def group(self, name: str) -> list[str]:
        return [person.id for person in self.all() if name in person.groups]


class MemoryNotices(MemoryAggregates[Notice]):
    """`notify.handlers.Notices` without a database."""

    async def queue(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self._documents.setdefault(notice.id, self._adapter.dump_python(notice) | {"revision": 1})

    async def claim(self, gateway: str, now: datetime, limit: int, fence: int = 0) -> list[Notice]:
        due = [
            notice
            for notice in self.all()
            if notice.state is NoticeState.QUEUED
            and notice.due_at <= now
            and gateway not in notice.refused_by
            and (notice.gateway != gateway or notice.fence <= fence)
        ]
        return [
            await self.change(notice.id, lambda n: n.claimed(gateway, "claim", now, fence)) for notice in due[:limit]
        ]

    async def amend(self, notice: Notice, decide: Callable[[Notice], None]) -> Notice:
        vars(notice).update(vars(await self.change(notice.id, decide)))
        return notice

    async def told_of(self, gateway: str, references: Sequence[str], part_ids: Sequence[str]) -> list[Notice]:
        return [
            notice
            for notice in self.all()
            if notice.id in references
            or (notice.gateway == gateway and any(part.id in part_ids for part in notice.parts))
        ]

    async def unnamed(self, gateway: str, person_ids: Sequence[str]) -> list[Notice]:
        unsure = [notice for notice in self.all() if notice.state is NoticeState.UNKNOWN]
        return [notice for notice in unsure if notice.gateway == gateway and notice.person_id in person_ids]

    async def overdue(self, now: datetime, limit: int, not_of: Sequence[str] = ()) -> list[Notice]:
        given = (NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN)
        due = [notice for notice in self.all() if notice.state in given and notice.due_at <= now]
        return [notice for notice in due if notice.gateway not in not_of][:limit]

    async def tally(self, *, topic_id: str | None = None, campaign_id: str | None = None) -> list[Tally]:
        found = await self.page(limit=1_000_000, topic_id=topic_id, campaign_id=campaign_id)
        by_state = {state: [n for n in found if n.state is state] for state in NoticeState}
        return [Tally(s, len(some), sum(n.segments for n in some)) for s, some in by_state.items() if some]

    async def last_question(self, person_id: str) -> Notice | None:
        asked = [notice for notice in self.all() if notice.person_id == person_id and notice.asks_rating]
        return max(asked, key=lambda notice: notice.queued_at, default=None)


class MemoryReceipts:
    """`notify.handlers.Receipts` without a database."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.settled: set[str] = set()

    async def keep(self, receipts: Sequence[Kept]) -> None:
        for receipt in receipts:
            self.kept.setdefault(receipt.id, receipt)

    async def settle(self, ids: Sequence[str]) -> None:
        self.settled.update(ids)

    async def waiting(self, gateway: str, part_ids: Sequence[str]) -> list[Kept]:
        mine = [one for one in self._open() if one.gateway == gateway]
        return [one for one in mine if set(part_ids) & set(one.readings)]

    async def unsettled(self, since: datetime, until: datetime, limit: int) -> list[Kept]:
        return [one for one in self._open() if since <= one.at <= until][:limit]

    def _open(self) -> list[Kept]:
        return [one for id_, one in self.kept.items() if id_ not in self.settled]


class MemoryLeases:
    """`notify.handlers.Leases` without a database; `ends` lets all of them end."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self.away = False

    async def hold(self, account: str, owner: str, _: timedelta) -> int | None:
        if self.away:
            raise ConnectionError
        if self._held.get(account) is None:
            self._held[account] = owner
            self._numbers[account] = self._numbers.get(account, 0) + 1
        return self._numbers[account] if self._held[account] == owner else None

    async def release(self, account: str, owner: str) -> None:
        if self._held.get(account) == owner:
            del self._held[account]

    def end(self) -> None:
        self._held.clear()
