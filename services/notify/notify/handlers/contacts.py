"""Takes people's contacts in, sealed; they stay encrypted from here on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from common.aggregate import Origin, derived_id
from common.errors import Fault, Invalid
from common.events import PersonMet
from common.people import Contact, Opener, Sealer, mask_name
from notify.domain import Person
from notify.handlers.ports import People, Vault

_AT_ONCE = 32


@dataclass(frozen=True)
class NewPerson:
    """Somebody as the office brings them in: `index` in its list, the sealed contact, the groups they belong to."""

    index: int
    contact: str = field(repr=False)
    groups: tuple[str, ...] = ()


class Contacts:
    """Meets people. `public_key` is what everyone seals contacts to."""

    def __init__(self, people: People, vault: Vault, opener: Opener, sealer: Sealer, public_key: bytes) -> None:
        self.public_key = public_key
        self._people = people
        self._vault = vault
        self._opener = opener
        self._sealer = sealer

    async def meet(self, fact: PersonMet, origin: Origin) -> None:
        """Hear that a service met somebody. Raises Invalid where the contact is not theirs."""
        contact = self._opener.contact(fact.contact)
        if self._sealer.person_id(contact.phone) != fact.person_id:
            raise Invalid([Fault("person_id", "is not the id of this contact")])
        await self._meet(contact, (), origin)

    async def add(self, people: Sequence[NewPerson], origin: Origin) -> list[Fault]:
        """Take many in; returns a fault for each whose contact does not open, the others are taken."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def add(new: NewPerson) -> list[Fault]:
            try:
                contact = self._opener.contact(new.contact)
            except Invalid as error:
                return [Fault(f"people.{new.index}.contact", fault.problem) for fault in error.faults]
            entry = Origin(derived_id("entry", origin.id, str(new.index)), origin.by, origin.at, origin.roles)
            async with gate:
                await self._meet(contact, new.groups, entry)
            return []

        return [fault for faults in await asyncio.gather(*map(add, people)) for fault in faults]

    async def _meet(self, contact: Contact, groups: Sequence[str], origin: Origin) -> None:
        id_ = self._sealer.person_id(contact.phone)
        locked, name = self._vault.lock(id_, contact), mask_name(contact.name)
        await self._people.change(
            id_,
            lambda person: person.meet(locked, name, contact.language, groups, origin),
            new=lambda: Person(id=id_),
        )
