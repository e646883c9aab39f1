"""What the handlers ask for: collections that deal with many at once, leases, and the vault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from common.aggregate import Aggregates
from common.people import Contact
from notify.domain import Kept, Notice, NoticeState, Person


class Vault(Protocol):
    """Keeps contacts unreadable. A contact is bound to its person: under another id it does not open."""

    def lock(self, person_id: str, contact: Contact) -> str:
        """Encrypt a contact, to base64 text."""
        ...

    def unlock(self, person_id: str, locked: str) -> Contact:
        """Decrypt a contact. Raises Misconfigured where it was locked with another key."""
        ...


@dataclass(frozen=True)
class Tally:
    """How many notices stand in a state, and how many messages they are billed as."""

    state: NoticeState
    notices: int
    segments: int


class People(Aggregates[Person], Protocol):
    """Everyone who can be told something."""

    async def some(self, ids: Sequence[str]) -> dict[str, Person]:
        """Load those of the ids that are known."""
        ...

    async def group(self, name: str) -> list[str]:
        """List the ids of those in a group."""
        ...


class Notices(Aggregates[Notice], Protocol):
    """Everything that is, or was, to be told."""

    async def queue(self, notices: Sequence[Notice]) -> None:
        """Store many at once; those already there stay as they are."""
        ...

    async def claim(self, gateway: str, now: datetime, limit: int, fence: int = 0) -> list[Notice]:
        """Take in hand some that are due and that this gateway has not refused; each goes to one caller alone.

        `fence` is the caller's tenure of the account: what a later tenure has had in hand, it does not get.
        """
        ...

    async def amend(self, notice: Notice, decide: Callable[[Notice], None]) -> Notice:
        """Do as `change` does, beginning with a notice already at hand, which changes too."""
        ...

    async def told_of(self, gateway: str, references: Sequence[str], part_ids: Sequence[str]) -> list[Notice]:
        """List those with one of these ids, and those of the gateway that have a part with one of the provider's."""
        ...

    async def unnamed(self, gateway: str, person_ids: Sequence[str]) -> list[Notice]:
        """List those to these people of which nobody could say whether this gateway's provider took them."""
        ...

    async def overdue(self, now: datetime, limit: int, not_of: Sequence[str] = ()) -> list[Notice]:
        """List those given to a gateway, but for some, whose time to be asked after has come."""
        ...

    async def tally(self, *, topic_id: str | None = None, campaign_id: str | None = None) -> list[Tally]:
        """Count by state."""
        ...

    async def last_question(self, person_id: str) -> Notice | None:
        """Find the last one that asked this person for a rating."""
        ...


class Receipts(Protocol):
    """Receipts as they came, before and after it is known what they are for."""

    async def keep(self, receipts: Sequence[Kept]) -> None:
        """Store many at once; those already there stay as they are."""
        ...

    async def settle(self, ids: Sequence[str]) -> None:
        """Note that it is known what they are for."""
        ...

    async def waiting(self, gateway: str, part_ids: Sequence[str]) -> list[Kept]:
        """List those not settled that may be for one of these parts."""
        ...

    async def unsettled(self, since: datetime, until: datetime, limit: int) -> list[Kept]:
        """List those not settled that came since, and that it is time to look at again."""
        ...


class Leases(Protocol):
    """Who owns an account with a provider, by the database's clock."""

    async def hold(self, account: str, owner: str, time: timedelta) -> int | None:
        """Take or keep it for some time: its number grows with each new owner; None where somebody else has it."""
        ...

    async def release(self, account: str, owner: str) -> None:
        """Give it back."""
        ...
