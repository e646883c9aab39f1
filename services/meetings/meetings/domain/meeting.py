"""A meeting (协商会议): from the call to the published minutes."""

from dataclasses import dataclass, field
from datetime import datetime

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, Fault, Forbidden, Invalid
from common.events import Dissent, MeetingAdjourned, MeetingConvened, MeetingsPersonMet, MinutesPublished
from meetings.domain.deliberation import Call, Deliberation
from meetings.domain.record import Attendance, MeetingState, Position, Result, Signature, Stance, Statement

LEADER = "leader"
"""The role that guides and never edits."""

HOST, RECORDER = "host", "recorder"

PARTY = "party"
"""The role of those concerned, who speak for themselves."""


@dataclass(kw_only=True)
class Meeting(Aggregate):
    """One meeting on a topic. `earlier` are the objections it begins with; of positions a party's last one counts."""

    topic_id: str
    title: str
    division: str
    council_id: str
    sequence: int
    venue: str
    agenda: list[str]
    starts_at: datetime
    host: str
    recorder: str
    parties: list[str]
    state: MeetingState = MeetingState.CONVENED
    earlier: list[Dissent] = field(default_factory=list)
    attendance: list[Attendance] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    result: Result | None = None
    summary: str = ""
    conclusion: str = ""
    minutes: str = ""
    signatures: list[Signature] = field(default_factory=list)
    reason: str | None = None

    @classmethod
    def of(cls, topic: Deliberation, call: Call) -> "Meeting":
        """Make the meeting that was called on a topic."""
        plan = call.plan
        return cls(
            id=call.meeting_id,
            topic_id=topic.id,
            title=topic.title,
            division=topic.division,
            council_id=plan.council_id,
            sequence=call.sequence,
            venue=plan.venue,
            agenda=list(plan.agenda),
            starts_at=plan.starts_at,
            host=plan.host,
            recorder=plan.recorder,
            parties=list(topic.parties),
            earlier=list(topic.dissent),
        )

    def convene(self, people: list[str]) -> None:
        """Tell everyone concerned, when the meeting is new."""
        if self.revision:
            return
        self.say(
            MeetingConvened(
                topic_id=self.topic_id,
                meeting_id=self.id,
                title=self.title,
                sequence=self.sequence,
                venue=self.venue,
                starts_at=self.starts_at,
                people=people,
            )
        )

    def open(self, origin: Origin) -> None:
        """Begin."""
        self._only(origin, HOST)
        if self.take(origin):
            self._require("open", MeetingState.CONVENED)
            self.state = MeetingState.IN_SESSION

    def check_in(self, party: str, heads: int, met: MeetingsPersonMet | None, origin: Origin) -> None:
        """Count who came; somebody known counts once, however often they check in."""
        self._only(origin, HOST, RECORDER)
        if not self.take(origin):
            return
        self._require("check in to", MeetingState.CONVENED, MeetingState.IN_SESSION)
        _refuse(self._stranger(party))
        if met and any(there.person_id == met.person_id for there in self.attendance):
            return
        if met:
            self.say(met)
        self.attendance.append(Attendance(party, met.person_id if met else None, heads))

    def speak(self, party: str, text: str, origin: Origin) -> None:
        """Record what a party says, word by word or in short."""
        self._party_or_recorder(origin)
        if self.take(origin):
            self._require("speak in", MeetingState.IN_SESSION)
            _refuse(self._stranger(party))
            self.statements.append(Statement(party, text, origin.at))

    def stand(self, position: Position, origin: Origin) -> None:
        """Record where a party stands from now on. An objection says why."""
        self._party_or_recorder(origin)
        if not self.take(origin):
            return
        self._require("take a position in", MeetingState.IN_SESSION)
        faults = self._stranger(position.party)
        if position.stance is Stance.OBJECT and not position.reason:
            faults.append(Fault("reason", "an objection needs a reason, so that it can be answered"))
        _refuse(faults)
        self.positions.append(position)

    def dissent(self) -> list[Dissent]:
        """List the objections that stand: those of earlier meetings too, until the party says otherwise."""
        standing = {objection.party: objection for objection in self.earlier}
        for position in self.positions:
            standing.pop(position.party, None)
            if position.stance is Stance.OBJECT:
                reason = position.reason or ""
                standing[position.party] = Dissent(party=position.party, reason=reason, remedy=position.remedy)
        return list(standing.values())

    def adjourn(self, result: Result, summary: str, conclusion: str, origin: Origin) -> None:
        """End with a result. What ends the deliberation needs every party heard, and a conclusion."""
        self._only(origin, HOST)
        if not self.take(origin):
            return
        self._require("adjourn", MeetingState.IN_SESSION)
        if result in (Result.CONSENSUS, Result.NO_CONSENSUS):
            _refuse(self._not_ready_to_conclude(result, conclusion))
        objecting = ", ".join(objection.party for objection in self.dissent())
        if result is Result.CONSENSUS and objecting:
            raise Conflict(f"{objecting} still objects: adjourn with PARTIAL, CONTINUE or NO_CONSENSUS, or go on")
        self.state, self.result = MeetingState.ADJOURNED, result
        self.summary, self.conclusion = summary, conclusion
        self.say(self.adjournment())

    def adjournment(self) -> MeetingAdjourned:
        """Word the fact that this meeting is over."""
        known = [there.person_id for there in self.attendance if there.person_id]
        return MeetingAdjourned.model_validate(
            {
                "topic_id": self.topic_id,
                "meeting_id": self.id,
                "sequence": self.sequence,
                "division": self.division,
                "result": self.result.value if self.result else None,
                "heads": sum(there.heads for there in self.attendance),
                "people": known,
                "summary": self.summary,
                "conclusion": self.conclusion,
                "dissent": self.dissent(),
            }
        )

    def record(self, text: str, origin: Origin) -> None:
        """Write the minutes; until both have signed they can be mended, and are then signed anew."""
        self._only(origin, RECORDER)
        if self.take(origin):
            self._require("record the minutes of", MeetingState.ADJOURNED, MeetingState.MINUTED)
            self.state, self.minutes, self.signatures = MeetingState.MINUTED, text, []

    def sign(self, origin: Origin) -> None:
        """Sign the minutes: host and recorder both do."""
        self._only(origin, HOST, RECORDER)
        if not self.take(origin) or any(signature.by == origin.by for signature in self.signatures):
            return
        self._require("sign the minutes of", MeetingState.MINUTED)
        self.signatures.append(Signature(origin.by, origin.at))
        if {signature.by for signature in self.signatures} == {self.host, self.recorder}:
            self.state = MeetingState.SIGNED

    def publish(self, origin: Origin) -> None:
        """Let everyone read the signed minutes."""
        self._no_leader(origin)
        if self.take(origin):
            self._require("publish the minutes of", MeetingState.SIGNED)
            self.state = MeetingState.PUBLISHED
            self.say(MinutesPublished(topic_id=self.topic_id, meeting_id=self.id, sequence=self.sequence))

    def cancel(self, reason: str, origin: Origin) -> None:
        """Call it off; also where it was opened and nobody can adjourn it any more."""
        self._no_leader(origin)
        if self.take(origin):
            self._require("cancel", MeetingState.CONVENED, MeetingState.IN_SESSION)
            self.state, self.reason = MeetingState.CANCELLED, reason

    def _not_ready_to_conclude(self, result: Result, conclusion: str) -> list[Fault]:
        heard = {statement.party for statement in self.statements}
        faults = [Fault("parties", f"{party} has not been heard yet") for party in self.parties if party not in heard]
        if not conclusion:
            wanted = "what was agreed on" if result is Result.CONSENSUS else "why there is no agreement"
            faults.append(Fault("conclusion", f"{result} needs one: {wanted}"))
        return faults

    def _stranger(self, party: str) -> list[Fault]:
        if party in self.parties:
            return []
        return [Fault("party", f"{party!r} is not a party of this topic; parties are {', '.join(self.parties)}")]

    def _party_or_recorder(self, origin: Origin) -> None:
        if PARTY in origin.roles:
            self._no_leader(origin)
        else:
            self._only(origin, RECORDER)

    def _only(self, origin: Origin, *seats: str) -> None:
        self._no_leader(origin)
        if origin.by not in [{HOST: self.host, RECORDER: self.recorder}[seat] for seat in seats]:
            raise Forbidden(f"only this meeting's own {' or '.join(seats)} may do this")

    @staticmethod
    def _no_leader(origin: Origin) -> None:
        if LEADER in origin.roles:
            raise Forbidden("a leader guides and does not lead (指导不主导、包抓不包办): use a token without that role")

    def _require(self, verb: str, *states: MeetingState) -> None:
        if self.state not in states:
            raise Conflict(f"the meeting is {self.state}; to {verb} it, it must be {' or '.join(states)}")


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid(faults)
