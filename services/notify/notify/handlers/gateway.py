"""What a gateway is to the rest of notify, and what it is given: the contract of a plug-in (see notify/gateways)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from notify.domain import Delivered, Failed, Finding, Outcome


@dataclass(frozen=True)
class Capabilities:
    """What a gateway can do.

    `at_once`: so many messages it takes side by side. `exclusive`: its account is used by one process at a time, which
    holds a lease. `staff`: it reaches the office's own people, never residents.
    """

    receipts: bool = False
    replies: bool = False
    query: bool = False
    at_once: int = 64
    exclusive: bool = True
    staff: bool = False


@dataclass(frozen=True)
class Message:
    """What a gateway sends. `reference` is the notice's id; `lane` is `service`, or `campaign` for a campaign's.

    `template` and `values` are for providers that send approved templates only.
    """

    reference: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    lane: str = "service"
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Question:
    """What a gateway is asked about: our reference, the provider's ids as far as they are known, to whom, and when."""

    reference: str
    phone: str = field(repr=False)
    ids: tuple[str, ...]
    sent_at: datetime


@dataclass(frozen=True)
class Status:
    """What a provider says became of a message: by our `reference`, or of a part by its own `id` (any way of writing).

    `phone` is whom it was sent to, where the provider says so.
    """

    result: Delivered | Failed
    reference: str | None = None
    id: str | None = None
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reply:
    """What a person wrote back; `id` is the provider's own, where it has one."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    id: str | None = None


@dataclass(frozen=True)
class Call:
    """A provider's HTTP call. Header names are in lower case."""

    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Heard:
    """What a call said, and the JSON that the provider wants to read once it is stored."""

    statuses: Sequence[Status] = ()
    replies: Sequence[Reply] = ()
    answer: Mapping[str, object] = field(default_factory=dict)


class Gateway(Protocol):
    """A way out for messages, to one account with one provider."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    async def open(self) -> None:
        """Begin: connect in the background. Called when the account is this process's; may come again after close."""
        ...

    async def submit(self, message: Message) -> Outcome:
        """Hand a message over, once. Refused only where the provider definitely does not have it."""
        ...

    async def query(self, question: Question) -> Finding:
        """Ask what became of a message; Unknown where the provider cannot say."""
        ...

    async def close(self) -> None:
        """Finish what is in hand, within seconds."""
        ...


@runtime_checkable
class Called(Protocol):
    """A gateway whose provider calls us by HTTP."""

    def heard(self, call: Call) -> Heard:
        """Verify and read a call. Raises Unauthenticated, Forbidden or Invalid."""
        ...


class Ear(Protocol):
    """Where a gateway hands over what it hears: both return once it is stored, and may be told the same again."""

    async def statuses(self, gateway: str, statuses: Sequence[Status]) -> object:
        """Take what became of messages."""
        ...

    async def heard_back(self, gateway: str, replies: Sequence[Reply]) -> object:
        """Take what people wrote back."""
        ...
