"""Decides how alike two issues are, and says why.

Each part that can be compared speaks for or against, in points, as in the linkage of records (Fellegi and Sunter): what
it is about, what it is called, where, when. The points add up to the odds that both are the same matter. What few
issues share weighs more than what many do, so that no list of stop words is needed, and a name decides more than 物业.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.events import Place
from intake.domain.marks import HOUSE, MAIN, MEANING, NAME, TOWNSHIP

SUGGESTED_FROM = 0.5
MOST_POSTINGS, MOST_PICKED = 1_500, 32
"""So many index entries are read for one suggestion at most, as far as the sample can tell, and by so many marks."""

_SMOOTH = 50
"""As if so many issues with nothing in common had been seen: in a new county nothing is rare yet."""

BASE = -9.0
SAME_MEANING, AND_HERE = 4, 11.5
UNKNOWN_HERE = 8
SHARED_WORDS, ENOUGH_SHARED = 2, 2.5
NOTHING_SHARED, HARDLY_ANYTHING = -3.0, 0.3
SHARED_BY_FEW, ENOUGH_BY_FEW = 3, 2.0
COVERS, NEIGHBOUR = 4.0, -2.5
OTHER_NAMES, OTHER_HOUSE = -9.0, -12.0
NEAR, FAR, NEAR_M, FAR_M = 3.0, -4.0, 250, 1_500
FRESH_DAYS, PER_DOUBLING = 30, -4.5


@dataclass(frozen=True)
class Rarity:
    """How many of a sample of open issues carry each mark; `open_` is how many issues there are."""

    carriers: Mapping[str, int]
    sampled: int
    open_: int

    def weigh(self, mark: str) -> float:
        """Weigh a mark from 0 (all carry it) to 1 (nobody in the sample does)."""
        seen = self.sampled + _SMOOTH
        return math.log(seen / (self.carriers.get(mark, 0) + 1)) / math.log(seen)

    def pick(self, marks: Iterable[str]) -> list[str]:
        """Choose the marks to search by: the rarest, until enough issues carry one."""
        picked: list[str] = []
        expected = 0.0
        for mark in sorted(marks, key=lambda mark: self.carriers.get(mark, 0)):
            expected += (self.carriers.get(mark, 0) + 0.5) * self.open_ / max(1, self.sampled)
            if picked and (expected > MOST_POSTINGS or len(picked) == MOST_PICKED):
                break
            picked.append(mark)
        return picked


@dataclass(frozen=True)
class Known:
    """What is compared of an issue."""

    id: str
    title: str
    source: str
    division: str
    occurred_at: datetime
    location: Place | None
    marks: Sequence[str]


@dataclass(frozen=True)
class Why:
    """One part that was compared: the points it gives, and why in words."""

    part: str
    points: float
    says: str


@dataclass(frozen=True)
class Likeness:
    """How probably two issues are the same matter, from 0 to 1, and what speaks for and against it."""

    score: float
    why: tuple[Why, ...]


def compare(one: Known, other: Known, rarity: Rarity, around: Mapping[str, int]) -> Likeness:
    """Compare two issues; `around` tells how many of those compared with the one carry each mark."""
    here, place = _place(one, other)
    why = [
        *_meaning(one, other, rarity, here=here),
        *_words(one, other, rarity, around),
        *place,
        *_distance(one.location, other.location),
        _time(one.occurred_at, other.occurred_at),
    ]
    points = BASE + sum(reason.points for reason in why)
    return Likeness(round(1 / (1 + math.exp(-max(-50.0, min(50.0, points)))), 3), tuple(why))


def suggest(one: Known, others: Sequence[Known], rarity: Rarity, most: int) -> list[tuple[Known, Likeness]]:
    """Choose those that are probably the same matter, the likest first."""
    around = Counter(mark for other in others for mark in other.marks)
    found = [(other, compare(one, other, rarity, around)) for other in others if other.id != one.id]
    found = [(other, likeness) for other, likeness in found if likeness.score >= SUGGESTED_FROM]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].id))[:most]


def _of(known: Known, kind: str) -> list[str]:
    return [mark for mark in known.marks if mark.startswith(kind)]


def _meaning(one: Known, other: Known, rarity: Rarity, *, here: bool) -> list[Why]:
    ours, theirs = ([*_of(known, MEANING), *_of(known, MAIN)] for known in (one, other))
    if not ours or not theirs:
        return [Why("matter", UNKNOWN_HERE, "what one is about is in words not known here")] if here else []
    both = [mark for mark in ours if mark in theirs]
    if not both:
        return []
    cosine = _square(both, rarity) / math.sqrt(_square(ours, rarity) * _square(theirs, rarity))
    points = cosine * (SAME_MEANING + (AND_HERE if here else 0))
    about = "、".join(mark[1:] for mark in both if mark[0] == MEANING)
    return [Why("matter", round(points, 1), f"both are about {about}")]


def _words(one: Known, other: Known, rarity: Rarity, around: Mapping[str, int]) -> list[Why]:
    said = set(other.marks)
    both = [mark for mark in one.marks if mark in said and MEANING not in mark and mark[0] not in (MAIN, NAME, HOUSE)]
    # a lane or an estate is said by all around it: what only these two say is the matter itself
    by_few = sum(rarity.weigh(mark) ** 2 / max(1, around.get(mark, 0)) for mark in both)
    shared = _square(both, rarity)
    points = SHARED_WORDS * min(1.0, shared / ENOUGH_SHARED) + SHARED_BY_FEW * min(1.0, by_few / ENOUGH_BY_FEW)
    why = [Why("words", round(points, 1), f"both say {'、'.join(_joined(both))}")]
    if shared < HARDLY_ANYTHING:
        why = [Why("words", NOTHING_SHARED, "they share hardly a word beside that, and no name")]
    return [*why, *_names(one, other, NAME, "places", OTHER_NAMES), *_names(one, other, HOUSE, "houses", OTHER_HOUSE)]


def _names(one: Known, other: Known, kind: str, what: str, against: float) -> list[Why]:
    """Speak against where both name places or houses, and neither says what the other names."""
    ours, theirs = ([mark[1:] for mark in _of(known, kind)] for known in (one, other))
    if not ours or not theirs or {*ours} & {*theirs, *other.marks} or {*theirs} & {*one.marks}:
        return []
    named = " and ".join("、".join(_joined(names)) for names in (ours, theirs))
    return [Why("names", against, f"they name different {what}: {named}")]


def _place(one: Known, other: Known) -> tuple[bool, list[Why]]:
    """Tell whether both may be in one place, and what that says."""
    if one.division == other.division:
        return True, [Why("place", 0.0, "both are in the same division")]
    if one.division[:TOWNSHIP] != other.division[:TOWNSHIP]:
        return False, []
    if "000" in (one.division[TOWNSHIP:], other.division[TOWNSHIP:]):
        return True, [Why("place", COVERS, "one is in the township of the other")]
    return False, [Why("place", NEIGHBOUR, "they are in two divisions of the same township")]


def _distance(one: Place | None, other: Place | None) -> list[Why]:
    if one is None or other is None or None in (one.lon, one.lat, other.lon, other.lat):
        return []
    (lon, lat), (lon2, lat2) = _radians(one), _radians(other)
    metres = 6_371_000 * math.hypot((lon2 - lon) * math.cos((lat + lat2) / 2), lat2 - lat)
    points = NEAR if metres <= NEAR_M else FAR if metres >= FAR_M else 0.0
    return [Why("place", points, f"they are {metres:.0f} m apart")]


def _radians(place: Place) -> tuple[float, float]:
    return math.radians(place.lon or 0), math.radians(place.lat or 0)


def _time(one: datetime, other: datetime) -> Why:
    days = abs((one - other).total_seconds()) / 86_400
    points = PER_DOUBLING * math.log2(max(1.0, days / FRESH_DAYS))
    return Why("time", round(points, 1), f"they are {days:.0f} days apart")


def _square(marks: Iterable[str], rarity: Rarity) -> float:
    return sum(rarity.weigh(mark) ** 2 for mark in marks)


def _joined(pairs: Sequence[str]) -> list[str]:
    """Put pairs that overlap together again: 西北, 北新, 新村 is 西北新村."""
    words: list[str] = []
    for pair in pairs:
        if words and words[-1][-1] == pair[0] and len(pair) == 2:  # noqa: PLR2004  a pair
            words[-1] += pair[1]
        else:
            words.append(pair)
    return words
