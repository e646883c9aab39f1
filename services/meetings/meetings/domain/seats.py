"""Who sits at the table, and when enough of them have come (席位、法定人数)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import Fault


class Duty(StrEnum):
    """What somebody is there for. Whoever comes for a party speaks for it; the others advise, or look on."""

    PARTY = "party"
    HOST = "host"
    MEMBER = "member"
    EXPERT = "expert"
    DEPARTMENT = "department"
    LEADER = "leader"
    OBSERVER = "observer"


ADVISORS = frozenset({Duty.MEMBER, Duty.EXPERT, Duty.DEPARTMENT})
"""Those who speak and are no party: professionals support, they do not decide."""


@dataclass(frozen=True)
class Seat:
    """A seat: `who` is the subject of a token, or a member's id; `label` is what the minutes call them.

    A second HOST leads with the meeting's own; a leader has a seat and no voice but their comments.
    """

    who: str
    duty: Duty
    party: str = ""
    label: str = ""


@dataclass(frozen=True)
class Acknowledgement:
    """What somebody answered to the notice."""

    who: str
    coming: bool
    note: str = ""


@dataclass(frozen=True)
class Terms:
    """The county's terms for a meeting, as they were when it was called; 0 and False ask for nothing.

    `quorum_percent` is the share of the seats that must have come. Seconds are those of speaking.
    """

    quorum_heads: int = 0
    quorum_percent: int = 0
    quorum_parties: bool = False
    seconds_per_turn: int = 0
    seconds_per_party: int = 0
    dissent_considered: bool = False
    moods: bool = False


def seat_faults(seats: Sequence[Seat], parties: Sequence[str], recorder: str) -> list[Fault]:
    """List what is wrong with a list of seats."""
    faults = []
    for number, seat in enumerate(seats):
        path = f"seats.{number}"
        if any(other.who == seat.who for other in seats[:number]):
            faults.append(Fault(f"{path}.who", f"{seat.who!r} has a seat already"))
        if seat.duty is Duty.PARTY and seat.party not in parties:
            faults.append(Fault(f"{path}.party", f"{seat.party!r} is not a party of this topic"))
        if seat.duty is not Duty.PARTY and seat.party:
            faults.append(Fault(f"{path}.party", f"who is there as {seat.duty} does not come for a party"))
        if seat.duty is Duty.HOST and seat.who == recorder:
            faults.append(Fault(f"{path}.who", f"{seat.who!r} records the meeting; somebody else must host"))
    return faults
