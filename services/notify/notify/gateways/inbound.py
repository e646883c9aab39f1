"""What carriers deliver over a kept connection: receipts and replies, stored first and answered then."""

import asyncio
import logging
import time
from dataclasses import dataclass

from notify.gateways.dialect import Dialect, ReplyPart
from notify.gateways.link import Frame, Link, Malformed
from notify.handlers.gateway import Ear, Reply, Status

AT_ONCE = 500
MOST_WAITING = 10_000
SIDE_BY_SIDE = 4
AGAIN_AFTER_S = 1.0
COMPLETE_WITHIN_S = 60.0
"""So long the parts of a long reply are waited for."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Delivery:
    link: Link
    frame: Frame


class _Parts:
    """The parts of a long reply, as far as they have come; each is answered at once, or the next would not come."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.texts: dict[int, str] = {}


class Inbound:
    """Takes deliveries, hands them over in batches, and answers each when it is stored."""

    def __init__(self, name: str, dialect: Dialect, ear: Ear) -> None:
        self._name = name
        self._dialect = dialect
        self._ear = ear
        self._waiting: asyncio.Queue[_Delivery] = asyncio.Queue()
        self._long: dict[tuple[str, int, int], _Parts] = {}

    def put(self, link: Link, frame: Frame) -> None:
        """Take a delivery. Where too many wait the connection ends: what was not answered comes again."""
        if self._waiting.qsize() >= MOST_WAITING:
            link.abort()
        else:
            self._waiting.put_nowait(_Delivery(link, frame))

    async def run(self) -> None:
        """Hand over for ever, several batches side by side: while one is stored the next one is read."""
        gate, handing = asyncio.Semaphore(SIDE_BY_SIDE), set[asyncio.Task[None]]()
        while True:
            batch = []
            try:
                async with asyncio.timeout(COMPLETE_WITHIN_S if self._long else None):
                    batch.append(await self._waiting.get())
            except TimeoutError:
                pass
            while len(batch) < AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await gate.acquire()
            task = asyncio.create_task(self._hand_over(batch))
            handing.add(task)
            task.add_done_callback(handing.discard)
            task.add_done_callback(lambda _: gate.release())

    async def _hand_over(self, batch: list[_Delivery]) -> None:
        statuses: list[Status] = []
        replies: list[Reply] = []
        done: list[_Delivery] = []
        for delivery in batch:
            try:
                said = self._dialect.incoming(delivery.frame)
            except Malformed:
                log.warning("gateway %s: a delivery that cannot be read", self._name)
                self._answer(delivery, good=False)
                continue
            if isinstance(said, ReplyPart):
                self._collect(said, replies)
            elif said:
                statuses.append(said)
            done.append(delivery)
        self._give_up_waiting(replies)
        await self._store(statuses, replies)
        for delivery in done:
            self._answer(delivery)

    async def _store(self, statuses: list[Status], replies: list[Reply]) -> None:
        """Store, however long it takes: until then nothing is answered."""
        while True:
            try:
                if statuses:
                    await self._ear.statuses(self._name, statuses)
                    statuses = []
                if replies:
                    await self._ear.heard_back(self._name, replies)
            except Exception as error:  # noqa: BLE001  the database may be away: what is heard must not be lost
                log.warning("gateway %s: what was heard is not stored yet: %s", self._name, type(error).__name__)
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return

    def _collect(self, part: ReplyPart, replies: list[Reply]) -> None:
        if part.of <= 1:
            replies.append(Reply(part.phone, part.text, part.id))
            return
        key = (part.phone, part.group, part.of)
        parts = self._long.setdefault(key, _Parts())
        parts.texts[part.number] = part.text
        if len(parts.texts) >= part.of:
            replies.append(self._whole(key))

    def _give_up_waiting(self, replies: list[Reply]) -> None:
        limit = time.monotonic() - COMPLETE_WITHIN_S
        replies += [self._whole(key) for key in [key for key, parts in self._long.items() if parts.since <= limit]]

    def _whole(self, key: tuple[str, int, int]) -> Reply:
        parts = self._long.pop(key)
        return Reply(key[0], "".join(text for _, text in sorted(parts.texts.items())))

    def _answer(self, delivery: _Delivery, *, good: bool = True) -> None:
        if answer := self._dialect.answer(delivery.frame, good=good):
            delivery.link.tell(answer)
