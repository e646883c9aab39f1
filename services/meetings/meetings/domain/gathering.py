"""A gathering: who is called to a meeting, who answers, who comes, and who must not take part."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from common.aggregate import Origin
from common.errors import Fault, Forbidden, Invalid
from common.events import MeetingCancelled, MeetingConvened, MeetingPostponed, MeetingsPersonMet
from meetings.domain.deliberation import Deliberation
from meetings.domain.floor import Floor
from meetings.domain.plan import Call
from meetings.domain.record import Attendance, MeetingState, What
from meetings.domain.roles import CONVENOR, HOST, RECORDER, forbid_leaders
from meetings.domain.seats import Acknowledgement, Seat, seat_faults
from meetings.domain.table import BEFORE_ITS_END, Table, refuse


@dataclass(kw_only=True)
class Gathering(Table):
    """A meeting up to the moment it begins, and whoever comes later."""

    @classmethod
    def of(cls, topic: Deliberation, call: Call) -> Self:
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
            called_by=call.by,
            terms=plan.terms,
            seats=list(plan.seats),
            floor=Floor(per_turn=plan.terms.seconds_per_turn, per_party=plan.terms.seconds_per_party),
            options=topic.open_options(),
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

    def seat(self, seat: Seat, origin: Origin) -> None:
        """Give somebody a seat who was not on the list. The convenor does, or a host."""
        if CONVENOR in origin.roles:
            forbid_leaders(origin)
        else:
            self._only(origin, HOST)
        if not self.take(origin):
            return
        self._require("seat somebody in", *BEFORE_ITS_END)
        refuse(seat_faults([*self.seats, seat], self.parties, self.recorder))
        self.seats.append(seat)
        self._note(What.SEATED, origin, seat.party, seat.who, seat.duty)

    def acknowledge(self, answer: Acknowledgement, origin: Origin) -> None:
        """Answer the notice: for oneself, or for somebody who told the table. The last answer counts."""
        if answer.who != origin.by and CONVENOR not in origin.roles and not self._at_table(origin):
            raise Forbidden("others answer for themselves, or tell the convenor, the host or the recorder")
        if not self.take(origin):
            return
        self._require("answer the notice of", MeetingState.CONVENED)
        seat = self._seated(answer.who, "who")
        self.acknowledged = [*(other for other in self.acknowledged if other.who != answer.who), answer]
        self._note(What.ACKNOWLEDGED, origin, seat.party, seat.who, "coming" if answer.coming else "not coming")

    def postpone(self, starts_at: datetime, venue: str, reason: str, people: list[str], origin: Origin) -> None:
        """Move it to another time, or place; everyone is told, and answers anew."""
        forbid_leaders(origin)
        if not self.take(origin):
            return
        self._require("postpone", MeetingState.CONVENED)
        self.starts_at, self.venue, self.acknowledged = starts_at, venue or self.venue, []
        self._note(What.POSTPONED, origin, text=reason)
        self.say(
            MeetingPostponed(
                topic_id=self.topic_id,
                meeting_id=self.id,
                title=self.title,
                sequence=self.sequence,
                venue=self.venue,
                starts_at=starts_at,
                reason=reason,
                people=people,
            )
        )

    def cancel(self, reason: str, origin: Origin, people: list[str] | None = None) -> None:
        """Call it off; also where it was opened and nobody can adjourn it any more."""
        forbid_leaders(origin)
        if not self.take(origin):
            return
        self._require("cancel", *BEFORE_ITS_END)
        self.state, self.reason, self.code = MeetingState.CANCELLED, reason, ""
        self.course += self.floor.clear(origin)
        self._note(What.CANCELLED, origin, text=reason)
        self.say(
            MeetingCancelled(
                topic_id=self.topic_id,
                meeting_id=self.id,
                title=self.title,
                sequence=self.sequence,
                reason=reason,
                people=people or [],
            )
        )

    def renew_code(self, code: str, origin: Origin) -> None:
        """Let people check in with a code; the one before is worth nothing any more."""
        self._only(origin, HOST)
        if self.take(origin):
            self._require("check in to", *BEFORE_ITS_END)
            self.code = code

    def check_in(self, party: str, heads: int, met: MeetingsPersonMet | None, origin: Origin, who: str = "") -> None:
        """Count who came, or tick `who` off the list; somebody known counts once, however often they check in."""
        self._only(origin, HOST, RECORDER)
        if not self.take(origin):
            return
        self._require("check in to", *BEFORE_ITS_END)
        if who:
            party, heads = self._seated(who, "who").party, 1
        else:
            refuse(self._stranger(party))
        self._arrive(party, heads, met, origin, who)

    def check_in_by_code(self, code: str, party: str, met: MeetingsPersonMet, origin: Origin) -> None:
        """Count somebody who checks in by themselves. The code ends with the meeting."""
        self._require("check in to", *BEFORE_ITS_END)
        if not self.code or not hmac.compare_digest(self.code.encode(), code.encode()):
            raise Forbidden("this is not the meeting's code: take the one that is shown at the entrance")
        if self.take(origin):
            refuse(self._stranger(party))
            self._arrive(party, 1, met, origin)

    def recuse(self, who: str, reason: str, instead: str, origin: Origin) -> None:
        """Have somebody with an interest stand back (回避). For the host or the recorder somebody steps in."""
        if who != origin.by and CONVENOR not in origin.roles and origin.by not in self.hosts():
            raise Forbidden("one stands back oneself, or the convenor or a host has one stand back")
        forbid_leaders(origin)
        if not self.take(origin):
            return
        self._require("stand back from", *BEFORE_ITS_END)
        if who in (self.host, self.recorder):
            self._hand_over(who, instead, origin)
        else:
            self._seated(who, "who")
        self.recused.append(who)
        self._note(What.RECUSED, origin, who=who, text=reason)
        self.course += self.floor.remove(who, origin)

    def _hand_over(self, who: str, instead: str, origin: Origin) -> None:
        hosting = who == self.host
        if not instead or instead in (self.host, self.recorder, *self.recused) or instead in self.hosts():
            other = "recorder" if hosting else "host"
            raise Invalid([Fault("instead", f"somebody else must step in, who is not the {other} and stands not back")])
        if hosting:
            self.host = instead
        else:
            self.recorder = instead
        self._note(What.HANDED_OVER, origin, who=instead, text=HOST if hosting else RECORDER)

    def _arrive(self, party: str, heads: int, met: MeetingsPersonMet | None, origin: Origin, who: str = "") -> None:
        if met and any(there.person_id == met.person_id for there in self.attendance):
            return
        if who in self.arrived:
            return
        if met:
            self.say(met)
        if who:
            self.arrived.append(who)
        self._number(What.ARRIVED, origin, len(self.attendance), party, who)
        self.attendance.append(Attendance(party, met.person_id if met else None, heads))
