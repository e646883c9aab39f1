"""The table (会场): what a meeting is made of, and who may do what in it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, Fault, Forbidden, Invalid
from common.events import Dissent
from meetings.domain.floor import Floor
from meetings.domain.record import (
    Amendment,
    Attendance,
    Consideration,
    Entry,
    MeetingState,
    Mood,
    Position,
    Result,
    Signature,
    Statement,
    What,
)
from meetings.domain.roles import HOST, PARTY, RECORDER, forbid_leaders
from meetings.domain.seats import ADVISORS, Acknowledgement, Duty, Seat, Terms

BEFORE_ITS_END = (MeetingState.CONVENED, MeetingState.IN_SESSION)


@dataclass(kw_only=True)
class Table(Aggregate):
    """What a meeting is made of. `earlier` are the objections it begins with; of positions a party's last one counts.

    `course` holds everything that happened, in order. `arrived` and `recused` name seats; `code` lets people check in
    by themselves until the meeting ends, and is nobody's business but the table's.
    """

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
    drafts: list[str] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    seal: str = ""
    signatures: list[Signature] = field(default_factory=list)
    reason: str | None = None
    called_by: str = ""
    terms: Terms = field(default_factory=Terms)
    seats: list[Seat] = field(default_factory=list)
    acknowledged: list[Acknowledgement] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    recused: list[str] = field(default_factory=list)
    code: str = ""
    floor: Floor = field(default_factory=Floor)
    options: list[str] = field(default_factory=list)
    option: str | None = None
    considered: list[Consideration] = field(default_factory=list)
    moods: list[Mood] = field(default_factory=list)
    reply_by: date | None = None
    course: list[Entry] = field(default_factory=list)

    def hosts(self) -> list[str]:
        """List those who lead: the host, and whoever sits there as a second one."""
        seconds = [seat.who for seat in self.seats if seat.duty is Duty.HOST and seat.who not in self.recused]
        return [self.host, *seconds]

    def _at_table(self, origin: Origin) -> bool:
        return origin.by in (*self.hosts(), self.recorder)

    def _only(self, origin: Origin, *seats: str) -> None:
        forbid_leaders(origin)
        allowed = {HOST: self.hosts(), RECORDER: [self.recorder]}
        if not any(origin.by in allowed[seat] for seat in seats):
            raise Forbidden(f"only this meeting's own {' or '.join(seats)} may do this")

    def _require(self, verb: str, *states: MeetingState) -> None:
        if self.state not in states:
            raise Conflict(f"the meeting is {self.state}; to {verb} it, it must be {' or '.join(states)}")

    def _stranger(self, party: str) -> list[Fault]:
        if party in self.parties:
            return []
        return [Fault("party", f"{party!r} is not a party of this topic; parties are {', '.join(self.parties)}")]

    def _seated(self, who: str, path: str) -> Seat:
        """Find a seat. Raises Invalid where there is none, or its holder stands back."""
        if who in self.recused:
            raise Invalid([Fault(path, f"{who!r} stands back from this matter (回避)")])
        seat = next((seat for seat in self.seats if seat.who == who), None)
        if seat is None:
            raise Invalid([Fault(path, f"{who!r} is not seated in this meeting: give them a seat first")])
        return seat

    def _voice(self, party: str, who: str, origin: Origin) -> tuple[str, str]:
        """Tell for which party, and from which seat, somebody speaks; without a party they advise.

        The table puts down whoever speaks. Whoever speaks with a token of their own needs the party's seat, where it
        has any. Raises Invalid for whoever is not seated, Forbidden for whoever speaks for others.
        """
        if not self._at_table(origin):
            who = self._own_seat(party, who, origin)
        if not who:
            refuse(self._stranger(party))
            return party, ""
        seat = self._seated(who, "speaker")
        if seat.duty is Duty.PARTY and party in ("", seat.party):
            return seat.party, who
        if seat.duty in ADVISORS and not party:
            return "", who
        reason = f"sits for {seat.party}" if seat.duty is Duty.PARTY else f"is there as {seat.duty}"
        raise Invalid([Fault("speaker", f"{who!r} {reason} and does not speak for {party or 'anybody'}")])

    def _own_seat(self, party: str, who: str, origin: Origin) -> str:
        needed = (
            not party
            or PARTY not in origin.roles
            or any(seat.duty is Duty.PARTY and seat.party == party for seat in self.seats)
        )
        if who not in ("", origin.by):
            raise Forbidden("others speak for themselves, or the recorder puts down what they say")
        return origin.by if needed else ""

    def _note(self, what: What, origin: Origin, party: str = "", who: str = "", text: str = "") -> None:
        self.course.append(Entry(what, origin.at, origin.by, party, who, text))

    def _number(self, what: What, origin: Origin, number: int, party: str = "", who: str = "") -> None:
        self.course.append(Entry(what, origin.at, origin.by, party, who, number=number))


def refuse(faults: list[Fault]) -> None:
    """Refuse what has faults. Raises Invalid with all of them."""
    if faults:
        raise Invalid(faults)
