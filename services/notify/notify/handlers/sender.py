"""Sends what is due: claims first, calls the gateway once, stores what it answered; asks after what is in doubt."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle

from opentelemetry.trace import SpanKind

from common.aggregate import utc_now
from common.calendar import SHANGHAI
from common.county import QuietHours
from common.errors import Misconfigured
from common.telemetry import span
from notify.domain import Again, Finding, Notice, NoticeState, Outcome, Person, Refused, Unknown
from notify.handlers.ports import Gateway, Message, Notices, People, Vault

SWEEP_EVERY_S = 1.0
SUBMIT_WITHIN_S = 30
"""Well under the time after which a claim is doubted, so that a claim in hand is never doubted."""

BATCH = 64
"""As many are claimed at once as are submitted side by side: none waits while its claim grows old."""

STOP_WITHIN_S = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """A gateway, and how many turns it has for one of a gateway with weight 1; 0 is asked after, never sent with."""

    gateway: Gateway
    weight: int = 1


class Sender:
    """Sends notices through the gateways. `follow` is done after every round; `now` is the clock."""

    def __init__(
        self,
        people: People,
        notices: Notices,
        vault: Vault,
        ways: Mapping[str, Way],
        quiet: QuietHours,
        follow: Callable[[], Awaitable[None]],
        wake: asyncio.Event,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._people = people
        self._notices = notices
        self._vault = vault
        self._ways = ways
        self._quiet = quiet
        self._follow = follow
        self._wake = wake
        self._now = now
        self._open = [name for name, way in ways.items() if way.weight]
        self._turns = cycle([name for name, way in ways.items() for _ in range(way.weight)])

    async def run(self) -> None:
        """Send for ever; when cancelled, finish what is in hand."""
        while True:
            self._wake.clear()
            round_ = asyncio.create_task(self._round())
            try:
                busy = await asyncio.shield(round_)
                if not busy:
                    async with asyncio.timeout(SWEEP_EVERY_S):
                        await self._wake.wait()
            except TimeoutError:
                continue
            except asyncio.CancelledError:
                await asyncio.wait([round_], timeout=STOP_WITHIN_S)
                await asyncio.gather(*(way.gateway.close() for way in self._ways.values()))
                raise

    async def sweep(self) -> bool:
        """Do one round: ask after the doubtful, send a batch for each gateway, follow up; tells whether it was busy."""
        overdue = await self._notices.overdue(self._now(), BATCH)
        await _all(self._ask_after(notice) for notice in overdue)
        sent = 0
        for _ in self._open:
            sent += await self._send_batch(next(self._turns))
        await self._follow()
        return bool(sent or overdue)

    def is_quiet(self) -> bool:
        """Whether nobody is to be disturbed now (quiet hours may run over midnight; none where both ends are equal)."""
        clock = self._now().astimezone(SHANGHAI).time()
        start, end = self._quiet.start, self._quiet.end
        return start <= clock < end if start <= end else clock >= start or clock < end

    async def _round(self) -> bool:
        try:
            return await self.sweep()
        except Exception as error:  # noqa: BLE001  whatever it is, the next round tries again
            log.warning("a round of sending was cut short: %s", type(error).__name__)
            return False

    async def _send_batch(self, gateway: str) -> int:
        if self.is_quiet():
            return 0
        batch = await self._notices.claim(gateway, self._now(), BATCH)
        if batch:
            people = await self._people.some([notice.person_id for notice in batch])
            await _all(self._send(notice, people.get(notice.person_id)) for notice in batch)
        return len(batch)

    async def _send(self, notice: Notice, person: Person | None) -> None:
        reason = person.unreachable if person else "no contact"
        if person is None or reason:
            await self._notices.change(notice.id, lambda found: found.suppress(reason or ""))
            return
        with span("send sms", SpanKind.PRODUCER, notice.traceparent, messaging_system="sms"):
            outcome = await self._submit(notice, person)
            if outcome is None:
                await self._notices.change(notice.id, lambda found: found.suppress("no mobile number"))
            else:
                await self._notices.change(notice.id, lambda found: found.answered(outcome, self._now(), self._open))

    async def _submit(self, notice: Notice, person: Person) -> Outcome | None:
        """Hand it to the gateway; None where the contact can take no SMS."""
        try:
            contact = self._vault.unlock(person.id, person.contact)
        except Misconfigured:
            return Refused("vault", Again.LATER)
        if not contact.phone.startswith("1"):
            return None
        # a process that was frozen meanwhile has lost its claim: somebody else is asking after it by now
        if self._now() >= notice.due_at:
            return Refused("claim lost", Again.LATER)
        message = Message(notice.id, contact.phone, notice.text, "campaign" if notice.campaign_id else "service")
        try:
            async with asyncio.timeout(SUBMIT_WITHIN_S):
                return await self._gateway(notice).submit(message)
        except Exception as error:  # noqa: BLE001  whatever it was, it may have happened after the provider took it
            return Unknown(type(error).__name__)

    async def _ask_after(self, notice: Notice) -> None:
        if notice.state is NoticeState.SENDING:
            await self._notices.change(notice.id, lambda found: found.doubt(self._now()))
        finding = await self._query(notice)
        await self._notices.change(notice.id, lambda found: found.found(finding, self._now()))

    async def _query(self, notice: Notice) -> Finding:
        if notice.gateway not in self._ways:
            return Unknown("no such gateway any more")
        try:
            async with asyncio.timeout(SUBMIT_WITHIN_S):
                return await self._gateway(notice).query(notice.id)
        except Exception as error:  # noqa: BLE001  it is asked again
            return Unknown(type(error).__name__)

    def _gateway(self, notice: Notice) -> Gateway:
        return self._ways[notice.gateway or ""].gateway


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Do things side by side; one that fails does not keep the others from being done."""
    for error in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(error, BaseException):
            log.warning("what became of a notice is not stored: %s", type(error).__name__)
