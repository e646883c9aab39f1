"""Decides about topics (议题): what is consulted on, with whom, by which steps, at which tier."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, Forbidden
from common.events import Tier, TopicDecided, TopicJoined, TopicReferred, Weight
from common.words import pieces
from intake.domain.issue import Issue
from intake.domain.tier import above, tier_of


class TopicState(StrEnum):
    """Where a topic stands, seen from intake."""

    PROPOSED = "PROPOSED"
    DECLINED = "DECLINED"
    DECIDED = "DECIDED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class How:
    """How a topic is to be consulted on, as far as whoever proposes it says so; the county says the rest."""

    tier: Tier | None = None
    form: str | None = None
    weight: Weight | None = None
    steps: str | None = None


@dataclass(frozen=True)
class Hop:
    """One referral (上下联动): from where to where, why, ordered by whom, when."""

    direction: Literal["up", "down"]
    origin: str
    division: str
    reason: str
    by: str
    at: datetime


@dataclass(kw_only=True)
class Topic(Aggregate):
    """A topic: what is consulted on, with whom, by which steps. From the decision on its id runs through everything.

    `division` is where it is consulted on now, `chain` how it came there. `pieces` are those it is found by.
    """

    title: str
    division: str
    category: str
    issue_ids: list[str]
    parties: list[str]
    steps: str
    needs_research: bool
    decided_by: str
    decided_at: datetime
    form: str | None = None
    weight: Weight | None = None
    people: list[str] = field(default_factory=list)
    state: TopicState = TopicState.DECIDED
    reason: str | None = None
    approved_by: str | None = None
    chain: list[Hop] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    round: int = 1

    def propose(self, issues: Sequence[Issue], origin: Origin, *, approval: bool) -> None:
        """Propose the topic; where nobody must approve, decide on it (定题). Whoever raised its issues is heard."""
        if not self.take(origin):
            return
        self.people = list(dict.fromkeys(person for issue in issues for person in issue.people))
        self.pieces = pieces([self.title, self.category, *self.parties])
        self.state = TopicState.PROPOSED
        if not approval:
            self._decide()

    def approve(self, issues: Sequence[Issue], origin: Origin) -> None:
        """Decide on the topic for the committee. Raises Forbidden for whoever proposed it."""
        if not self.take(origin):
            return
        self._require(TopicState.PROPOSED, "approved")
        if origin.by == self.decided_by:
            raise Forbidden("whoever proposed the topic cannot approve it: somebody else of the committee must")
        self.approved_by, self.decided_at = origin.by, origin.at
        self.join(person for issue in issues for person in issue.people)
        self._decide()

    def decline(self, reason: str, origin: Origin) -> None:
        """Decide against it; its issues are free again, and the reason is public."""
        if self.take(origin):
            self._require(TopicState.PROPOSED, "declined")
            self.state, self.reason = TopicState.DECLINED, reason

    def join(self, people: Iterable[str]) -> None:
        """Hear more people, whose issue has become part of one of the topic's own."""
        new = [person for person in dict.fromkeys(people) if person not in self.people]
        self.people += new
        if new and self.state is not TopicState.PROPOSED:
            self.say(TopicJoined(topic_id=self.id, people=new))

    def refer(self, division: str, reason: str, origin: Origin) -> None:
        """Let it go on one tier higher or lower; its id, and the chain of all referrals, go with it."""
        if not self.take(origin):
            return
        self._require(TopicState.DECIDED, "referred")
        higher = above(self.division)
        if division != higher and above(division) != self.division:
            raise Conflict(f"the topic is at {self.division}; refer it to {higher}, or to a division right below")
        direction: Literal["up", "down"] = "up" if division == higher else "down"
        self.chain.append(Hop(direction, self.division, division, reason, origin.by, origin.at))
        self.say(
            TopicReferred(
                topic_id=self.id,
                hop=len(self.chain),
                direction=direction,
                origin=self.division,
                division=division,
                tier=tier_of(division),
                reason=reason,
            )
        )
        self.division = division

    def conclude(self, state: TopicState, reason: str | None, round_: int = 1) -> None:
        """Reach its end; what was closed before the topic was reopened ends nothing."""
        if round_ >= self.round:
            self.state, self.reason = state, reason

    def reopen(self, round_: int) -> None:
        """Be consulted on again (重新协商): the outcome did not hold."""
        if round_ > self.round:
            self.round, self.state, self.reason = round_, TopicState.DECIDED, None

    def _decide(self) -> None:
        self.state = TopicState.DECIDED
        self.say(
            TopicDecided(
                topic_id=self.id,
                title=self.title,
                division=self.division,
                category=self.category,
                issue_ids=self.issue_ids,
                parties=self.parties,
                steps=self.steps,
                needs_research=self.needs_research,
                people=self.people,
                tier=tier_of(self.division),
                form=self.form,
                weight=self.weight,
            )
        )

    def _require(self, state: TopicState, verb: str) -> None:
        if self.state is not state:
            raise Conflict(f"the topic is {self.state} and cannot be {verb}")
