"""What of a meeting can be followed while it goes on (实况): by whom, and from where on."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from common.errors import Fault, Invalid
from meetings.domain.floor import Turn
from meetings.domain.history import called, history
from meetings.domain.meeting import Meeting
from meetings.domain.record import Entry, MeetingState, Position, What

OVER = frozenset(MeetingState) - {MeetingState.CONVENED, MeetingState.IN_SESSION}
"""The states in which nothing more can be said."""


class Audience(StrEnum):
    """Who follows: those who run the meeting, those who sit in it or look on by office, and residents."""

    TABLE = "table"
    CIRCLE = "circle"
    PUBLIC = "public"


OPEN_TO_ALL = frozenset(
    {
        What.POSTPONED,
        What.OPENED,
        What.GIVEN,
        What.FINISHED,
        What.PAUSED,
        What.RESUMED,
        What.SPOKE,
        What.ADJOURNED,
        What.CANCELLED,
    }
)
"""What residents are told of: how it goes and who has the floor, not what is said there."""

_TABLE = frozenset({"host", "recorder", "convenor", "office", "clerk"})
_CIRCLE = frozenset({"party", "member", "leader", "observer"})


def audience(roles: frozenset[str]) -> Audience:
    """Tell to which audience somebody with these roles belongs."""
    if roles & _TABLE:
        return Audience.TABLE
    return Audience.CIRCLE if roles & _CIRCLE else Audience.PUBLIC


@dataclass(frozen=True)
class Cursor:
    """How far somebody has followed: so many entries of the course, and the state as it was at a revision.

    The course only grows, so this is all that is needed to go on after a break, at any replica.
    """

    entries: int = 0
    revision: int = 0
    over: bool = False

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Read what `str` wrote. Raises Invalid."""
        if not re.fullmatch(r"\d{1,9}\.\d{1,9}(\.end)?", text):
            raise Invalid([Fault("Last-Event-ID", f"{text[:40]!r} is no id of a live view; leave it out")])
        entries, revision, *end = text.split(".")
        return cls(int(entries), int(revision), bool(end))

    def __str__(self) -> str:
        """Write it as the id of an event."""
        return f"{self.entries}.{self.revision}{'.end' if self.over else ''}"


@dataclass(frozen=True)
class Step:
    """One thing to tell: an `entry` of the course, the `state` as it is now, or the `end`; and how far that is."""

    kind: str
    data: dict[str, object]
    cursor: Cursor


def steps(meeting: Meeting, seen: Cursor, audience: Audience) -> Iterator[Step]:
    """Tell what is new to somebody who has seen so much."""
    course = history(meeting)
    there = len(course)
    begin = seen.entries if seen.entries <= there else 0
    for number in range(begin, there):
        entry = course[number]
        if audience is not Audience.PUBLIC or entry.what in OPEN_TO_ALL:
            yield Step("entry", _entry(meeting, entry, audience), Cursor(number + 1, seen.revision))
    if seen.revision != meeting.revision:
        yield Step("state", _state(meeting, audience), Cursor(there, meeting.revision))
    if meeting.state in OVER:
        result = meeting.result.value if meeting.result else None
        end: dict[str, object] = {"state": meeting.state.value, "result": result}
        yield Step("end", end, Cursor(there, meeting.revision, over=True))


def _entry(meeting: Meeting, entry: Entry, audience: Audience) -> dict[str, object]:
    told: dict[str, object] = {"what": entry.what, "at": entry.at, "party": entry.party}
    if entry.who:
        told["who"] = called(meeting, entry.who, entry.party)
    if entry.seconds is not None:
        told["seconds"] = entry.seconds
    if audience is Audience.PUBLIC:
        return told
    if entry.text:
        told["text"] = entry.text
    told |= _thing(meeting, entry)
    return told if audience is Audience.CIRCLE else told | {"by": entry.by, "seat": entry.who}


def _thing(meeting: Meeting, entry: Entry) -> dict[str, object]:
    """Give what an entry is about, where it stands in a list of its own."""
    number = entry.number
    if number is None:
        return {}
    if entry.what is What.SPOKE:
        return {"text": meeting.statements[number].text}
    if entry.what is What.ARRIVED:
        return {"heads": meeting.attendance[number].heads}
    if entry.what is What.STOOD:
        return asdict(meeting.positions[number])
    if entry.what is What.CONSIDERED:
        return asdict(meeting.considered[number])
    return asdict(meeting.moods[number])


def _state(meeting: Meeting, audience: Audience) -> dict[str, object]:
    latest = {(position.party, position.option): position for position in meeting.positions}
    state: dict[str, object] = {
        "state": meeting.state.value,
        "title": meeting.title,
        "sequence": meeting.sequence,
        "agenda": meeting.agenda,
        "parties": meeting.parties,
        "heads": _heads(meeting),
        "floor": _floor(meeting),
        "stances": _stances(latest.values()),
    }
    if audience is Audience.PUBLIC:
        return state
    state["positions"] = [asdict(position) for position in latest.values()]
    state["dissent"] = [dissent.model_dump() for dissent in meeting.dissent()]
    if audience is Audience.TABLE:
        state["attendance"] = [asdict(there) for there in meeting.attendance]
        state["acknowledged"] = [asdict(answer) for answer in meeting.acknowledged]
    return state


def _floor(meeting: Meeting) -> dict[str, object]:
    """Give queue and clock. It runs at the reader's: `seconds` were spent at `since`, and it stands without that."""
    floor = meeting.floor
    return {
        "given": floor.given,
        "paused": floor.paused,
        "speaking": _turn(meeting, floor.holder) if floor.holder else None,
        "seconds": floor.holder.spent if floor.holder else 0,
        "since": floor.since,
        "per_turn": floor.per_turn,
        "per_party": floor.per_party,
        "queue": [_turn(meeting, turn) for turn in floor.queue],
        "clocks": [asdict(clock) for clock in floor.clocks],
    }


def _turn(meeting: Meeting, turn: Turn) -> dict[str, object]:
    who = called(meeting, turn.who, turn.party)
    return {"number": turn.number, "party": turn.party, "who": who, "point_of_order": turn.point_of_order}


def _heads(meeting: Meeting) -> dict[str, int]:
    heads: Counter[str] = Counter()
    for there in meeting.attendance:
        heads[there.party] += there.heads
    return dict(heads)


def _stances(positions: Iterable[Position]) -> dict[str, int]:
    return dict(Counter(position.stance.value for position in positions))
