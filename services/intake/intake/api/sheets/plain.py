"""Reads and writes CSV as it comes from Excel and from department systems: UTF-8, GBK, commas, semicolons, tabs."""

import csv
import io

from common.sheets import escaped
from intake.api.sheets.sheet import Sheet, lines, unreadable

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS = ",;\t"
_LONGEST_CELL = 1024 * 1024


def read(data: bytes) -> Sheet:
    """Read a file. Raises Invalid where it is not text, or its quotes do not match."""
    encoding, text = _decoded(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return Sheet(lines((row, set()) for row in rows), encoding, delimiter)
    except csv.Error as error:
        raise unreadable(f"line {rows.line_num} is not CSV: {error}") from None


def write(sheet: Sheet, headings: list[str], rows: list[list[str]]) -> bytes:
    """Write a file in the encoding that the other one had; UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sheet.delimiter)
    writer.writerows([[escaped(cell) for cell in row] for row in (headings, *rows)])
    encoding = "utf-8-sig" if sheet.encoding == "utf-8" else sheet.encoding or "utf-8-sig"
    return text.getvalue().encode(encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            return encoding, data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable("is neither Excel (.xlsx) nor text in UTF-8 or GBK")
