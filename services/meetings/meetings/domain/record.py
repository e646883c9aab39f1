"""What is recorded of a meeting: who came, what was said, where everyone stands, who signed, and all of it in order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MeetingState(StrEnum):
    """Where a meeting stands."""

    CONVENED = "CONVENED"
    IN_SESSION = "IN_SESSION"
    ADJOURNED = "ADJOURNED"
    MINUTED = "MINUTED"
    SIGNED = "SIGNED"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"


class Stance(StrEnum):
    """Where a party stands."""

    SUPPORT = "support"
    LIVE_WITH = "live_with"
    OBJECT = "object"
    ABSTAIN = "abstain"


class Result(StrEnum):
    """What a meeting came to. Unanimity is not required every time; having heard everybody is."""

    CONSENSUS = "CONSENSUS"
    PARTIAL = "PARTIAL"
    CONTINUE = "CONTINUE"
    NO_CONSENSUS = "NO_CONSENSUS"


class What(StrEnum):
    """What can happen in a meeting."""

    SEATED = "seated"
    ACKNOWLEDGED = "acknowledged"
    POSTPONED = "postponed"
    ARRIVED = "arrived"
    RECUSED = "recused"
    HANDED_OVER = "handed_over"
    OPENED = "opened"
    ASKED = "asked"
    WITHDREW = "withdrew"
    ORDERED = "ordered"
    GIVEN = "given"
    FINISHED = "finished"
    GRANTED = "granted"
    PAUSED = "paused"
    RESUMED = "resumed"
    SPOKE = "spoke"
    STOOD = "stood"
    CONSIDERED = "considered"
    COMMENTED = "commented"
    URGED = "urged"
    FELT = "felt"
    ADJOURNED = "adjourned"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Entry:
    """One thing that happened: what, when (UTC), by whom; the course of a meeting is the list of them, in order.

    `by` is the subject of a token. `who` is the seat concerned, where one is. `text` says more in words. `number` is
    the place (from 0) in the list that holds the thing itself: `attendance` for ARRIVED, `statements` for SPOKE,
    `positions` for STOOD, `considered` for CONSIDERED, `moods` for FELT; `seconds` is how long a turn took, or what
    was granted.
    """

    what: What
    at: datetime
    by: str
    party: str = ""
    who: str = ""
    text: str = ""
    number: int | None = None
    seconds: int | None = None


@dataclass(frozen=True)
class Attendance:
    """Who came for a party: a person known by id, or `heads` of whom nobody is known."""

    party: str
    person_id: str | None
    heads: int


@dataclass(frozen=True)
class Statement:
    """What a party said, or somebody seated without one (`party` is "" then): `speaker` is the seat."""

    party: str
    text: str
    at: datetime
    speaker: str = ""


@dataclass(frozen=True)
class Position:
    """Where a party stands and why; `remedy` is what would remove its objection, `option` what it is about."""

    party: str
    stance: Stance
    reason: str | None = None
    remedy: str | None = None
    option: str | None = None


@dataclass(frozen=True)
class Consideration:
    """How an objection was considered, and which: its `reason` says. It stays on the record whatever comes of it."""

    party: str
    text: str
    reason: str
    option: str | None = None


class When(StrEnum):
    """Whether a mood is that before a meeting or after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Mood:
    """How heated people were (emotion 情绪) and how far apart (dispute 分歧): 1 calm, near, to 5 heated, far.

    `party` is "" where the meeting as a whole is meant.
    """

    when: When
    emotion: int
    dispute: int
    party: str = ""


@dataclass(frozen=True)
class Signature:
    """Who signed the minutes, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What became of an amendment: whether the recorder took it up, and why or how."""

    taken_up: bool
    reason: str


@dataclass(frozen=True)
class Amendment:
    """What somebody who attended wants changed in the draft; it stays beside it, with its answer."""

    party: str
    wanted: str
    by: str
    at: datetime
    answer: Answer | None = None
