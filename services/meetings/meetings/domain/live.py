"""What of a meeting can be followed while it goes on (实况): by whom, and from where on."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from common.errors import Fault, Invalid
from meetings.domain.meeting import Meeting
from meetings.domain.record import MeetingState, Position, Statement

OVER = frozenset(MeetingState) - {MeetingState.CONVENED, MeetingState.IN_SESSION}
"""The states in which nothing more can be said."""


class Audience(StrEnum):
    """Who follows: those who run the meeting, those who sit in it or look on by office, and residents."""

    TABLE = "table"
    CIRCLE = "circle"
    PUBLIC = "public"


_TABLE = frozenset({"host", "recorder", "convenor", "office", "clerk"})
_CIRCLE = frozenset({"party", "member", "leader", "observer"})


def audience(roles: frozenset[str]) -> Audience:
    """Tell to which audience somebody with these roles belongs."""
    if roles & _TABLE:
        return Audience.TABLE
    return Audience.CIRCLE if roles & _CIRCLE else Audience.PUBLIC


@dataclass(frozen=True)
class Cursor:
    """How far somebody has followed: so many statements, and the course as it was at a revision.

    The record only grows, so this is all that is needed to go on after a break, at any replica.
    """

    said: int = 0
    revision: int = 0
    over: bool = False

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Read what `str` wrote. Raises Invalid."""
        if not re.fullmatch(r"\d{1,9}\.\d{1,9}(\.end)?", text):
            raise Invalid([Fault("Last-Event-ID", f"{text[:40]!r} is no id of a live view; leave it out")])
        said, revision, *end = text.split(".")
        return cls(int(said), int(revision), bool(end))

    def __str__(self) -> str:
        """Write it as the id of an event."""
        return f"{self.said}.{self.revision}{'.end' if self.over else ''}"


@dataclass(frozen=True)
class Step:
    """One thing to tell: what was `said`, the `course` as it is now, or the `end`; and how far that is."""

    kind: str
    data: dict[str, object]
    cursor: Cursor


def steps(meeting: Meeting, seen: Cursor, audience: Audience) -> Iterator[Step]:
    """Tell what is new to somebody who has seen so much."""
    there = len(meeting.statements)
    begin = seen.said if seen.said <= there else 0
    for number in range(begin, there):
        yield Step("said", _said(meeting.statements[number], number, audience), Cursor(number + 1, seen.revision))
    if seen.revision != meeting.revision:
        yield Step("course", _course(meeting, audience), Cursor(there, meeting.revision))
    if meeting.state in OVER:
        result = meeting.result.value if meeting.result else None
        end: dict[str, object] = {"state": meeting.state.value, "result": result}
        yield Step("end", end, Cursor(there, meeting.revision, over=True))


def _said(statement: Statement, number: int, audience: Audience) -> dict[str, object]:
    said: dict[str, object] = {"number": number + 1, "party": statement.party, "at": statement.at}
    return said if audience is Audience.PUBLIC else said | {"text": statement.text}


def _course(meeting: Meeting, audience: Audience) -> dict[str, object]:
    course: dict[str, object] = {
        "state": meeting.state.value,
        "title": meeting.title,
        "sequence": meeting.sequence,
        "agenda": meeting.agenda,
        "parties": meeting.parties,
        "heads": _heads(meeting),
        "stances": Counter(position.stance.value for position in _standing(meeting).values()),
    }
    if audience is Audience.PUBLIC:
        return course
    course["positions"] = [asdict(position) for position in _standing(meeting).values()]
    course["dissent"] = [dissent.model_dump() for dissent in meeting.dissent()]
    if audience is Audience.TABLE:
        course["attendance"] = [asdict(there) for there in meeting.attendance]
    return course


def _heads(meeting: Meeting) -> dict[str, int]:
    heads: Counter[str] = Counter()
    for there in meeting.attendance:
        heads[there.party] += there.heads
    return dict(heads)


def _standing(meeting: Meeting) -> dict[str, Position]:
    return {position.party: position for position in meeting.positions}
