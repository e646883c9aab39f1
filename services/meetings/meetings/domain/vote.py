"""Votes (表决): what law leaves to a body of its own is prepared here, decided there, and taken back in.

Sources: 村民委员会组织法 (2018) 22, 24, 26; 民法典 278; 国有土地上房屋征收与补偿条例 (2011) 10, 11, 13.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from common.errors import Fault


class VoteKind(StrEnum):
    """Whose decision it is; OWNERS_SPECIAL is what 278 (6) to (8) name: raising funds, rebuilding, change of use."""

    VILLAGERS = "villagers"
    REPRESENTATIVES = "representatives"
    OWNERS = "owners"
    OWNERS_SPECIAL = "owners_special"
    EXPROPRIATION = "expropriation"


class Measure(StrEnum):
    """What is counted; AREA in square metres of what each owns alone (专有部分面积)."""

    ADULTS = "adults"
    HOUSEHOLDS = "households"
    REPRESENTATIVES = "representatives"
    PERSONS = "persons"
    AREA = "area"


@dataclass(frozen=True)
class Share:
    """A share that must be reached (以上), or where `exceeded` is set, passed (过半数)."""

    part: int
    of: int
    exceeded: bool = False

    def reached(self, part: float, whole: float) -> bool:
        """Whether a part of the whole is enough; of nothing, nothing is."""
        share, needed = Fraction(part) * self.of, Fraction(whole) * self.part
        return whole > 0 and (share > needed if self.exceeded else share >= needed)

    def __str__(self) -> str:
        return f"{'more than' if self.exceeded else 'at least'} {self.part}/{self.of}"


@dataclass(frozen=True)
class Threshold:
    """Of all that is measured, this share takes part; of those who take part, that share is in favour."""

    measure: Measure
    took_part: Share
    in_favour: Share

    def __str__(self) -> str:
        return f"{self.measure}: {self.took_part} take part, {self.in_favour} of these are in favour"


@dataclass(frozen=True)
class Law:
    """What a vote takes. With `either`, one of the measures is enough; otherwise all are needed."""

    body: str
    source: str
    thresholds: tuple[Threshold, ...] = ()
    either: bool = False
    comment_days: int = 0

    def words(self) -> tuple[str, ...]:
        """Name what it takes."""
        lines = tuple(map(str, self.thresholds))
        if self.comment_days:
            lines += (
                f"the plan is open to comments for at least {self.comment_days} days",
                f"a hearing is held where {HEARING} of the households object",
                "the county government decides",
            )
        return lines


HALF, TWO_THIRDS, THREE_QUARTERS = Share(1, 2, exceeded=True), Share(2, 3), Share(3, 4)
HEARING = HALF

LAWS: Mapping[VoteKind, Law] = {
    VoteKind.VILLAGERS: Law(
        "村民会议",
        "村民委员会组织法第二十二条、第二十四条",
        (Threshold(Measure.ADULTS, HALF, HALF), Threshold(Measure.HOUSEHOLDS, TWO_THIRDS, HALF)),
        either=True,
    ),
    VoteKind.REPRESENTATIVES: Law(
        "村民代表会议",
        "村民委员会组织法第二十四条、第二十六条",
        (Threshold(Measure.REPRESENTATIVES, TWO_THIRDS, HALF),),
    ),
    VoteKind.OWNERS: Law(
        "业主大会",
        "民法典第二百七十八条",
        (Threshold(Measure.AREA, TWO_THIRDS, HALF), Threshold(Measure.PERSONS, TWO_THIRDS, HALF)),
    ),
    VoteKind.OWNERS_SPECIAL: Law(
        "业主大会",
        "民法典第二百七十八条第一款第六项至第八项",
        (Threshold(Measure.AREA, TWO_THIRDS, THREE_QUARTERS), Threshold(Measure.PERSONS, TWO_THIRDS, THREE_QUARTERS)),
    ),
    VoteKind.EXPROPRIATION: Law(
        "市、县级人民政府",
        "国有土地上房屋征收与补偿条例第十条、第十一条、第十三条",
        comment_days=30,
    ),
}


@dataclass(frozen=True)
class Count:
    """How many there are, how many took part, and how many of these were in favour."""

    measure: Measure
    eligible: float
    took_part: float
    in_favour: float


@dataclass(frozen=True)
class Tally:
    """The result of a vote as its body recorded it; the last three are an expropriation's own."""

    held_on: date
    counts: tuple[Count, ...] = ()
    comment_days: int = 0
    hearing_held: bool = False
    decided: bool = False

    def faults(self, kind: VoteKind) -> list[Fault]:
        """List what cannot be, and what is missing."""
        faults = []
        for number, count in enumerate(self.counts):
            path = f"counts.{number}"
            if not 0 <= count.in_favour <= count.took_part <= count.eligible:
                faults.append(Fault(path, "in_favour is part of took_part, and that of eligible"))
            if any(other.measure is count.measure for other in self.counts[:number]):
                faults.append(Fault(path, f"{count.measure} is counted twice"))
        law = LAWS[kind]
        counted = {count.measure for count in self.counts}
        wanted = [threshold.measure for threshold in law.thresholds] or [Measure.HOUSEHOLDS]
        missing = [measure for measure in wanted if measure not in counted]
        if missing and not (law.either and len(missing) < len(wanted)):
            joined = (" or " if law.either else " and ").join(missing)
            faults.append(Fault("counts", f"{law.body} counts {joined} ({law.source})"))
        return faults

    def shortfalls(self, kind: VoteKind) -> list[str]:
        """List what was not reached; where nothing is listed, the vote has passed."""
        law = LAWS[kind]
        if law.comment_days:
            return self._missing_of_expropriation(law)
        counts = {count.measure: count for count in self.counts}
        found = [_shortfall(threshold, counts.get(threshold.measure)) for threshold in law.thresholds]
        if law.either and "" in found:
            return []
        return [shortfall for shortfall in found if shortfall]

    def _missing_of_expropriation(self, law: Law) -> list[str]:
        missing = []
        if self.comment_days < law.comment_days:
            missing.append(f"{self.comment_days} days of comments, at least {law.comment_days} are needed")
        objecting = any(HEARING.reached(count.took_part - count.in_favour, count.eligible) for count in self.counts)
        if objecting and not self.hearing_held:
            missing.append(f"{HEARING} of the households object and no hearing was held")
        if not self.decided:
            missing.append(f"{law.body} has not decided")
        return missing


def _shortfall(threshold: Threshold, count: Count | None) -> str:
    if count is None:
        return f"{threshold.measure} were not counted"
    if not threshold.took_part.reached(count.took_part, count.eligible):
        return f"{threshold.measure}: {count.took_part:g} of {count.eligible:g} took part, {threshold.took_part} needed"
    if not threshold.in_favour.reached(count.in_favour, count.took_part):
        return (
            f"{threshold.measure}: {count.in_favour:g} of {count.took_part:g} in favour, {threshold.in_favour} needed"
        )
    return ""


@dataclass(frozen=True)
class Ballot:
    """A vote a topic was sent to, by a meeting that agreed or by somebody; and its result once it is known."""

    kind: VoteKind
    proposal: str
    by: str
    tally: Tally | None = None
    shortfalls: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the vote was held and reached what it takes."""
        return self.tally is not None and not self.shortfalls
