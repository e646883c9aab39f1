"""What was said and acknowledged, what was done to the county, and how long it took to recover."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Json = dict[str, object]


@dataclass(frozen=True)
class Said:
    """An event of a department system: `id` is its ce-id."""

    id: str
    system: str
    kind: str
    data: Mapping[str, object]


@dataclass(frozen=True)
class Raised:
    """An issue that came over HTTP and was answered 2xx."""

    id: str
    title: str
    phone: str


@dataclass
class Story:
    """A topic from its decision to its end: what it must hold at last."""

    name: str
    topic_id: str = ""
    issue_ids: list[str] = field(default_factory=list)
    parties: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    meeting_ids: list[str] = field(default_factory=list)
    task_ids: list[str] = field(default_factory=list)
    replied: list[Said] = field(default_factory=list)
    closed: bool = False


@dataclass
class Tally:
    """Everything counted in one run."""

    said: list[Said] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    writes: int = 0
    """Answered 2xx."""

    refused: list[str] = field(default_factory=list)
    """Writes of a script without fault that were answered 4xx: something was lost or doubled on the way."""

    weather: Counter[str] = field(default_factory=Counter)
    """What the outside met and made up for by saying the same again."""

    kills: Counter[str] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    recovery: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds from a kill to ready, by process."""

    failed_starts: Counter[str] = field(default_factory=Counter)
    """Starts that ended in an error, because what the service needs was down itself."""

    @property
    def acknowledged(self) -> int:
        """How many events JetStream acknowledged, and writes were answered 2xx; a repetition counts nothing."""
        return len(self.said) + self.writes


@dataclass
class Verdict:
    """What the witnesses found. Each line names the thing, so that it can be looked for."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Neither lost nor doubled, and still not as without faults."""

    counted: dict[str, int] = field(default_factory=dict)

    def add(self, to: str, line: str, things: Iterable[object]) -> None:
        """Put each thing, worded by `line`, on the list `to`."""
        getattr(self, to).extend(line.format(thing) for thing in sorted(map(str, things)))

    def times(self, what: str, found: int, must: int) -> None:
        """Compare how often something is there with how often it must be."""
        if found != must:
            (self.lost if found < must else self.doubled).append(f"{what}: {found} times, must be {must}")

    @property
    def clean(self) -> bool:
        """Whether nothing is lost, doubled or wrong."""
        return not (self.lost or self.doubled or self.wrong)
