"""Decides about outcomes (成果): from an agreement to its tasks, its publicity, its rating and its end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from common.aggregate import Aggregate, Origin, derived_id
from common.errors import Conflict
from common.events import (
    Dissent,
    OutcomeReported,
    TopicAgreed,
    TopicClosed,
    TopicEnded,
    TopicPublicised,
    TopicRated,
)

SATISFIED = 3
"""基本满意 on the five-step scale of GB/T 39735; a mean below it sends the tasks back for rework."""

NAMED_IN_RESULT = 3
_SCORE = re.compile(r"\s*([1-5１-５])\s*")


class OutcomeState(StrEnum):
    """Where an outcome stands: agreed, given to departments, publicised and open to rating, closed; or ended."""

    DRAFT = "DRAFT"
    REPORTED = "REPORTED"
    PUBLICISED = "PUBLICISED"
    CLOSED = "CLOSED"
    ENDED = "ENDED"


class Kind(StrEnum):
    """What an outcome is: an agreement among those concerned (共识), or a suggestion to those who decide (建议)."""

    CONSENSUS = "consensus"
    SUGGESTION = "suggestion"


@dataclass(frozen=True)
class Assignment:
    """A task as the office words it, due after so many working days or on a day; with neither, the county's rule."""

    department: str
    title: str
    evidence: str = ""
    working_days: int | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Commitment:
    """What a department is to do until a day. `system` is where it hears of it, None where it has no system."""

    task_id: str
    department: str
    system: str | None
    title: str
    evidence: str
    due_on: date


@dataclass(frozen=True)
class Rating:
    """How satisfied a person is, from 1 (very unsatisfied) to 5 (very satisfied)."""

    person_id: str
    score: int
    at: datetime


def outcome_id(topic_id: str) -> str:
    """Name the one outcome of a topic."""
    return derived_id("outcome", topic_id)


def score_of(text: str) -> int | None:
    """Read a rating: one figure from 1 to 5, half or full width; None for any other text."""
    found = _SCORE.fullmatch(text)
    return int(found[1]) if found else None


@dataclass(kw_only=True)
class Outcome(Aggregate):
    """What came of a topic. Its commitments are stored with it, so the tasks can be made from it at any time.

    `ratings` holds the last one of each person; those from before a rework are kept in `earlier`, and count no more.
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
    commitments: list[Commitment] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    earlier: list[Rating] = field(default_factory=list)
    reported_at: datetime | None = None
    publicised_at: datetime | None = None
    closed_at: datetime | None = None

    @classmethod
    def agreed(cls, fact: TopicAgreed) -> "Outcome":
        """Begin with an agreement."""
        return cls._of(fact, OutcomeState.DRAFT, agreement=fact.agreement)

    @classmethod
    def ended(cls, fact: TopicEnded) -> "Outcome":
        """Record an end without agreement: legitimate, and explained."""
        return cls._of(fact, OutcomeState.ENDED, explanation=fact.explanation)

    @property
    def score(self) -> float | None:
        """The mean rating, None where nobody has rated."""
        return sum(rating.score for rating in self.ratings) / len(self.ratings) if self.ratings else None

    def report(self, kind: Kind, commitments: Sequence[Commitment], origin: Origin) -> None:
        """Report to committee and government, with what each department is to do (成果报送)."""
        if not self.take(origin):
            return
        if self.state is OutcomeState.ENDED:
            raise Conflict("the topic ended without agreement: there is nothing to report")
        if self.state is not OutcomeState.DRAFT:
            raise Conflict(f"the outcome is {self.state}: it has its tasks already")
        self.state, self.kind, self.reported_at = OutcomeState.REPORTED, kind, origin.at
        self.commitments = list(commitments)
        self.say(OutcomeReported(topic_id=self.topic_id, outcome_id=self.id, tasks=len(self.commitments)))

    def settle(self, at: datetime, *, done: bool) -> None:
        """Agree with the tasks: publicise when all of them are done, take that back when one is reworked."""
        if done and self.state is OutcomeState.REPORTED:
            self.state, self.publicised_at = OutcomeState.PUBLICISED, at
            self.say(
                TopicPublicised(topic_id=self.topic_id, title=self.title, result=self._result(), people=self.people)
            )
        elif not done and self.state is OutcomeState.PUBLICISED:
            self.state, self.publicised_at = OutcomeState.REPORTED, None
            self.earlier += self.ratings
            self.ratings = []

    def rate(self, person_id: str, score: int, origin: Origin) -> None:
        """Take a person's rating; the last one counts."""
        if not self.take(origin):
            return
        if self.state is not OutcomeState.PUBLICISED:
            raise Conflict(f"the outcome is {self.state}: it can be rated while it is PUBLICISED")
        self.ratings = [rating for rating in self.ratings if rating.person_id != person_id]
        self.ratings.append(Rating(person_id, score, origin.at))
        self.say(TopicRated(topic_id=self.topic_id, person_id=person_id, score=score))

    def close(self, origin: Origin, *, publicity_over: bool) -> None:
        """Close the topic (办结): rated well enough, or not rated at all within the days of publicity."""
        if not self.take(origin):
            return
        if self.state is not OutcomeState.PUBLICISED:
            raise Conflict(f"the outcome is {self.state}: verify every task, then it is publicised and can be closed")
        score = self.score
        if score is None and not publicity_over:
            raise Conflict("nobody has rated yet: wait for a rating, or until the days of publicity are over")
        if score is not None and score < SATISFIED:
            raise Conflict(f"the mean score {score:.2f} is under {SATISFIED}: let the tasks be reworked first")
        self.state, self.closed_at = OutcomeState.CLOSED, origin.at
        self.say(
            TopicClosed(
                topic_id=self.topic_id,
                title=self.title,
                score=None if score is None else round(score, 2),
                ratings=len(self.ratings),
                people=self.people,
            )
        )

    @classmethod
    def _of(
        cls, fact: TopicAgreed | TopicEnded, state: OutcomeState, agreement: str = "", explanation: str = ""
    ) -> "Outcome":
        return cls(
            id=outcome_id(fact.topic_id),
            topic_id=fact.topic_id,
            title=fact.title,
            division=fact.division,
            meetings=fact.meetings,
            state=state,
            agreement=agreement,
            explanation=explanation,
            dissent=list(fact.dissent),
            people=list(dict.fromkeys(fact.people)),
        )

    def _result(self) -> str:
        """Word the result shortly enough for a text message."""
        titles = [commitment.title for commitment in self.commitments]
        more = f"等{len(titles)}项" if len(titles) > NAMED_IN_RESULT else ""
        return f"{'、'.join(titles[:NAMED_IN_RESULT])}{more}已办结"
