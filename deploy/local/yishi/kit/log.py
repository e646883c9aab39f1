"""What was seen of a connector: what it said and when, what it was told, and what it reads."""

from dataclasses import dataclass, field
from functools import cached_property

from common.bus.cloudevents import Incoming, read
from common.county import County

Matter = tuple[object, object]
"""What something is about: external id and version, as far as it says so."""


@dataclass(frozen=True)
class Heard:
    """One message as it was published; `at` in seconds of the clock of the run."""

    at: float
    subject: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def event(self) -> Incoming:
        """The event, with its faults of form."""
        return read(self.headers, self.body)

    @property
    def matter(self) -> Matter:
        """What it is about."""
        data = self.event.data if isinstance(self.event.data, dict) else {}
        return data.get("external_id"), data.get("version")

    def __str__(self) -> str:
        return f"{self.event.id or 'an event without id'} on {self.subject}"


@dataclass(frozen=True)
class Told:
    """One answer that was given; `strange` where it was none that is known today."""

    at: float
    status: str
    matter: Matter
    strange: bool = False


@dataclass
class Log:
    """The whole run. `reads` are the subjects it subscribed to, `reads_now` those it still does at the end.

    Both are None where the server could not be asked.
    """

    county: County
    system: str
    heard: list[Heard] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    reads: set[str] | None = None
    reads_now: set[str] | None = None

    @property
    def own(self) -> str:
        """What every subject of this system begins with."""
        return f"dept.{self.county.code}.{self.system}"

    @property
    def said(self) -> list[Heard]:
        """What it said where it may speak."""
        return [heard for heard in self.heard if heard.subject.startswith(f"{self.own}.in.")]

    def matters(self) -> dict[Matter, list[Heard]]:
        """All that was said, by what it is about, in the order of the first time."""
        found: dict[Matter, list[Heard]] = {}
        for heard in self.said:
            found.setdefault(heard.matter, []).append(heard)
        return found
