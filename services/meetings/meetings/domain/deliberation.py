"""The deliberation of a topic: its research, and one meeting after another until it ends."""

from dataclasses import dataclass
from datetime import datetime

from common.aggregate import Origin, derived_id
from common.errors import Conflict, Fault, Invalid
from common.events import (
    MeetingAdjourned,
    MeetingsTopicJoined,
    TopicDecided,
    TopicJoined,
    TopicReferred,
    TopicResearched,
)
from meetings.domain.matter import Matter, TopicState
from meetings.domain.options import replies, standings
from meetings.domain.plan import Call, Finding, Method, Plan, Round
from meetings.domain.seats import seat_faults
from meetings.domain.vote import VoteKind

KEPT = 100
"""So many of its last meetings a topic keeps with it; all of them are found among the meetings, page by page."""


@dataclass(kw_only=True)
class Deliberation(Matter):
    """The deliberation of one topic, whose id it bears. It takes as many rounds as it needs."""

    @classmethod
    def of(cls, fact: TopicDecided, vote: VoteKind | None = None) -> "Deliberation":
        """Begin with a topic that was decided on."""
        return cls(
            id=fact.topic_id,
            title=fact.title,
            division=fact.division,
            parties=list(dict.fromkeys(fact.parties)),
            steps=fact.steps,
            needs_research=fact.needs_research,
            people=list(fact.people),
            state=TopicState.RESEARCHING if fact.needs_research else TopicState.CONSULTING,
            category=fact.category,
            vote=vote,
        )

    def research(self, method: Method, finding: str, together_with: tuple[str, ...], origin: Origin) -> None:
        """Add a finding; the first one opens the way to the meetings."""
        if not self.take(origin):
            return
        self._require_going_on()
        self.findings.append(Finding(method, finding, together_with, origin.by, origin.at))
        self.state = TopicState.CONSULTING
        self.say(TopicResearched(topic_id=self.id, finding=finding, method=method.value))

    def convene(self, plan: Plan, origin: Origin, earliest: datetime | None = None) -> None:
        """Call the next meeting. There is one at a time, and none before the research (干部不能跳过调研).

        `earliest` is the first moment that leaves the notice the county asks for.
        """
        if origin.id in self.called:
            return
        faults = seat_faults(plan.seats, self.parties, plan.recorder)
        if plan.host == plan.recorder:
            faults.append(Fault("recorder", f"{plan.recorder!r} is the host already; somebody else must record"))
        if earliest and plan.starts_at < earliest:
            faults.append(Fault("starts_at", f"people need notice in time: not before {earliest:%Y-%m-%d}"))
        if faults:
            raise Invalid(faults)
        self._require_going_on()
        if self.state is TopicState.RESEARCHING:
            raise Conflict("the topic needs research (调研) first: add a finding, then convene")
        if self.open_meeting:
            raise Conflict(f"meeting {self.open_meeting.meeting_id} is not over: adjourn or cancel it, then convene")
        self.convened = max(self.convened, len(self.called)) + 1
        self.called = [*self.called, origin.id][-KEPT:]
        self.open_meeting = Call(self._meeting_id(self.convened), self.convened, plan, origin.id)

    def meeting_called_by(self, origin: Origin) -> str:
        """Tell the id of the meeting that a request called."""
        convened = max(self.convened, len(self.called))
        return self._meeting_id(convened - len(self.called) + self.called.index(origin.id) + 1)

    def release(self, meeting_id: str) -> None:
        """Let go of a meeting that will not take place."""
        if self.open_meeting and self.open_meeting.meeting_id == meeting_id:
            self.open_meeting = None

    def follow(self, fact: MeetingAdjourned) -> None:
        """Add a meeting that is over, once; agreement and the lack of it end the deliberation.

        Meetings are held one after the other, so that a number that is not higher has been followed.
        """
        if self.rounds and fact.sequence <= self.rounds[-1].sequence:
            return
        self.held = max(self.held, len(self.rounds)) + 1
        self.rounds = [*self.rounds, Round(fact.meeting_id, fact.sequence, fact.result, fact.heads)][-KEPT:]
        self.release(fact.meeting_id)
        self.dissent = list(fact.dissent)
        self.people = list(dict.fromkeys([*self.people, *fact.people]))
        self.heard = list(dict.fromkeys([*self.heard, *fact.heard]))
        self.standings = standings(self.standings, fact)
        self._owe(replies(self.replies, fact))
        if fact.result == "CONSENSUS" and self.vote:
            self._call_vote(fact.conclusion, self.vote, fact.meeting_id)
        elif fact.result == "CONSENSUS":
            self._agree(fact.conclusion)
        elif fact.result == "NO_CONSENSUS":
            self._end(fact.conclusion)

    def close(self, round_: int = 1) -> None:
        """Be done: the outcome was kept and rated; an outcome from before a reopening closes nothing."""
        if round_ >= self.round:
            self.state = TopicState.CLOSED

    def reopen(self, round_: int) -> None:
        """Go on consulting (重新协商): the outcome does not hold; its meetings stay, and the next one follows."""
        if round_ > self.round:
            self.round, self.state = round_, TopicState.CONSULTING

    def join(self, fact: TopicJoined) -> None:
        """Hear more people; where the deliberation is over, whoever keeps its outcome must know of them."""
        new = [person for person in dict.fromkeys(fact.people) if person not in self.people]
        self.people += new
        if new and self.state in (TopicState.AGREED, TopicState.ENDED, TopicState.CLOSED):
            self.say(MeetingsTopicJoined(topic_id=self.id, people=new))

    def move(self, fact: TopicReferred) -> None:
        """Go on in another division (上下联动); a referral that comes late changes nothing."""
        if fact.hop > self.hops:
            self.hops, self.division = fact.hop, fact.division

    def _meeting_id(self, sequence: int) -> str:
        # the number at the end puts a topic's meetings in order wherever they are listed by id
        return f"{derived_id('meeting', self.id)}-{sequence:04}"
