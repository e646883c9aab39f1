"""One gateway as the sender sees it: its account ours or not, its hands full or not. None can spoil the others."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta

from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown
from notify.handlers.alerts import Alerts
from notify.handlers.gateway import Gateway, Message, Question
from notify.handlers.ports import Leases

SUBMIT_WITHIN_S = 30
"""Well under the time after which a claim is doubted, so that a claim in hand is never doubted."""

QUERY_WITHIN_S = 10
OPEN_WITHIN_S = CLOSE_WITHIN_S = 5
LEASE = timedelta(seconds=10)
RENEW_EVERY_S = 2.0
MARGIN_S = 2.0
"""So long before the lease ends by the database's clock we stop writing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """A gateway, and how many turns it has for one of a gateway with weight 1; 0 is asked after, never sent with."""

    gateway: Gateway
    weight: int = 1


class Account:
    """Owns, uses and lets go of a gateway. Whatever the gateway does, the answer is one of the three, and in time.

    An account with a provider has one owner among all processes: who holds its lease. `fence` is the number of our
    tenure, 0 where none is needed; `turns` as in Way, 0 where residents are not reached. `saw` is told every answer.
    """

    def __init__(self, name: str, way: Way, leases: Leases, saw: Callable[[str, Outcome], None]) -> None:
        self.name = name
        self.fence = 0
        self.in_hand = 0
        self._gateway = way.gateway
        self._leases = leases
        self._saw = saw
        self._owner = secrets.token_hex(8)
        self._until = 0.0
        self._open = False
        self.can = way.gateway.capabilities
        self.turns = 0 if self.can.staff else way.weight
        self.claiming = asyncio.Lock()

    @property
    def owned(self) -> bool:
        """Whether the account is ours now."""
        return not self.can.exclusive or time.monotonic() < self._until

    @property
    def room(self) -> int:
        """How many messages it takes now."""
        return max(0, self.can.at_once - self.in_hand) if self.owned and self._open else 0

    async def keep(self) -> None:
        """Own the account, as long as nobody else does, for ever."""
        task = asyncio.current_task()
        while task is None or not task.cancelling():  # PyMongo's async client can swallow that (seen in 4.20)
            await self.own()
            await asyncio.sleep(RENEW_EVERY_S)

    async def own(self) -> None:
        """Take or renew the lease; open the gateway where it became ours, close it where it is no longer."""
        if self.can.exclusive:
            await self._renew()
        if self.owned and not self._open:
            self._open = True
            await self._bounded(self._gateway.open(), OPEN_WITHIN_S)
        elif not self.owned and self._open:
            log.warning("the account of gateway %s is somebody else's now", self.name)
            await self._close()

    async def submit(self, message: Message) -> Outcome:
        """Hand a message over. Whatever went wrong may have happened after the provider took it: Unknown then."""
        if not self.owned or not self._open:
            return Refused("the account is not ours", Again.LATER)
        answer = await self._bounded(self._gateway.submit(message), SUBMIT_WITHIN_S)
        if not isinstance(answer, Accepted | Refused | Unknown):
            answer = Unknown("an answer that makes no sense")
        self._saw(self.name, answer)
        return answer

    async def query(self, question: Question) -> Finding:
        """Ask what became of a message."""
        if not self.can.query:
            return Unknown("the provider cannot be asked")
        if not self.owned:
            return Unknown("the account is not ours")
        answer = await self._bounded(self._gateway.query(question), QUERY_WITHIN_S)
        return answer if isinstance(answer, Delivered | Failed | Unknown) else Unknown("an answer that makes no sense")

    async def close(self) -> None:
        """Let go of it; whoever waits for the account need not wait for the lease to end."""
        await self._close()
        if self.can.exclusive and self._until:
            self._until = 0.0
            await self._bounded(self._leases.release(self.name, self._owner), CLOSE_WITHIN_S)

    async def _renew(self) -> None:
        began = time.monotonic()
        held = await self._bounded(self._leases.hold(self.name, self._owner, LEASE), RENEW_EVERY_S)
        if isinstance(held, int):
            if held != self.fence and self._open:  # somebody had it in between: begin anew
                await self._close()
            self.fence, self._until = held, began + LEASE.total_seconds() - MARGIN_S
        elif held is None:
            self._until = 0.0
        # else the database is away: it is ours as long as the lease was to last

    async def _close(self) -> None:
        self._open = False
        await self._bounded(self._gateway.close(), CLOSE_WITHIN_S)

    async def _bounded(self, work: Coroutine[None, None, object], within_s: float) -> object:
        """Do something that may fail, hang, or not even stop when told to; it never takes longer, and never raises."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=within_s)
        if not done:
            task.cancel()
            log.warning("gateway %s gave no answer within %s s", self.name, within_s)
            return Unknown("no answer in time")
        if task.cancelled():
            return Unknown("cancelled")
        if error := task.exception():
            log.warning("gateway %s failed: %s", self.name, type(error).__name__)
            return Unknown(type(error).__name__)
        return task.result()


def accounts_of(ways: Mapping[str, Way], leases: Leases) -> list[Account]:
    """Make the accounts; the staff is told where one of them sends nothing."""
    alerts = Alerts({name: way.gateway for name, way in ways.items() if way.gateway.capabilities.staff})
    return [Account(name, way, leases, alerts.saw) for name, way in ways.items()]
