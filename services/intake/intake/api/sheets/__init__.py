"""Translates lists as departments keep them, Excel and CSV, into plain lines of text, and back.

Whatever is in a file, reading it costs no more than these limits, and nothing in it is carried out: no formula, no
macro, no entity, no link. What is written can be opened in Excel without being carried out there.
"""

from intake.api.sheets import plain, workbook
from intake.api.sheets.sheet import MAX_FILE, Line, Sheet

__all__ = ["MAX_FILE", "Line", "Sheet", "read", "write"]


def read(data: bytes) -> Sheet:
    """Read a file, whatever its name says. Raises Invalid where it cannot be read, TooLarge where it holds too much."""
    return workbook.read(data) if workbook.is_workbook(data) else plain.read(data)


def write(sheet: Sheet, headings: list[str], rows: list[list[str]]) -> bytes:
    """Write a file of the same form as `sheet`."""
    return workbook.write(headings, rows) if sheet.encoding is None else plain.write(sheet, headings, rows)
