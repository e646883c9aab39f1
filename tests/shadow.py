"""What the model of a meeting knows by itself: who sits there, what was accepted, and what may come of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import hypothesis.strategies as st

from meetings.domain import Duty, Measure, Result, Seat, Terms, VoteKind, When

PARTIES = ["居民", "供暖企业"]
ENDING = (Result.CONSENSUS, Result.NO_CONSENSUS)
SEATS = (
    Seat("zhao", Duty.PARTY, "居民", "居民代表"),
    Seat("qian", Duty.PARTY, "供暖企业", "企业代表"),
    Seat("sun", Duty.EXPERT),
    Seat("second", Duty.HOST),
    Seat("zhou", Duty.LEADER),
)
PEOPLE = ["host", "second", "recorder", "zhao", "qian", "sun", "zhou", "passer-by"]
ROLES: list[tuple[str, ...]] = [(), ("party",), ("leader",), ("convenor",), ("party", "leader")]
T = TypeVar("T")


def mostly(usual: Sequence[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw what is usual nine times in ten: if most commands were refused, nothing would come to a conclusion."""
    return st.integers(0, 9).flatmap(lambda number: other if number == 9 else st.sampled_from(usual))


Who = tuple[str, tuple[str, ...]]
who = st.sampled_from(PEOPLE)
somebody = mostly(["", "", *(seat.who for seat in SEATS[:3])], who)
party = mostly(PARTIES, st.sampled_from(["路人", ""]))
anyone: st.SearchStrategy[Who] = st.tuples(who, st.sampled_from(ROLES))
recording: st.SearchStrategy[Who] = mostly([("recorder", ())], anyone)
hosting: st.SearchStrategy[Who] = mostly([("host", ()), ("host", ()), ("second", ())], anyone)
option = mostly([None, "option-1"], st.just("option-9"))
reason = mostly(["亏损", "采光"], st.just(""))


@dataclass
class Shadow:
    """What was accepted so far. `objecting` says of each objection that stands whether it was considered."""

    terms: Terms
    seats: Sequence[Seat]
    options: bool
    heard: set[str] = field(default_factory=set)
    objecting: dict[tuple[str, str | None], bool] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    ticked: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    felt: set[When] = field(default_factory=set)

    def seat(self, who: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.who == who), None)

    def may(self, result: Result, option: str | None) -> bool:
        """Say from what was accepted so far whether this may come of the meeting."""
        if result is Result.CONTINUE:
            return True
        if not self.quorate() or result is Result.PARTIAL:
            return self.quorate()
        if not set(PARTIES) <= self.heard or (self.terms.moods and self.felt != set(When)):
            return False
        if result is Result.NO_CONSENSUS:
            return all(self.objecting.values()) or not self.terms.dissent_considered
        chosen = option == "option-1" if self.options else True
        return chosen and not [key for key in self.objecting if key[1] in (None, option)]

    def quorate(self) -> bool:
        counted = [seat for seat in self.seats if seat.who not in self.back]
        came = 100 * len(self.ticked - self.back)
        return (
            sum(self.heads.values()) >= self.terms.quorum_heads
            and (set(PARTIES) <= set(self.heads) or not self.terms.quorum_parties)
            and (came >= self.terms.quorum_percent * len(counted) > 0 or not self.terms.quorum_percent)
        )


def passes(kind: VoteKind, counted: dict[Measure, tuple[int, int]]) -> bool:
    """Say by the letter of the law whether a vote of 12 passes, from (took part, in favour) of each measure."""
    if kind is VoteKind.OWNERS_SPECIAL:
        return all(took >= 8 and 4 * favour >= 3 * took for took, favour in counted.values())
    if kind is VoteKind.OWNERS:
        return all(took >= 8 and 2 * favour > took for took, favour in counted.values())
    least = {Measure.ADULTS: 7, Measure.HOUSEHOLDS: 8, Measure.REPRESENTATIVES: 8}
    return any(took >= least[measure] and 2 * favour > took for measure, (took, favour) in counted.items())


MEASURES = {
    VoteKind.VILLAGERS: (Measure.ADULTS, Measure.HOUSEHOLDS),
    VoteKind.REPRESENTATIVES: (Measure.REPRESENTATIVES,),
    VoteKind.OWNERS: (Measure.AREA, Measure.PERSONS),
    VoteKind.OWNERS_SPECIAL: (Measure.AREA, Measure.PERSONS),
}
