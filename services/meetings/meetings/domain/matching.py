"""Which members suit a topic, by skill and by place: a suggestion with its reasons, which binds nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from meetings.domain.council import Member
from meetings.domain.matter import Matter

SKILL, VILLAGE, TOWNSHIP, COUNTY = 4, 3, 2, 1
"""How much a reason weighs: knowing the matter beats being near, and being near helps among those who know it."""


@dataclass(frozen=True)
class Suggestion:
    """A member who might be asked to come, and why; the higher the score, the better the reasons."""

    member_id: str
    name: str
    sector: str
    score: int
    reasons: tuple[str, ...]


def suggestion(member: Member, place: str, topic: Matter, skills: Sequence[str]) -> Suggestion | None:
    """Suggest a member who serves at a place (division code), where there is a reason to.

    A skill counts where it was asked for, or where title or category of the topic name it.
    """
    named = f"{topic.title} {topic.category}"
    known = [skill for skill in member.skills if skill in skills or skill in named]
    near, where = _near(place, topic.division)
    if not known and not near:
        return None
    reasons = (*(f"特长：{skill}" for skill in known), *([where] if near else []))
    return Suggestion(member.id, member.name, member.sector, SKILL * len(known) + near, reasons)


def best(found: Sequence[Suggestion | None], limit: int) -> list[Suggestion]:
    """List the best, in an order that is the same whoever asks."""
    there = [one for one in found if one]
    return sorted(there, key=lambda one: (-one.score, one.member_id))[:limit]


def _near(place: str, division: str) -> tuple[int, str]:
    if place == division and not place.endswith("000"):
        return VILLAGE, "在本村（社区）议事会"
    if place[:9] == division[:9] and place[6:9] != "000":
        return TOWNSHIP, "在本乡镇（街道）议事会"
    return (COUNTY, "在本县（区）议事会") if place[:6] == division[:6] else (0, "")
