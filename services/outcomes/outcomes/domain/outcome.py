"""Decides about outcomes (成果): from an agreement to its tasks, and to its publicity (公示)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from common.aggregate import Aggregate, Origin, derived_id
from common.errors import Conflict, Fault, Invalid
from common.events import (
    Dissent,
    OutcomeAdopted,
    OutcomeDelayed,
    OutcomeReported,
    OutcomeSubmitted,
    TopicAgreed,
    TopicEnded,
    TopicPublicised,
)
from outcomes.domain.commitment import Body, Commitment, Grade, Kind
from outcomes.domain.rating import Ending, Rating, mean

NAMED_IN_RESULT = 3


class OutcomeState(StrEnum):
    """Where an outcome stands.

    SUBMITTED: committee and government have not said yet what becomes of it. REPORTED: departments have their tasks.
    PUBLICISED: the result can be read and rated. ENDED: no agreement. REOPENED: the topic is back at a meeting.
    """

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    REPORTED = "REPORTED"
    PUBLICISED = "PUBLICISED"
    CLOSED = "CLOSED"
    ENDED = "ENDED"
    REOPENED = "REOPENED"


@dataclass(frozen=True)
class Publicity:
    """How long a result can be read (公示): the last day, and the moment after it at which the outcome is looked at."""

    until: date
    over_at: datetime


@dataclass(frozen=True)
class Past:
    """An outcome of the same topic from before it was reopened."""

    round: int
    agreement: str
    explanation: str
    commitments: tuple[Commitment, ...]
    score: float | None
    reopened_at: datetime
    reason: str


def outcome_id(topic_id: str) -> str:
    """Name the one outcome of a topic."""
    return derived_id("outcome", topic_id)


@dataclass(kw_only=True)
class Outcome(Aggregate):
    """What came of a topic. Its commitments are stored with it, so the tasks can be made from it at any time.

    `ratings` holds the last one of each person; those from before a rework are kept in `earlier`, and count no more.
    `due_at` is when it is late with being reported or answered, or its publicity is over; None while it awaits neither.
    `round` counts the topic's outcomes from 1. `concluded_at` is when the county heard what the meetings came to; None
    where that was before it was kept.
    """

    topic_id: str
    title: str
    division: str
    meetings: int
    state: OutcomeState
    agreement: str = ""
    explanation: str = ""
    dissent: list[Dissent] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    kind: Kind | None = None
    reported_to: list[Body] = field(default_factory=list)
    grade: Grade | None = None
    adopted_by: Body | None = None
    adopted_text: str = ""
    commitments: list[Commitment] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    earlier: list[Rating] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    round: int = 1
    concluded_at: datetime | None = None
    reported_at: datetime | None = None
    publicised_at: datetime | None = None
    public_until: date | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    ending: Ending | None = None

    @classmethod
    def of(cls, fact: TopicAgreed | TopicEnded, at: datetime, due_at: datetime) -> "Outcome":
        """Begin with an agreement, or with an end without one: legitimate, and explained."""
        topic = cls(
            id=outcome_id(fact.topic_id),
            topic_id=fact.topic_id,
            title=fact.title,
            division=fact.division,
            meetings=0,
            state=OutcomeState.REOPENED,
        )
        topic.conclude(fact, at, due_at)
        return topic

    @property
    def score(self) -> float | None:
        """The mean rating, None where nobody has rated."""
        return mean(self.ratings)

    def conclude(self, fact: TopicAgreed | TopicEnded, at: datetime, due_at: datetime) -> None:
        """Hear what the meetings came to, once for each opening of the topic; an agreement is reported by `due_at`."""
        if self.state is not OutcomeState.REOPENED or fact.meetings <= self.meetings:
            return
        self.meetings, self.dissent, self.people = fact.meetings, list(fact.dissent), list(dict.fromkeys(fact.people))
        self.concluded_at = at
        if isinstance(fact, TopicAgreed):
            self.state, self.agreement, self.due_at = OutcomeState.DRAFT, fact.agreement, due_at
        else:
            self.state, self.explanation = OutcomeState.ENDED, fact.explanation

    def join(self, people: Sequence[str]) -> None:
        """Tell more people, too, what becomes of it."""
        self.people += [person for person in people if person not in self.people]

    def submit(self, kind: Kind, to: Sequence[Body], origin: Origin, due_at: datetime) -> None:
        """Submit it to committee and government (成果报送), which say what becomes of it."""
        if not self.take(origin):
            return
        self._require_unreported(OutcomeState.DRAFT)
        self.state, self.kind, self.reported_to = OutcomeState.SUBMITTED, kind, list(dict.fromkeys(to))
        self.due_at = due_at
        self.say(OutcomeSubmitted(topic_id=self.topic_id, outcome_id=self.id, kind=kind.value, to=self.reported_to))

    def report(
        self, kind: Kind, commitments: Sequence[Commitment], origin: Origin, to: Sequence[Body] = tuple(Body)
    ) -> None:
        """Report to committee and government, with what each department is to do (成果报送)."""
        if not self.take(origin):
            return
        self._require_unreported(OutcomeState.DRAFT)
        self.reported_to = list(dict.fromkeys(to))
        self._assign(kind, commitments, origin)

    def adopt(
        self,
        grade: Grade,
        by: Body,
        text: str,
        commitments: Sequence[Commitment],
        origin: Origin,
        publicity: Publicity,
    ) -> None:
        """Hear what committee or government makes of it: A and B are split into tasks, C is explained and publicised.

        Where the tasks were given with the report, this only notes the grade.
        """
        if not self.take(origin):
            return
        reported = self.state is OutcomeState.REPORTED
        if not reported:
            self._require_unreported(OutcomeState.SUBMITTED)
        if commitments and (reported or grade is Grade.C):
            problem = "were given already" if reported else "do not belong to grade C, which is explained, not done"
            raise Invalid([Fault("tasks", problem)])
        if not commitments and not reported and grade is not Grade.C:
            raise Invalid([Fault("tasks", f"grade {grade} needs at least one task, with its department and its day")])
        self.grade, self.adopted_by, self.adopted_text = grade, by, text
        about = {"topic_id": self.topic_id, "outcome_id": self.id}
        self.say(OutcomeAdopted(**about, grade=grade.value, by=by.value, text=text))
        if commitments:
            self._assign(self.kind or Kind.SUGGESTION, commitments, origin)
        elif not reported:
            self.reported_at = origin.at
            self.publicise(origin.at, publicity)

    def _assign(self, kind: Kind, commitments: Sequence[Commitment], origin: Origin) -> None:
        if not commitments:
            raise Invalid([Fault("tasks", "an outcome without a department and a day cannot be published")])
        self.state, self.kind, self.reported_at = OutcomeState.REPORTED, kind, origin.at
        self.commitments, self.due_at = list(commitments), None
        about = {"topic_id": self.topic_id, "outcome_id": self.id, "kind": kind.value}
        self.say(OutcomeReported(**about, tasks=len(self.commitments), round=self.round))

    def delay(self, now: datetime) -> None:
        """Be due while it waits for its report, or for committee and government: that is said, once."""
        if self.state in (OutcomeState.DRAFT, OutcomeState.SUBMITTED) and self.due_at and self.due_at <= now:
            self.due_at = None
            waiting_for: Literal["report", "adoption"] = "report" if self.state is OutcomeState.DRAFT else "adoption"
            about = {"topic_id": self.topic_id, "outcome_id": self.id, "title": self.title}
            self.say(OutcomeDelayed(**about, waiting_for=waiting_for))

    def publicise(self, at: datetime, publicity: Publicity) -> None:
        """Let everyone read what came of it, and ask those concerned to rate it."""
        self.state, self.publicised_at = OutcomeState.PUBLICISED, at
        self.public_until, self.due_at = publicity.until, publicity.over_at
        about = {"topic_id": self.topic_id, "title": self.title, "result": self._result()}
        self.say(TopicPublicised(**about, people=self.people, until=publicity.until))

    def _require_unreported(self, state: OutcomeState) -> None:
        if self.state is OutcomeState.ENDED:
            raise Conflict("the topic ended without agreement: there is nothing to report")
        if self.state is not state:
            told = "has its tasks already" if self.commitments else f"must be {state}"
            raise Conflict(f"the outcome is {self.state}: it {told}")

    def _result(self) -> str:
        """Word the result shortly enough for a text message."""
        if not self.commitments:
            return self.adopted_text
        titles = [commitment.title for commitment in self.commitments]
        more = f"等{len(titles)}项" if len(titles) > NAMED_IN_RESULT else ""
        return f"{'、'.join(titles[:NAMED_IN_RESULT])}{more}已办结"
