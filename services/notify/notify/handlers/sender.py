"""Sends what is due: claims first, calls the gateway once, stores what it answered; asks after what is in doubt."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import cycle

from opentelemetry.trace import SpanKind

from common.aggregate import utc_now
from common.calendar import SHANGHAI
from common.county import QuietHours
from common.errors import Misconfigured
from common.telemetry import span
from notify.domain import Again, Finding, Notice, NoticeState, Outcome, Person, Refused, Unknown
from notify.handlers.account import Account
from notify.handlers.gateway import Message, Question
from notify.handlers.matching import Matching
from notify.handlers.ports import Notices, People, Vault

SWEEP_EVERY_S = 1.0
BATCH = 256
"""So many are claimed at once, and never more than the gateway takes side by side: no claim grows old waiting."""

STOP_WITHIN_S = 5

log = logging.getLogger(__name__)


class Addresses:
    """Tells where messages go: the only place where a number is read."""

    def __init__(self, people: People, vault: Vault) -> None:
        self._people = people
        self._vault = vault

    async def of(self, notices: Sequence[Notice]) -> dict[str, Person]:
        """Load the people that notices are for, by person id."""
        return await self._people.some([notice.person_id for notice in notices])

    def phone(self, person: Person) -> str | None:
        """Read a mobile number; None where the contact can take no SMS. Raises Misconfigured with the wrong key."""
        phone = self._vault.unlock(person.id, person.contact).phone
        return phone if phone.startswith("1") else None


class Sender:
    """Sends notices through the accounts. `follow` is done after every round; `now` is the clock."""

    def __init__(
        self,
        addresses: Addresses,
        notices: Notices,
        matching: Matching,
        accounts: Sequence[Account],
        quiet: QuietHours,
        follow: Callable[[], Awaitable[None]],
        wake: asyncio.Event,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._addresses = addresses
        self._notices = notices
        self._matching = matching
        self._accounts = {account.name: account for account in accounts}
        self._quiet = quiet
        self._follow = follow
        self._wake = wake
        self._now = now
        self._open = [account.name for account in accounts if account.turns]
        self._turns = cycle([account for account in accounts for _ in range(account.turns)])
        self._tasks: set[asyncio.Task[int]] = set()
        self._asking: asyncio.Task[int] | None = None
        self._swept_at = 0.0

    async def run(self) -> None:
        """Send for ever; when cancelled, finish what is in hand."""
        keepers = [asyncio.create_task(account.keep()) for account in self._accounts.values()]
        try:
            while True:
                self._wake.clear()
                await asyncio.shield(self._begin())
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_EVERY_S):
                        await self._wake.wait()
        finally:
            for keeper in keepers:
                keeper.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
            await asyncio.gather(*(account.close() for account in self._accounts.values()))

    async def sweep(self) -> bool:
        """Do one round to its end: ask after the doubtful, send, follow up; tells whether it was busy."""
        for account in self._accounts.values():
            await account.own()
        self._swept_at = time.monotonic()
        asked = await self._ask_after_some()
        await self._begin()
        sent = await asyncio.gather(*self._tasks)
        await self._sweep()
        return bool(sum(sent) or asked)

    def is_quiet(self) -> bool:
        """Whether nobody is to be disturbed now (quiet hours may run over midnight; none where both ends are equal)."""
        clock = self._now().astimezone(SHANGHAI).time()
        start, end = self._quiet.start, self._quiet.end
        return start <= clock < end if start <= end else clock >= start or clock < end

    async def _begin(self) -> None:
        """Begin with whatever there is to do, and wait for none of it: a gateway that hangs holds up itself alone."""
        if not self.is_quiet():
            for _ in self._open:
                account = next(self._turns)
                if account.room and not account.claiming.locked():
                    self._do(self._send_batch(account))
        if time.monotonic() - self._swept_at >= SWEEP_EVERY_S and (self._asking is None or self._asking.done()):
            self._swept_at = time.monotonic()
            self._asking = self._do(self._look_around())

    def _do(self, work: Coroutine[None, None, int]) -> asyncio.Task[int]:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _look_around(self) -> int:
        asked = await self._ask_after_some()
        await self._sweep()
        return asked

    async def _sweep(self) -> None:
        await self._matching.look_again()
        await self._follow()

    async def _ask_after_some(self) -> int:
        not_ours = [account.name for account in self._accounts.values() if not account.owned]
        overdue = await self._notices.overdue(self._now(), BATCH, not_ours)
        people = await self._addresses.of(overdue) if overdue else {}
        await _all(self._ask_after(notice, people.get(notice.person_id)) for notice in overdue)
        return len(overdue)

    async def _send_batch(self, account: Account) -> int:
        async with account.claiming:
            batch = await self._notices.claim(account.name, self._now(), min(BATCH, account.room), account.fence)
            account.in_hand += len(batch)
        if not batch:
            return 0
        self._wake.set()  # there may be more, and room for it
        try:
            people = await self._addresses.of(batch)
            await _all(self._send(account, notice, people.get(notice.person_id)) for notice in batch)
        finally:
            account.in_hand -= len(batch)
            self._wake.set()
        await self._matching.catch_up(account.name, batch)
        return len(batch)

    async def _send(self, account: Account, notice: Notice, person: Person | None) -> None:
        reason = person.unreachable if person else "no contact"
        if person is None or reason:
            await self._notices.amend(notice, lambda found: found.suppress(reason or ""))
            return
        with span("send sms", SpanKind.PRODUCER, notice.traceparent, messaging_system="sms"):
            outcome = await self._submit(account, notice, person)
        if outcome is None:
            await self._notices.amend(notice, lambda found: found.suppress("no mobile number"))
        else:
            await self._notices.amend(notice, lambda found: found.answered(outcome, self._now(), self._open))

    async def _submit(self, account: Account, notice: Notice, person: Person) -> Outcome | None:
        """Hand it to the gateway; None where the contact can take no SMS."""
        try:
            phone = self._addresses.phone(person)
        except Misconfigured:
            return Refused("vault", Again.LATER)
        if phone is None:
            return None
        # a process that was frozen meanwhile has lost its claim: somebody else is asking after it by now
        if self._now() >= notice.due_at:
            return Refused("claim lost", Again.LATER)
        lane = "campaign" if notice.campaign_id else "service"
        return await account.submit(Message(notice.id, phone, notice.text, lane, notice.template, notice.values))

    async def _ask_after(self, notice: Notice, person: Person | None) -> None:
        if notice.state is NoticeState.SENDING:
            notice = await self._notices.change(notice.id, lambda found: found.doubt(self._now()))
        finding = await self._query(notice, person)
        await self._notices.change(notice.id, lambda found: found.found(finding, self._now()))

    async def _query(self, notice: Notice, person: Person | None) -> Finding:
        account = self._accounts.get(notice.gateway or "")
        if account is None:
            return Unknown("no such gateway any more")
        try:
            phone = self._addresses.phone(person) if person and person.contact else None
        except Misconfigured:
            phone = None
        ids = tuple(part.given or part.id for part in notice.parts)
        return await account.query(Question(notice.id, phone or "", ids, notice.claimed_at or notice.queued_at))


async def _quietly(work: Coroutine[None, None, int]) -> int:
    """Do something that may fail: whatever it is, the next round tries again."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001
        log.warning("a round of sending was cut short: %s", type(error).__name__)
        return 0


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Do things side by side; one that fails does not keep the others from being done."""
    for error in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(error, BaseException):
            log.warning("what became of a notice is not stored: %s", type(error).__name__)
