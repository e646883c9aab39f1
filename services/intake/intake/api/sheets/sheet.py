"""What a list is once it has been read: lines of text, whatever they were before."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.errors import Fault, Invalid, TooLarge
from common.sheets import CARRIED_OUT

MAX_FILE = 16 * 1024 * 1024
"""Bytes of a file; the real 1,200 messages of a city's letterbox are 2.5 million."""

MAX_LINES = 20_000
MAX_SCANNED = 50_000
"""Excel keeps empty lines that somebody once touched; so many are passed over."""

MAX_COLUMNS = 60

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line: its number as Excel shows it, its cells as text, and the columns that are to be computed."""

    number: int
    cells: list[str]
    formulas: frozenset[int] = frozenset()

    def cell(self, column: int) -> str:
        """Give a cell, empty where the line is shorter."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A list as it came; `encoding` is that of a CSV file, None of a workbook."""

    lines: list[Line]
    encoding: str | None = None
    delimiter: str = ","

    @property
    def extension(self) -> str:
        """What such a file's name ends with."""
        return "xlsx" if self.encoding is None else "csv"


def lines(rows: Iterable[tuple[list[str], set[int]]]) -> list[Line]:
    """Make lines of what was read, numbered, clean, none empty. Raises TooLarge where there is no end to it."""
    return list(_limited(rows))


def _limited(rows: Iterable[tuple[list[str], set[int]]]) -> Iterator[Line]:
    kept = 0
    for number, (cells, computed) in enumerate(rows, 1):
        if number > MAX_SCANNED:
            raise TooLarge(f"the list has more than {MAX_SCANNED} lines, most of them empty: delete those at its end")
        cleaned = [clean(cell) for cell in cells[:MAX_COLUMNS]] if any(cells) else []
        if not any(cleaned):
            continue
        kept += 1
        if kept > MAX_LINES:
            raise TooLarge(f"a list may have {MAX_LINES} lines at most: divide it")
        formulas = {column for column, cell in enumerate(cleaned) if column in computed or cell.startswith("=")}
        yield Line(number, cleaned, frozenset(formulas))


def clean(text: str) -> str:
    """Take off what is no part of the text: control characters, margins, and what keeps Excel from computing it."""
    text = _CONTROL.sub("", text).strip()
    if found := _AS_TEXT.fullmatch(text):  # ="0931..." is how systems keep Excel from turning it into a number
        return found[1]
    return text[1:] if text[:1] == "'" and text[1:2] in CARRIED_OUT else text


def unreadable(why: str) -> Invalid:
    """Say why the file as a whole cannot be read."""
    return Invalid([Fault("file", why)])
