"""Decides about tiers (层级): a division's code says which it is, and what lies above it (GB/T 2260, 12 digits)."""

from common.events import Tier

DIGITS: dict[Tier, int] = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
"""So many digits of a code say where; the rest are noughts. The highest tier comes first."""

TIERS: list[Tier] = list(DIGITS)


def tier_of(code: str) -> Tier:
    """Tell the tier of a division."""
    return next(tier for tier, digits in DIGITS.items() if not code[digits:].strip("0"))


def at_tier(code: str, tier: Tier) -> str:
    """Name the division of a tier that a division lies in."""
    return code[: DIGITS[tier]].ljust(12, "0")


def above(code: str) -> str | None:
    """Name the division one tier higher; None above a province."""
    place = TIERS.index(tier_of(code))
    return at_tier(code, TIERS[place - 1]) if place else None


def lies_in(code: str, division: str) -> bool:
    """Whether a place is this division, or lies in it."""
    return at_tier(code, tier_of(division)) == division
