"""What was recorded of a meeting without a network (离线记录), by one device or several, in whatever order they come.

A recording is a set: of entries, each named after what it holds, of the devices that are waited for and of those that
are done. Merging is the union, so it does not matter who comes first, or twice; what was signed is never dropped.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, DomainError, Fault
from meetings.domain.meeting import Meeting
from meetings.domain.record import MeetingState, Position, Result, Stance
from meetings.domain.roles import HOST, RECORDER


class Kind(StrEnum):
    """What can be recorded."""

    OPEN = "open"
    ARRIVE = "arrive"
    SAY = "say"
    STAND = "stand"
    END = "end"


@dataclass(frozen=True, order=True)
class Entry:
    """One thing that was recorded. `id` is the hash of all of it; `number` is the device's own count."""

    at: datetime
    device: str
    number: int
    id: str
    kind: Kind = field(compare=False)
    party: str = ""
    heads: int = 1
    text: str = ""
    stance: Stance | None = field(default=None, compare=False)
    reason: str | None = field(default=None, compare=False)
    remedy: str | None = field(default=None, compare=False)
    result: Result | None = field(default=None, compare=False)
    conclusion: str = ""


@dataclass(frozen=True)
class Part:
    """What one device brings, or several together. `host`: one of them is the host's, or the host brought it."""

    entries: tuple[Entry, ...] = ()
    awaited: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    host: bool = False

    def __or__(self, other: "Part") -> "Part":
        """Merge."""
        entries = {entry.id: entry for entry in (*self.entries, *other.entries)}
        return Part(
            tuple(sorted(entries.values())),
            tuple(sorted({*self.awaited, *other.awaited})),
            tuple(sorted({*self.closed, *other.closed})),
            self.host or other.host,
        )

    @property
    def missing(self) -> list[str]:
        """List the devices that have not brought all they have: those waited for, and those that have begun."""
        wanted = {*self.awaited, *(entry.device for entry in self.entries)}
        return sorted(wanted - {*self.closed})


@dataclass(frozen=True)
class End:
    """How a meeting ended, as its devices say with one voice."""

    id: str
    at: datetime
    result: Result
    summary: str
    conclusion: str


@dataclass(kw_only=True)
class Recording(Aggregate):
    """What devices recorded of one meeting, whose id it bears."""

    part: Part = field(default_factory=Part)

    def merge(self, part: Part) -> None:
        """Take in what a device brings."""
        self.part = self.part | part

    def end(self) -> End:
        """Tell how the meeting ended. Raises Conflict where that is not settled yet."""
        ends = [
            End(entry.id, entry.at, entry.result, entry.text, entry.conclusion)
            for entry in self.part.entries
            if entry.kind is Kind.END and entry.result
        ]
        if self.part.missing:
            raise Conflict(f"{', '.join(self.part.missing)} has not brought everything yet")
        if not ends:
            raise Conflict("no device recorded an end: the host adjourns")
        if len({(end.result, end.summary, end.conclusion) for end in ends}) > 1:
            raise Conflict("the devices recorded different ends: the host adjourns")
        if not self.part.host:
            raise Conflict("the end needs the host's word: their device's bundle, or a bundle brought with their token")
        return ends[-1]


def replay(meeting: Meeting, part: Part) -> None:
    """Have in the meeting what was recorded, in its order and with its times; once, and only while it is not over.

    What comes later stays in the recording, and is told by `late`.
    """
    if part.missing or meeting.state not in (MeetingState.CONVENED, MeetingState.IN_SESSION):
        return
    for entry in part.entries:
        try:
            _play(meeting, entry)
        except DomainError:
            # what goes against something that was done online meanwhile stays in the recording
            meeting.taken = [id_ for id_ in meeting.taken if id_ != entry.id]


def late(meeting: Meeting, part: Part) -> list[Entry]:
    """List what is in the recording and not in the meeting."""
    return [entry for entry in part.entries if entry.id not in meeting.taken and entry.kind is not Kind.END]


def faults(meeting: Meeting, entries: list[Entry]) -> list[Fault]:
    """List what the meeting itself would not take, as if these entries alone were brought."""
    trial = deepcopy(meeting)
    trial.said = []
    trial.state = MeetingState.CONVENED
    found = []
    for number, entry in enumerate(entries):
        try:
            _play(trial, entry)
        except DomainError as error:
            path = f"entries.{number}"
            found += [Fault(f"{path}.{fault.path}", fault.problem) for fault in error.faults]
            found += [] if error.faults else [Fault(path, error.detail)]
    return found


def _play(meeting: Meeting, entry: Entry) -> None:
    if entry.id in meeting.taken or entry.kind is Kind.END:
        return
    recorder = Origin(entry.id, meeting.recorder, entry.at, frozenset({RECORDER}))
    host = Origin(f"{entry.id}.open", meeting.host, entry.at, frozenset({HOST}))
    if entry.kind is not Kind.ARRIVE and meeting.state is MeetingState.CONVENED:
        # whoever notes what is said has forgotten to note that it began, or another device has noted it
        meeting.open(host)
    if entry.kind is Kind.ARRIVE:
        meeting.check_in(entry.party, entry.heads, None, recorder)
    elif entry.kind is Kind.SAY:
        meeting.speak(entry.party, entry.text, recorder)
    elif entry.kind is Kind.STAND and entry.stance:
        meeting.stand(Position(entry.party, entry.stance, entry.reason, entry.remedy), recorder)
    elif entry.id not in meeting.taken:
        meeting.taken.append(entry.id)
