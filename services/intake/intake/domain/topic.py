"""Decides about topics (议题): what is consulted on, with whom, by which steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate, Origin
from common.events import TopicDecided
from intake.domain.issue import Issue


class TopicState(StrEnum):
    """Where a topic stands, seen from intake."""

    DECIDED = "DECIDED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


@dataclass(kw_only=True)
class Topic(Aggregate):
    """A topic: what is consulted on, with whom, by which steps. From the decision on its id runs through everything."""

    title: str
    division: str
    category: str
    issue_ids: list[str]
    parties: list[str]
    steps: str
    needs_research: bool
    decided_by: str
    decided_at: datetime
    people: list[str] = field(default_factory=list)
    state: TopicState = TopicState.DECIDED
    reason: str | None = None
    round: int = 1

    def decide(self, issues: Sequence[Issue], origin: Origin) -> None:
        """Decide on the topic (定题); everyone who raised one of its issues is heard."""
        if not self.take(origin):
            return
        self.people = list(dict.fromkeys(person for issue in issues for person in issue.people))
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
            )
        )

    def conclude(self, state: TopicState, reason: str | None, round_: int = 1) -> None:
        """Reach its end; what was closed before the topic was reopened ends nothing."""
        if round_ >= self.round:
            self.state, self.reason = state, reason

    def reopen(self, round_: int) -> None:
        """Be consulted on again (重新协商): the outcome did not hold."""
        if round_ > self.round:
            self.round, self.state, self.reason = round_, TopicState.DECIDED, None
