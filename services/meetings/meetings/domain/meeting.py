"""A meeting (协商会议): from the call to the published minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from common.aggregate import Origin
from common.errors import Conflict, Fault, Forbidden, Invalid
from common.events import Dissent, MeetingAdjourned, MinutesPublished, Stood, Temper, TopicUrged
from meetings.domain.dissent import against, faults_of_conclusion, heard_in, standing
from meetings.domain.floor import Floor
from meetings.domain.gathering import Gathering
from meetings.domain.record import (
    Consideration,
    Entry,
    MeetingState,
    Mood,
    Position,
    Result,
    Signature,
    Stance,
    Statement,
    What,
    When,
)
from meetings.domain.roles import HOST, LEADER, PARTY, RECORDER, forbid_leaders
from meetings.domain.table import BEFORE_ITS_END, refuse


@dataclass(kw_only=True)
class Meeting(Gathering):
    """One meeting on a topic, from the moment it begins."""

    def open(self, origin: Origin) -> None:
        """Begin."""
        self._only(origin, HOST)
        if self.take(origin):
            self._require("open", MeetingState.CONVENED)
            self.state = MeetingState.IN_SESSION
            self._note(What.OPENED, origin)

    def lay_out(self, options: list[str]) -> None:
        """Have the topic's open options before oneself; those of a meeting that is over stay as they were."""
        if self.state in BEFORE_ITS_END:
            self.options = options

    def ask(self, party: str, who: str, origin: Origin, *, point_of_order: bool) -> None:
        """Ask for the floor; without a party, as somebody seated who advises."""
        forbid_leaders(origin)
        if self.take(origin):
            self._require("ask for the floor in", MeetingState.IN_SESSION)
            voice = self._voice(party, who, origin)
            self.course += self.floor.ask(*voice, origin, point_of_order=point_of_order)

    def withdraw(self, party: str, who: str, origin: Origin) -> None:
        """Ask for the floor no more."""
        forbid_leaders(origin)
        if self.take(origin):
            self._require("withdraw in", MeetingState.IN_SESSION)
            self.course += self.floor.withdraw(*self._voice(party, who, origin), origin)

    def lead(self, deed: Callable[[Floor], list[Entry]], origin: Origin) -> None:
        """Have a host do something about the floor: give it, end a turn, arrange, grant time, pause, resume."""
        self._only(origin, HOST)
        if self.take(origin):
            self._require("lead", MeetingState.IN_SESSION)
            self.course += deed(self.floor)

    def speak(self, party: str, text: str, origin: Origin, who: str = "") -> None:
        """Record what a party says, word by word or in short; or somebody seated without one, who advises."""
        self._party_or_recorder(origin)
        if not self.take(origin):
            return
        self._require("speak in", MeetingState.IN_SESSION)
        party, who = self._voice(party, who, origin)
        if not self._at_table(origin):
            self.floor.require_free_for(party, who)
        self._number(What.SPOKE, origin, len(self.statements), party, who)
        self.statements.append(Statement(party, text, origin.at, who))

    def stand(self, position: Position, origin: Origin) -> None:
        """Record where a party stands from now on. An objection says why."""
        self._party_or_recorder(origin)
        if not self.take(origin):
            return
        self._require("take a position in", MeetingState.IN_SESSION)
        faults = self._stranger(position.party)
        if position.stance is Stance.OBJECT and not position.reason:
            faults.append(Fault("reason", "an objection needs a reason, so that it can be answered"))
        if position.option is not None and position.option not in self.options:
            faults.append(Fault("option", f"{position.option!r} is not on the table; options are {self.options}"))
        refuse(faults)
        _, who = self._voice(position.party, "", origin)
        self._number(What.STOOD, origin, len(self.positions), position.party, who)
        self.positions.append(position)

    def consider(self, party: str, option: str | None, text: str, origin: Origin) -> None:
        """Put down how a standing objection was considered, whatever came of it."""
        self._only(origin, HOST, RECORDER)
        if not self.take(origin):
            return
        self._require("consider an objection in", MeetingState.IN_SESSION)
        objection = next((one for one in self.dissent() if (one.party, one.option) == (party, option)), None)
        if objection is None:
            raise Invalid([Fault("party", f"{party!r} has no objection that stands")])
        self._number(What.CONSIDERED, origin, len(self.considered), party)
        self.considered.append(Consideration(party, text, objection.reason, option))

    def feel(self, mood: Mood, origin: Origin) -> None:
        """Put down how heated people were, and how far apart, before and after (理顺情绪、化解矛盾)."""
        self._only(origin, HOST, RECORDER)
        if not self.take(origin):
            return
        self._require("put down the mood of", *BEFORE_ITS_END)
        if mood.party:
            refuse(self._stranger(mood.party))
        self._number(What.FELT, origin, len(self.moods), mood.party)
        self.moods.append(mood)

    def comment(self, text: str, origin: Origin, *, urge: bool) -> None:
        """Let a leader guide or urge, in words that stand on the record and change nothing else."""
        if LEADER not in origin.roles:
            raise Forbidden(
                "a covering leader comments and urges (包抓领导); everybody else speaks, or takes a position"
            )
        if not self.take(origin):
            return
        self._require("comment on", *BEFORE_ITS_END, MeetingState.ADJOURNED)
        self._note(What.URGED if urge else What.COMMENTED, origin, text=text)
        if urge:
            self.say(TopicUrged(topic_id=self.topic_id, meeting_id=self.id, division=self.division, text=text))

    def dissent(self) -> list[Dissent]:
        """List the objections that stand: those of earlier meetings too, until the party says otherwise."""
        return standing(self.earlier, self.positions, self.considered)

    def adjourn(
        self,
        result: Result,
        summary: str,
        conclusion: str,
        origin: Origin,
        option: str | None = None,
        reply_by: date | None = None,
    ) -> None:
        """End with a result. What ends the deliberation needs every party heard, and a conclusion."""
        self._only(origin, HOST)
        if not self.take(origin):
            return
        self._require("adjourn", MeetingState.IN_SESSION)
        refuse(faults_of_conclusion(self, result, conclusion, option))
        objecting = ", ".join(objection.party for objection in against(option, self.dissent()))
        if result is Result.CONSENSUS and objecting:
            raise Conflict(f"{objecting} still objects: adjourn with PARTIAL, CONTINUE or NO_CONSENSUS, or go on")
        self.course += self.floor.clear(origin)
        self._note(What.ADJOURNED, origin, text=result)
        self.state, self.result, self.code = MeetingState.ADJOURNED, result, ""
        self.summary, self.conclusion, self.option = summary, conclusion, option
        self.reply_by = reply_by if self._overridden() else None
        self.say(self.adjournment())

    def adjournment(self) -> MeetingAdjourned:
        """Word the fact that this meeting is over."""
        known = [there.person_id for there in self.attendance if there.person_id]
        agreed = self.result is Result.CONSENSUS
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
                "dissent": against(self.option, self.dissent()) if agreed else self.dissent(),
                "heard": heard_in(self),
                "option": self.option,
                "positions": self.stood(),
                "before": self.temper(When.BEFORE),
                "after": self.temper(When.AFTER),
                "reply_by": self.reply_by,
            }
        )

    def _overridden(self) -> bool:
        """Whether something was concluded although an objection remains: its party is owed a reply then."""
        return self.result in (Result.PARTIAL, Result.NO_CONSENSUS) and bool(self.dissent())

    def stood(self) -> tuple[Stood, ...]:
        """List where the parties stood last, on each option and on the matter as a whole."""
        latest = {(position.party, position.option): position for position in self.positions}
        return tuple(Stood.model_validate(vars(position)) for position in latest.values())

    def temper(self, when: When) -> Temper | None:
        """Tell how heated the meeting as a whole was, by its last word on that."""
        mood = next((mood for mood in reversed(self.moods) if mood.when is when and not mood.party), None)
        return Temper(emotion=mood.emotion, dispute=mood.dispute) if mood else None

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
        forbid_leaders(origin)
        if self.take(origin):
            self._require("publish the minutes of", MeetingState.SIGNED)
            self.state = MeetingState.PUBLISHED
            self.say(
                MinutesPublished(topic_id=self.topic_id, meeting_id=self.id, sequence=self.sequence, sha256=self.seal)
            )

    def _party_or_recorder(self, origin: Origin) -> None:
        if PARTY in origin.roles:
            forbid_leaders(origin)
        else:
            self._only(origin, RECORDER)
