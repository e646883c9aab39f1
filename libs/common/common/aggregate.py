"""What every thing with an identity is made of, and how the handlers ask for it."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from common.events import Event

SEPARATOR = "\x1f"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


@dataclass(frozen=True)
class Origin:
    """Whence something came: the id that makes it happen once, who said it, and when.

    `id` is the `ce-id` of an event or the `Idempotency-Key` of a request; `by` the department system or the token's
    subject; `roles` the token's roles; `department` the one it says it acts for, None where it does not say. `at` is
    when it came in here, `said_at` when it was said, None where it does not say.
    """

    id: str
    by: str
    at: datetime
    roles: frozenset[str] = frozenset()
    department: str | None = None
    said_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it was said, as far as that is known."""
        return self.said_at or self.at


@dataclass(kw_only=True)
class Aggregate:
    """A thing with an identity that changes by its own rules and says what changed.

    `revision` counts its saves. `taken` holds the ids of the events and requests it has dealt with, so that each
    counts once, for ever. What it says is stored with it in one document and published afterwards (common.outbox).
    """

    id: str
    revision: int = 0
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said: list[Event] = []

    def say(self, event: Event) -> None:
        """Tell a fact: it leaves with the next save."""
        self.said.append(event)

    def take(self, origin: Origin) -> bool:
        """Whether this event or request is new here; from now on it is not."""
        if origin.id in self.taken:
            return False
        self.taken.append(origin.id)
        return True


A = TypeVar("A", bound=Aggregate)


class Aggregates(Protocol[A]):
    """A collection of one kind of thing: the port that handlers ask for."""

    async def get(self, id_: str) -> A:
        """Load one. Raises NotFound."""
        ...

    async def change(self, id_: str, decide: Callable[[A], None], *, new: Callable[[], A] | None = None) -> A:
        """Load one (or start with `new`), let it decide, and save state and facts in one step.

        When somebody else wrote in between, it is loaded and decided again. Nothing is written where nothing changed.
        Raises NotFound (without `new`), and whatever `decide` raises.
        """
        ...

    async def page(self, after: str | None = None, limit: int = 50, **equal: str | None) -> list[A]:
        """List those whose fields equal what is given, in the order of their ids, beginning behind `after`."""
        ...

    def changes(self) -> AsyncIterator[str | None]:
        """Yield the id of whatever is saved, by any process; None at first and after a break: all may be new then."""
        ...


def derived_id(kind: str, *parts: str) -> str:
    """Derive an id that is the same whenever the same parts come again: `<kind>-` and 26 letters and digits."""
    return f"{kind}-{letters(hashlib.sha256(SEPARATOR.join((kind, *parts)).encode()).digest()[:16])}"


def letters(digest: bytes) -> str:
    """Write 16 bytes as 26 letters and digits: base 32 (RFC 4648) in small letters, unpadded."""
    bits = int.from_bytes(digest) << 2
    return "".join([_PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10)])


def utc_now() -> datetime:
    """Now, in UTC, to the millisecond: as MongoDB stores it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
