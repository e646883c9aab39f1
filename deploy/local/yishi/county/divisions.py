"""Which counties exist: the codes and names of GB/T 2260, which are facts; townships come from a table the office has.

Townships are merged and renamed every year, so a copy in the program would be wrong soon; a county keeps its own in
county.yaml, with `valid_from` and `valid_to`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from common.errors import Misconfigured

_KINDS = ((100, "street"), (200, "town"), (1000, "township"))
"""The three digits after the county's in 统计用区划代码: 001 to 099 streets, 100 to 199 towns, then townships."""


@dataclass(frozen=True)
class Place:
    """A county: its name, its name for operators, and the city it lies in."""

    name: str
    en: str
    city: str


@cache
def names() -> dict[str, Place]:
    """Every county of Gansu, the cities without counties, and the province itself."""
    text = files("yishi.county").joinpath("gansu.csv").read_text(encoding="utf-8")
    return {row["code"]: Place(row["name"], row["en"], row["city"]) for row in csv.DictReader(text.splitlines())}


def townships(table: Path, county: str) -> list[tuple[str, str, str]]:
    """Read a county's townships out of a table code,name,level,parent: code, name, kind. Raises Misconfigured."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        found = [(row["code"], row["name"]) for row in rows if row["parent"] == f"{county}000000"]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{table} is not a table code,name,level,parent: {error}") from error
    if not found:
        raise Misconfigured(f"{table} has nothing that lies in {county}")
    return [(code, name, _kind(code)) for code, name in found]


def _kind(code: str) -> str:
    number = int(code[6:9])
    return next(kind for below, kind in _KINDS if number < below)
