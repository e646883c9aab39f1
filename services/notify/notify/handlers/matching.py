"""Finds out what receipts are for: they are stored first, and matched whenever their message is known."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter as Metric

from common.aggregate import utc_now
from notify.domain import Kept, Notice, Receipt, readings
from notify.domain.notice import GIVE_UP_AFTER
from notify.handlers.ports import Notices, Receipts

TAKEN, LATE, UNKNOWN = "taken", "late", "unknown"

REST = timedelta(seconds=2)
"""So long a receipt waits for its message to be known before it is looked at again."""

AT_ONCE = 500

_counted = Metric("yishi_notify_receipts_total", "Receipts by what they were: taken, late, unknown", ["gateway", "was"])


class Matching:
    """Matches receipts and notices, whichever is known first."""

    def __init__(self, notices: Notices, receipts: Receipts, now: Callable[[], datetime] = utc_now) -> None:
        self._notices = notices
        self._receipts = receipts
        self._now = now

    async def take(self, gateway: str, receipts: Sequence[Receipt]) -> dict[str, int]:
        """Store receipts, then match them; counts those taken, late (nothing new), and of no message known yet."""
        now = self._now()
        kept = [Kept(f"{gateway}-{r.key}", gateway, r, now, readings(r.id) if r.id else []) for r in receipts]
        await self._receipts.keep(list({one.id: one for one in kept}.values()))
        counts = Counter({TAKEN: 0, LATE: 0, UNKNOWN: 0}) + Counter()
        counts.update(await self._match(gateway, kept))
        for was, count in counts.items():
            _counted.labels(gateway, was).inc(count)
        return {was: counts[was] for was in (TAKEN, LATE, UNKNOWN)}

    async def catch_up(self, gateway: str, notices: Iterable[Notice]) -> None:
        """Match receipts that were faster than the provider's answer to these submissions."""
        at_hand = list(notices)
        ids = [part.id for notice in at_hand for part in notice.parts]
        if ids and (waiting := await self._receipts.waiting(gateway, ids)):
            await self._match(gateway, waiting, at_hand)

    async def look_again(self) -> int:
        """Match what has waited: the guarantee, whatever was cut short; returns how many were looked at."""
        now = self._now()
        waiting = await self._receipts.unsettled(now - GIVE_UP_AFTER, now - REST, AT_ONCE)
        by_gateway = defaultdict(list)
        for one in waiting:
            by_gateway[one.gateway].append(one)
        for gateway, kept in by_gateway.items():
            await self._match(gateway, kept)
        return len(waiting)

    async def _match(self, gateway: str, kept: Sequence[Kept], at_hand: Sequence[Notice] | None = None) -> Counter[str]:
        """Match with the notices at hand, or with those that are stored; returns how many were what."""
        found = await self._find(gateway, kept, at_hand)
        by_notice = defaultdict(list)
        for one in kept:
            if one.id in found:
                notice, part = found[one.id]
                by_notice[notice.id].append((notice, part, one.receipt))
        counts = Counter({UNKNOWN: len(kept) - len(found)})
        for was in await asyncio.gather(*(self._tell(gateway, matched) for matched in by_notice.values())):
            counts.update(was)
        await self._receipts.settle(list(found))
        return counts

    async def _tell(self, gateway: str, matched: Sequence[tuple[Notice, str | None, Receipt]]) -> list[str]:
        was: list[str] = []

        def tell(notice: Notice) -> None:
            was[:] = [TAKEN if notice.receipt(gateway, receipt.result, part) else LATE for _, part, receipt in matched]

        await self._notices.amend(matched[0][0], tell)
        return was

    async def _find(
        self, gateway: str, kept: Sequence[Kept], at_hand: Sequence[Notice] | None
    ) -> dict[str, tuple[Notice, str | None]]:
        """Find the notice, and its part, that each receipt is for."""
        if at_hand is None:
            references = [one.receipt.reference for one in kept if one.receipt.reference]
            part_ids = list(dict.fromkeys(reading for one in kept for reading in one.readings))
            notices = await self._notices.told_of(gateway, references, part_ids)
        else:
            notices = list(at_hand)
        by_id = {notice.id: notice for notice in notices if notice.gateway == gateway}
        by_part = defaultdict(list)
        for notice in by_id.values():
            for part in notice.parts:
                by_part[part.id].append(notice)
        found: dict[str, tuple[Notice, str | None]] = {}
        for one in kept:
            if one.receipt.reference in by_id:
                found[one.id] = by_id[one.receipt.reference or ""], None
            elif by_reading := _by_reading(one, by_part):
                found[one.id] = by_reading
        await self._find_unnamed(gateway, [one for one in kept if one.id not in found], found)
        return found

    async def _find_unnamed(
        self, gateway: str, kept: Sequence[Kept], found: dict[str, tuple[Notice, str | None]]
    ) -> None:
        """Find notices whose provider's answer never came, by whom they went to: where there is but one for a person.

        Only after a rest, in which the answer may still come.
        """
        rested = [one for one in kept if one.receipt.person_id and one.at <= self._now() - REST]
        if not rested:
            return
        by_person = defaultdict(list)
        for notice in await self._notices.unnamed(gateway, [one.receipt.person_id or "" for one in rested]):
            if notice.lacks_a_name:
                by_person[notice.person_id].append(notice)
        for one in rested:
            notices = [n for n in by_person[one.receipt.person_id or ""] if (n.claimed_at or n.queued_at) <= one.at]
            if len(notices) == 1:
                found[one.id] = notices[0], one.readings[0] if one.readings else None


def _by_reading(one: Kept, by_part: dict[str, list[Notice]]) -> tuple[Notice, str] | None:
    """Take the likeliest reading of the id that is known; of several messages the last one."""
    for reading in one.readings:
        notices = [n for n in by_part.get(reading, ()) if one.receipt.person_id in (None, n.person_id)]
        if notices:
            return max(notices, key=lambda notice: notice.claimed_at or notice.queued_at), reading
    return None
