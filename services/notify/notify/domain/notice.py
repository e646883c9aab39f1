"""Decides about notices (通知): never a second message to a person unless the first was definitely refused.

QUEUED -> SENDING (claimed before the gateway is called) -> SENT -> DELIVERED | FAILED
                  |                                      -> SUPPRESSED (opted out, no contact)
                  -> QUEUED (definitely refused, for now)
                  -> UNKNOWN (nobody can say) -> DELIVERED | FAILED, by receipt or by asking; never sent again
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from common.aggregate import Aggregate
from notify.domain.outcome import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown
from notify.domain.receipt import Part, normal

PATIENCE = timedelta(seconds=60)
"""How long a claim, and later a receipt, is waited for before somebody asks."""

GIVE_UP_AFTER = timedelta(hours=72)
"""How long providers still send receipts; after this a notice ends without one."""

_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=5), timedelta(minutes=5)


class NoticeState(StrEnum):
    """Where a notice stands."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SUPPRESSED = "SUPPRESSED"


OPEN = (NoticeState.QUEUED, NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN)
"""The states that are not an end."""

_IN_HAND = (NoticeState.SENDING, NoticeState.UNKNOWN)
_AWAITED = (NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN)


@dataclass(kw_only=True)
class Notice(Aggregate):
    """One message to one person about one event.

    `due_at` is when it must be looked at again: QUEUED may be sent, SENDING becomes doubtful, SENT and UNKNOWN are
    asked after. `claim` names the sender's batch that has it, `fence` the tenure of the gateway's account it was made
    under, `refused_by` the gateways that would not take it. `parts` are those the provider named; `awaits` so many.
    """

    person_id: str
    template: str
    values: dict[str, str]
    text: str = field(repr=False)
    segments: int
    queued_at: datetime
    due_at: datetime
    topic_id: str | None = None
    campaign_id: str | None = None
    asks_rating: bool = False
    traceparent: str | None = None
    state: NoticeState = NoticeState.QUEUED
    gateway: str | None = None
    claim: str | None = None
    claimed_at: datetime | None = None
    refused_by: list[str] = field(default_factory=list)
    refusals: int = 0
    provider_id: str | None = None
    code: str | None = None
    fence: int = 0
    parts: list[Part] = field(default_factory=list)
    awaits: int = 0

    def claimed(self, gateway: str, claim: str, now: datetime, fence: int = 0) -> None:
        """Be taken in hand for a gateway; stored before the gateway is called."""
        self.state, self.gateway, self.claim, self.claimed_at = NoticeState.SENDING, gateway, claim, now
        self.due_at, self.fence = now + PATIENCE, fence

    def suppress(self, reason: str) -> None:
        """End unsent, because the person cannot or does not want to be reached."""
        if self.state in _IN_HAND:
            self.state, self.code = NoticeState.SUPPRESSED, reason

    def answered(self, outcome: Outcome, now: datetime, gateways: Collection[str]) -> None:
        """Take the gateway's answer; a receipt may have been faster. `gateways` are those it could go through."""
        if isinstance(outcome, Accepted):
            self.provider_id, self.segments = outcome.id, outcome.segments
            self._named(outcome.parts or (outcome.id,), len(outcome.parts) or 1)
        elif isinstance(outcome, Unknown):
            self._named(outcome.parts, outcome.of)
        if self.state not in _IN_HAND:
            return
        if isinstance(outcome, Accepted):
            self.state, self.code, self.due_at = NoticeState.SENT, None, now + PATIENCE
        elif isinstance(outcome, Unknown):
            self.state, self.code, self.due_at = NoticeState.UNKNOWN, outcome.reason, now + PATIENCE
        else:
            self._refused(outcome, now, gateways)

    def doubt(self, now: datetime) -> None:
        """Become UNKNOWN where no answer came in time: whoever had claimed it may have died on either side of it."""
        if self.state is NoticeState.SENDING and self.due_at <= now:
            self.state, self.code, self.due_at = NoticeState.UNKNOWN, "no answer", now

    def found(self, finding: Finding, now: datetime) -> None:
        """Take what the gateway says became of it; where it cannot say, ask again, ever more seldom, and end."""
        if self.state not in _AWAITED:
            return
        waited = now - (self.claimed_at or self.queued_at)
        if isinstance(finding, Delivered):
            self.state, self.code = NoticeState.DELIVERED, None
        elif isinstance(finding, Failed):
            self.state, self.code = NoticeState.FAILED, finding.code
        elif waited >= GIVE_UP_AFTER:
            self.state, self.code = NoticeState.FAILED, "no receipt"
        else:
            self.due_at = now + max(PATIENCE, waited)

    def receipt(self, gateway: str, receipt: Delivered | Failed, part: str | None = None) -> bool:
        """Take a receipt for all of it, or for a part; whether it was news.

        That it was delivered is the last word, also after a failure. All of it is delivered when every part is.
        """
        if gateway != self.gateway or self.state is NoticeState.DELIVERED:
            return False
        if part is not None and not self._noted(part, receipt):
            return False
        if isinstance(receipt, Delivered):
            if part is None or self._whole():
                self.state, self.code = NoticeState.DELIVERED, None
            return True
        if self.state in _AWAITED:
            self.state, self.code = NoticeState.FAILED, receipt.code
            return True
        return part is not None

    @property
    def lacks_a_name(self) -> bool:
        """Whether a receipt with an id nobody knows may be this one's: the provider's answer never came."""
        return self.state is NoticeState.UNKNOWN and len(self.parts) < (self.awaits or self.segments)

    def _named(self, ids: Collection[str], awaits: int) -> None:
        known = {part.id for part in self.parts}
        named = {normal(id_): id_ for id_ in ids}
        self.parts += [Part(id_, given) for id_, given in named.items() if id_ not in known]
        self.awaits = max(self.awaits, awaits)

    def _noted(self, id_: str, receipt: Delivered | Failed) -> bool:
        parts = {part.id: part for part in self.parts}
        before = parts.get(id_, Part(id_))
        code = None if isinstance(receipt, Delivered) else receipt.code
        parts[id_] = replace(before, delivered=code is None, code=code)
        if before.delivered or (parts[id_] == before and before.code):
            return False
        self.parts = list(parts.values())
        return True

    def _whole(self) -> bool:
        return len(self.parts) >= (self.awaits or self.segments) and all(part.delivered for part in self.parts)

    def _refused(self, refusal: Refused, now: datetime, gateways: Collection[str]) -> None:
        self.code = refusal.code
        if refusal.again is Again.NEVER or now - self.queued_at >= GIVE_UP_AFTER:
            self.state = NoticeState.FAILED
            return
        self.state, self.claim = NoticeState.QUEUED, None
        if refusal.again is Again.ELSEWHERE and self.gateway:
            self.refused_by.append(self.gateway)
            if any(name not in self.refused_by for name in gateways):
                self.due_at = now
                return
        self.refused_by = []
        self.due_at = now + min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(self.refusals, 10))
        self.refusals += 1
