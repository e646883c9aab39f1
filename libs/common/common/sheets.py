"""Writes lists that Excel opens, as CSV or as a workbook, without anything in them being carried out there."""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook

CARRIED_OUT = ("=", "+", "-", "@")
"""What Excel would compute if a cell began with it."""

Cell = str | float | None


def escaped(text: str) -> str:
    """Make a cell that Excel shows, and does not carry out (CSV injection)."""
    return f"'{text}" if text.lstrip().startswith(CARRIED_OUT) else text


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write CSV in UTF-8, with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def write_workbook(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a workbook of one sheet; figures stay figures."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([_safe(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _safe(cell: Cell) -> Cell:
    return escaped(cell) if isinstance(cell, str) else cell
