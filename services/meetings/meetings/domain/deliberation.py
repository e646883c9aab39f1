"""The deliberation of a topic: its research, and one meeting after another until it ends."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate, Origin, derived_id
from common.errors import Conflict, Fault, Invalid
from common.events import (
    Dissent,
    MeetingAdjourned,
    MeetingsTopicJoined,
    TopicAgreed,
    TopicDecided,
    TopicEnded,
    TopicJoined,
    TopicReferred,
    TopicResearched,
)


class TopicState(StrEnum):
    """Where a topic stands, seen from meetings."""

    RESEARCHING = "RESEARCHING"
    CONSULTING = "CONSULTING"
    AGREED = "AGREED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


class Method(StrEnum):
    """How a finding was come by."""

    VISIT = "visit"
    INTERVIEW = "interview"
    SURVEY = "survey"
    DOCUMENTS = "documents"


@dataclass(frozen=True)
class Finding:
    """What research found (调研), and who took part in it."""

    method: Method
    finding: str
    together_with: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True)
class Plan:
    """What a convenor plans for a meeting. `host` and `recorder` are subjects of tokens."""

    council_id: str
    venue: str
    starts_at: datetime
    agenda: tuple[str, ...]
    host: str
    recorder: str


@dataclass(frozen=True)
class Call:
    """A meeting that has been called and is not over, whole enough to make the meeting from it."""

    meeting_id: str
    sequence: int
    plan: Plan


@dataclass(frozen=True)
class Round:
    """A meeting that is over, and what came of it."""

    meeting_id: str
    sequence: int
    result: str
    heads: int


@dataclass(kw_only=True)
class Deliberation(Aggregate):
    """The deliberation of one topic, whose id it bears. It takes as many rounds as it needs.

    `people` are the reporters and the known participants so far. `called` holds, in order, the requests that called
    a meeting: a repeated one finds its meeting, and a cancelled meeting keeps its number. `round` counts how often the
    topic has begun: it is reopened where its outcome does not hold.
    """

    title: str
    division: str
    parties: list[str]
    steps: str
    needs_research: bool
    people: list[str]
    state: TopicState
    findings: list[Finding] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    dissent: list[Dissent] = field(default_factory=list)
    open_meeting: Call | None = None
    called: list[str] = field(default_factory=list)
    round: int = 1
    hops: int = 0

    @classmethod
    def of(cls, fact: TopicDecided) -> "Deliberation":
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
        )

    def research(self, method: Method, finding: str, together_with: tuple[str, ...], origin: Origin) -> None:
        """Add a finding; the first one opens the way to the meetings."""
        if not self.take(origin):
            return
        self._require_going_on()
        self.findings.append(Finding(method, finding, together_with, origin.by, origin.at))
        self.state = TopicState.CONSULTING
        self.say(TopicResearched(topic_id=self.id, finding=finding, method=method.value))

    def convene(self, plan: Plan, origin: Origin) -> None:
        """Call the next meeting. There is one at a time, and none before the research (干部不能跳过调研)."""
        if origin.id in self.called:
            return
        if plan.host == plan.recorder:
            raise Invalid([Fault("recorder", f"{plan.recorder!r} is the host already; somebody else must record")])
        self._require_going_on()
        if self.state is TopicState.RESEARCHING:
            raise Conflict("the topic needs research (调研) first: add a finding, then convene")
        if self.open_meeting:
            raise Conflict(f"meeting {self.open_meeting.meeting_id} is not over: adjourn or cancel it, then convene")
        self.called.append(origin.id)
        sequence = len(self.called)
        self.open_meeting = Call(self._meeting_id(sequence), sequence, plan)

    def meeting_called_by(self, origin: Origin) -> str:
        """Tell the id of the meeting that a request called."""
        return self._meeting_id(self.called.index(origin.id) + 1)

    def release(self, meeting_id: str) -> None:
        """Let go of a meeting that will not take place."""
        if self.open_meeting and self.open_meeting.meeting_id == meeting_id:
            self.open_meeting = None

    def follow(self, fact: MeetingAdjourned) -> None:
        """Add a meeting that is over, once; agreement and the lack of it end the deliberation."""
        if any(round_.meeting_id == fact.meeting_id for round_ in self.rounds):
            return
        self.rounds.append(Round(fact.meeting_id, fact.sequence, fact.result, fact.heads))
        self.release(fact.meeting_id)
        self.dissent = list(fact.dissent)
        self.people += [person for person in fact.people if person not in self.people]
        if fact.result == "CONSENSUS":
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
        if new and self.state not in (TopicState.RESEARCHING, TopicState.CONSULTING):
            self.say(MeetingsTopicJoined(topic_id=self.id, people=new))

    def move(self, fact: TopicReferred) -> None:
        """Go on in another division (上下联动); a referral that comes late changes nothing."""
        if fact.hop > self.hops:
            self.hops, self.division = fact.hop, fact.division

    def _agree(self, agreement: str) -> None:
        self.state = TopicState.AGREED
        self.say(
            TopicAgreed(
                topic_id=self.id,
                title=self.title,
                division=self.division,
                agreement=agreement,
                meetings=len(self.rounds),
                dissent=self.dissent,
                people=self.people,
            )
        )

    def _end(self, explanation: str) -> None:
        self.state = TopicState.ENDED
        self.say(
            TopicEnded(
                topic_id=self.id,
                title=self.title,
                division=self.division,
                explanation=explanation,
                meetings=len(self.rounds),
                dissent=self.dissent,
                people=self.people,
                round=self.round,
            )
        )

    def _require_going_on(self) -> None:
        if self.state not in (TopicState.RESEARCHING, TopicState.CONSULTING):
            raise Conflict(f"the topic is {self.state}; to go on consulting, have a new topic decided on")

    def _meeting_id(self, sequence: int) -> str:
        # the number at the end puts a topic's meetings in order wherever they are listed by id
        return f"{derived_id('meeting', self.id)}-{sequence:04}"
