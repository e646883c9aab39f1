"""What the handlers ask for: collections that deal with many at once, the vault, and gateways."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from common.aggregate import Aggregates
from common.people import Contact
from notify.domain import Finding, Notice, NoticeState, Outcome, Person


@dataclass(frozen=True)
class Message:
    """What a gateway sends. `reference` is the notice's id; `lane` is `service`, or `campaign` for a campaign's."""

    reference: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    lane: str = "service"


class Gateway(Protocol):
    """A way out for messages, to one account with one provider."""

    async def submit(self, message: Message) -> Outcome:
        """Hand a message over. Refused only where the provider definitely does not have it."""
        ...

    async def query(self, reference: str) -> Finding:
        """Ask what became of a message; Unknown where the provider cannot say."""
        ...

    async def close(self) -> None:
        """Finish what is in hand."""
        ...


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

    async def claim(self, gateway: str, now: datetime, limit: int) -> list[Notice]:
        """Take in hand some that are due and that this gateway has not refused; each goes to one caller alone."""
        ...

    async def overdue(self, now: datetime, limit: int) -> list[Notice]:
        """List those given to a gateway whose time to be asked after has come."""
        ...

    async def tally(self, *, topic_id: str | None = None, campaign_id: str | None = None) -> list[Tally]:
        """Count by state."""
        ...

    async def last_question(self, person_id: str) -> Notice | None:
        """Find the last one that asked this person for a rating."""
        ...
