"""The matter (议题) as such: its options, the replies it owes, the vote that law leaves it to, and how it ends."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, Fault, Invalid
from common.events import Dissent, ReplyGiven, ReplyOwed, TopicAgreed, TopicEnded, VoteCalled, VoteCounted
from meetings.domain.options import Option, Reply, Standing, with_option, without_option
from meetings.domain.plan import Call, Finding, Round
from meetings.domain.roles import forbid_leaders
from meetings.domain.vote import LAWS, Ballot, Tally, VoteKind


class TopicState(StrEnum):
    """Where a topic stands, seen from meetings."""

    RESEARCHING = "RESEARCHING"
    CONSULTING = "CONSULTING"
    VOTING = "VOTING"
    AGREED = "AGREED"
    ENDED = "ENDED"
    CLOSED = "CLOSED"


@dataclass(kw_only=True)
class Matter(Aggregate):
    """What a deliberation is made of.

    `people` are the reporters and the known participants so far. `called` holds, in order, the last requests that
    called a meeting: a repeated one finds its meeting, and a cancelled meeting keeps its number. `convened` counts
    all calls, `held` all meetings that are over. `vote` is whose decision the matter is by law, where it is;
    `ballots` are the votes it was sent to. `round` counts how often the topic has begun: it is reopened where its
    outcome does not hold.
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
    category: str = ""
    convened: int = 0
    held: int = 0
    heard: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    vote: VoteKind | None = None
    ballots: list[Ballot] = field(default_factory=list)

    def propose(self, title: str, text: str, origin: Origin) -> None:
        """Put an option on the table; options are compared across all meetings."""
        forbid_leaders(origin)
        if self.take(origin):
            self._require_going_on()
            self.options = with_option(self.options, title, text, origin.by, origin.at)

    def drop(self, key: str, reason: str, origin: Origin) -> None:
        """Take an option off the table."""
        forbid_leaders(origin)
        if self.take(origin):
            self._require_going_on()
            self.options = without_option(self.options, key, reason)

    def open_options(self) -> list[str]:
        """List the keys of the options on the table."""
        return [option.key for option in self.options if option.dropped is None]

    def reply(self, party: str, option: str | None, text: str, given_on: date, origin: Origin) -> None:
        """Give a party the reply that its objection is owed; also after the end."""
        forbid_leaders(origin)
        if not self.take(origin):
            return
        owed = next((one for one in self.replies if (one.party, one.option, one.text) == (party, option, None)), None)
        if owed is None:
            raise Conflict(f"no reply is owed to {party}: it has no objection that stands, or was given its reply")
        given = replace(owed, text=text, given_on=given_on)
        self.replies = [given if one == owed else one for one in self.replies]
        self.say(
            ReplyGiven(topic_id=self.id, party=party, option=option, text=text, due_on=owed.due_on, given_on=given_on)
        )

    def leave_to(self, vote: VoteKind, origin: Origin) -> None:
        """Declare that law leaves the matter to a vote: it can be agreed on here, and not be concluded."""
        forbid_leaders(origin)
        if self.take(origin):
            self._require_going_on()
            self.vote = vote

    def send_to_vote(self, proposal: str, origin: Origin) -> None:
        """Send the matter to its vote though not everyone agrees. Everyone has been heard in some meeting."""
        forbid_leaders(origin)
        if not self.take(origin):
            return
        self._require_going_on()
        if self.vote is None:
            raise Conflict("no law leaves this matter to a vote: declare which vote it is, or go on consulting")
        if self.open_meeting:
            raise Conflict(f"meeting {self.open_meeting.meeting_id} is not over: adjourn or cancel it first")
        silent = [party for party in self.parties if party not in self.heard]
        if silent:
            raise Invalid([Fault("parties", f"{party} has not been heard yet") for party in silent])
        self._call_vote(proposal, self.vote, origin.by)

    def take_back(self, tally: Tally, origin: Origin) -> None:
        """Take the result of the vote in: passed, it is the agreement; not passed, consultation goes on."""
        forbid_leaders(origin)
        if not self.take(origin):
            return
        if self.state is not TopicState.VOTING:
            raise Conflict(f"the topic is {self.state}; a result comes from a vote it was sent to")
        ballot = self.ballots[-1]
        faults = tally.faults(ballot.kind)
        if faults:
            raise Invalid(faults)
        shortfalls = tuple(tally.shortfalls(ballot.kind))
        counted = replace(ballot, tally=tally, shortfalls=shortfalls)
        self.ballots[-1] = counted
        self.say(
            VoteCounted(
                topic_id=self.id,
                kind=ballot.kind.value,
                held_on=tally.held_on,
                passed=counted.passed,
                shortfalls=shortfalls,
            )
        )
        if counted.passed:
            self._agree(ballot.proposal)
        else:
            self.state = TopicState.CONSULTING

    def _call_vote(self, proposal: str, kind: VoteKind, by: str) -> None:
        law = LAWS[kind]
        self.state = TopicState.VOTING
        self.ballots.append(Ballot(kind, proposal, by))
        self.say(
            VoteCalled(
                topic_id=self.id,
                title=self.title,
                division=self.division,
                kind=kind.value,
                body=law.body,
                source=law.source,
                thresholds=law.words(),
                proposal=proposal,
                dissent=self.dissent,
            )
        )

    def _owe(self, owed: list[Reply]) -> None:
        for reply in owed:
            if reply not in self.replies:
                self.say(
                    ReplyOwed(
                        topic_id=self.id,
                        meeting_id=reply.meeting_id,
                        party=reply.party,
                        reason=reply.reason,
                        due_on=reply.due_on,
                        option=reply.option,
                    )
                )
        self.replies = owed

    def _agree(self, agreement: str) -> None:
        self.state = TopicState.AGREED
        self.say(
            TopicAgreed(
                topic_id=self.id,
                title=self.title,
                division=self.division,
                agreement=agreement,
                meetings=self.held,
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
                meetings=self.held,
                dissent=self.dissent,
                people=self.people,
                round=self.round,
            )
        )

    def _require_going_on(self) -> None:
        if self.state is TopicState.VOTING:
            raise Conflict("the topic is at its vote: take the result in first, then go on consulting")
        if self.state not in (TopicState.RESEARCHING, TopicState.CONSULTING):
            raise Conflict(f"the topic is {self.state}; to go on consulting, have a new topic decided on")
