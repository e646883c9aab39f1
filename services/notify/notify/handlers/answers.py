"""Takes what providers tell us: receipts for messages, and what people reply."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from prometheus_client import Counter as Metric

from common.aggregate import Origin, derived_id
from common.errors import Fault, Invalid, NotFound
from common.people import Sealer, mask_phones
from notify.domain import Delivered, Failed, Notice, Person, asks_to_stop
from notify.handlers.ports import Notices, People

TAKEN, LATE, UNKNOWN = "taken", "late", "unknown"

_receipts = Metric(
    "yishi_notify_receipts_total", "Receipts by what they were: taken, late, unknown", ["gateway", "was"]
)


@dataclass(frozen=True)
class Receipt:
    """What a provider says became of the message with this reference."""

    reference: str
    result: Delivered | Failed


@dataclass(frozen=True)
class Reply:
    """What a person wrote back; `id` is the provider's own, where it has one."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    id: str | None = None


@dataclass
class Replies:
    """What became of a batch of replies."""

    taken: int = 0
    opted_out: int = 0
    unknown: int = 0
    faults: list[Fault] = field(default_factory=list)


class Answers:
    """Takes answers from the gateways of these names."""

    def __init__(self, people: People, notices: Notices, sealer: Sealer, gateways: Collection[str]) -> None:
        self._people = people
        self._notices = notices
        self._sealer = sealer
        self._gateways = gateways

    async def receipts(self, gateway: str, receipts: Sequence[Receipt]) -> dict[str, int]:
        """Take receipts, each once, in any order; counts those taken, late (nothing new), and of no message of ours."""
        self._require(gateway)
        counts = Counter({TAKEN: 0, LATE: 0, UNKNOWN: 0})
        for was in await asyncio.gather(*(self._receipt(gateway, receipt) for receipt in receipts)):
            counts[was] += 1
            _receipts.labels(gateway, was).inc()
        return dict(counts)

    async def replies(self, gateway: str, replies: Sequence[Reply], origin: Origin) -> Replies:
        """Take replies: a request for silence is kept to, everything else is told to whoever asked."""
        self._require(gateway)
        result = Replies()
        for index, reply in enumerate(replies):
            try:
                person_id = self._sealer.person_id(reply.phone)
            except Invalid as error:
                result.faults += [Fault(f"replies.{index}.phone", fault.problem) for fault in error.faults]
                continue
            if asks_to_stop(reply.text):
                # somebody not known yet may be known tomorrow, and is not to be written to then either
                await self._people.change(person_id, lambda person: person.stop(), new=_person(person_id))
                result.opted_out += 1
            else:
                parts = (gateway, reply.id) if reply.id else (origin.id, str(index))
                said = await self._reply(person_id, reply.text, replace(origin, id=derived_id("reply", *parts)))
                result.taken += said
                result.unknown += not said
        return result

    async def _receipt(self, gateway: str, receipt: Receipt) -> str:
        was = [UNKNOWN]

        def take(notice: Notice) -> None:
            ours = notice.gateway == gateway
            was[0] = UNKNOWN if not ours else TAKEN if notice.receipt(gateway, receipt.result) else LATE

        try:
            await self._notices.change(receipt.reference, take)
        except NotFound:
            return UNKNOWN
        return was[0]

    async def _reply(self, person_id: str, text: str, origin: Origin) -> bool:
        asked = await self._notices.last_question(person_id)
        topic_id = asked.topic_id if asked else None
        try:
            await self._people.change(person_id, lambda person: person.reply(mask_phones(text), topic_id, origin))
        except NotFound:
            return False
        return True

    def _require(self, gateway: str) -> None:
        if gateway not in self._gateways:
            raise NotFound("gateway", gateway)


def _person(person_id: str) -> Callable[[], Person]:
    return lambda: Person(id=person_id)
