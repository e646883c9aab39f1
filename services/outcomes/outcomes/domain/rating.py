"""Reads what people think of a result: one figure each, and what follows from all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SATISFIED = 3
"""基本满意 on the five-step scale of GB/T 39735; a mean below it sends the tasks back for rework."""

_SCORE = re.compile(r"\s*([1-5１-５])\s*")


class Ending(StrEnum):
    """How a topic was closed: rated well enough, rated by nobody in time, or explained instead of done (C)."""

    RATED = "rated"
    UNRATED = "unrated"
    EXPLAINED = "explained"


@dataclass(frozen=True)
class Rating:
    """How satisfied a person is, from 1 (very unsatisfied) to 5 (very satisfied)."""

    person_id: str
    score: int
    at: datetime


def score_of(text: str) -> int | None:
    """Read a rating: one figure from 1 to 5, half or full width; None for any other text."""
    found = _SCORE.fullmatch(text)
    return int(found[1]) if found else None


def mean(ratings: Sequence[Rating]) -> float | None:
    """Take the mean, None where nobody has rated."""
    return sum(rating.score for rating in ratings) / len(ratings) if ratings else None
