"""Takes what providers tell us: receipts for messages, and what people reply."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from common.aggregate import Origin, derived_id, utc_now
from common.errors import Fault, Invalid, NotFound
from common.people import Contact, Sealer, mask_phones, national_number
from notify.domain import Person, Receipt, asks_to_stop, raises
from notify.handlers.account import Way
from notify.handlers.gateway import Call, Called, Reply, Status
from notify.handlers.matching import Matching
from notify.handlers.ports import Notices, People, Vault


@dataclass
class Replies:
    """What became of a batch of replies."""

    taken: int = 0
    opted_out: int = 0
    unknown: int = 0
    faults: list[Fault] = field(default_factory=list)


class Answers:
    """Takes answers from the gateways; `gateways`, by name, are made last: this is their ear."""

    def __init__(self, people: People, notices: Notices, matching: Matching, sealer: Sealer, vault: Vault) -> None:
        self.gateways: Mapping[str, Way] = {}
        self._people = people
        self._notices = notices
        self._matching = matching
        self._sealer = sealer
        self._vault = vault

    async def receipts(self, gateway: str, receipts: Sequence[Receipt]) -> dict[str, int]:
        """Take receipts, in any order; counts those taken, late (nothing new), and of no message known yet."""
        self._require(gateway)
        return await self._matching.take(gateway, receipts)

    async def statuses(self, gateway: str, statuses: Sequence[Status]) -> dict[str, int]:
        """Take receipts as a gateway words them: numbers end here."""
        return await self.receipts(gateway, [self._receipt(status) for status in statuses])

    async def heard_back(self, gateway: str, replies: Sequence[Reply]) -> Replies:
        """Take replies that a gateway heard; without the provider's id, the same words in the same hour count once."""
        now = utc_now()
        named = [
            reply if reply.id else replace(reply, id=derived_id("heard", reply.phone, reply.text, f"{now:%Y%m%d%H}"))
            for reply in replies
        ]
        return await self.replies(gateway, named, Origin(derived_id("heard", gateway), gateway, now))

    async def call(self, gateway: str, call: Call) -> Mapping[str, object]:
        """Take a provider's call; returns what the provider wants to read.

        Raises NotFound for a gateway that is not called, and whatever the gateway has against the call.
        """
        self._require(gateway)
        called: object = self.gateways[gateway].gateway
        if not isinstance(called, Called):
            raise NotFound("gateway that is called", gateway)
        heard = called.heard(call)
        if heard.statuses:
            await self.statuses(gateway, heard.statuses)
        if heard.replies:
            await self.heard_back(gateway, heard.replies)
        return heard.answer

    async def replies(self, gateway: str, replies: Sequence[Reply], origin: Origin) -> Replies:
        """Take replies: silence is kept to, a new issue is told to intake, all else to whoever asked."""
        self._require(gateway)
        result = Replies()
        for index, reply in enumerate(replies):
            try:
                person_id = self._sealer.person_id(reply.phone)
            except Invalid as error:
                result.faults += [Fault(f"replies.{index}.phone", fault.problem) for fault in error.faults]
                continue
            parts = (gateway, reply.id) if reply.id else (origin.id, str(index))
            await self._reply(person_id, reply, replace(origin, id=derived_id("reply", *parts)), result)
        return result

    async def _reply(self, person_id: str, reply: Reply, origin: Origin, result: Replies) -> None:
        if asks_to_stop(reply.text):
            # somebody not known yet may be known tomorrow, and is not to be written to then either
            await self._people.change(person_id, lambda person: person.stop(), new=_person(person_id))
            result.opted_out += 1
        elif issue := raises(reply.text):
            await self._raise(person_id, reply.phone, mask_phones(issue), origin)
            result.taken += 1
        else:
            said = await self._pass_on(person_id, reply.text, origin)
            result.taken += said
            result.unknown += not said

    async def _raise(self, person_id: str, phone: str, issue: str, origin: Origin) -> None:
        """Meet whoever brings in an issue: they are to be told what becomes of it."""

        def decide(person: Person) -> None:
            if not person.contact:
                person.contact = self._vault.lock(person_id, Contact(national_number(phone)))
            person.raise_(issue, origin)

        await self._people.change(person_id, decide, new=_person(person_id))

    async def _pass_on(self, person_id: str, text: str, origin: Origin) -> bool:
        asked = await self._notices.last_question(person_id)
        topic_id = asked.topic_id if asked else None
        try:
            await self._people.change(person_id, lambda person: person.reply(mask_phones(text), topic_id, origin))
        except NotFound:
            return False
        return True

    def _receipt(self, status: Status) -> Receipt:
        try:
            person_id = self._sealer.person_id(status.phone) if status.phone else None
        except Invalid:
            person_id = None
        return Receipt(status.reference, status.result, status.id, person_id)

    def _require(self, gateway: str) -> None:
        if gateway not in self.gateways:
            raise NotFound("gateway", gateway)


def _person(person_id: str) -> Callable[[], Person]:
    return lambda: Person(id=person_id)
