"""The labelled complaints, and how well suggestions do on them."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

FOLDER = Path(__file__).with_name("complaints")
COUNTY = "620102"
TOP = 3
_SHANGHAI = timezone(timedelta(hours=8))

T = TypeVar("T")


@dataclass(frozen=True)
class Complaint:
    """One issue, and the matter it is about."""

    matter: str
    system: str
    division: str
    category: str
    occurred_at: datetime
    title: str
    text: str
    place: tuple[float, float] | None


def complaints(name: str) -> list[Complaint]:
    """Read `tuned` or `held_out`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Complaint(
                matter=line["matter"],
                system=line["system"],
                division=COUNTY + line["division"],
                category=line["category"],
                occurred_at=datetime.fromisoformat(line["day"]).replace(tzinfo=_SHANGHAI),
                title=line["title"],
                text=line["text"],
                place=(float(line["place"].split()[0]), float(line["place"].split()[1])) if line["place"] else None,
            )
            for line in csv.DictReader(file)
        ]


def rates(matters: Sequence[str], suggested: Iterable[Sequence[str | None]]) -> tuple[float, float]:
    """Recall and precision at the top 3, over all issues of a set.

    `suggested` are the matters of what was suggested for each issue, at most 3, best first; None stands for an issue of
    no known matter. Recall is the number of suggestions that are of the same matter, over all issues, divided by the
    number there could be: for each issue the others of its matter, at most 3. Precision is the same number divided by
    the number of suggestions made, so that every one that is wrong counts, also for an issue that is alone.
    """
    right = made = possible = 0
    for matter, found in zip(matters, suggested, strict=True):
        possible += min(TOP, matters.count(matter) - 1)
        made += len(found)
        right += sum(other == matter for other in found)
    return right / possible, right / max(1, made)
