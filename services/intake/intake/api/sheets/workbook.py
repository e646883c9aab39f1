"""Reads and writes Excel workbooks (.xlsx), and refuses entities in them, which have no business there."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

from defusedxml.ElementTree import fromstring
from openpyxl import load_workbook

from common.errors import TooLarge, YishiError
from common.sheets import write_workbook
from intake.api.sheets.sheet import MAX_COLUMNS, Sheet, lines, unreadable

MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 1_000

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 1
_LONG = ("xl/worksheets/", "xl/sharedStrings")


def is_workbook(data: bytes) -> bool:
    """Whether this is Excel's, by how it begins."""
    return data.startswith((_ZIP, _OLE))


def read(data: bytes) -> Sheet:
    """Read the first sheet. Raises Invalid where it is none, TooLarge where it unpacks to too much."""
    if data.startswith(_OLE):
        raise unreadable("is an old .xls, or protected by a password: save it as .xlsx without one")
    try:
        _require_small(data)
        _require_plain(data)
        # its size on paper is not believed: a wrong one would hide lines
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return Sheet(lines(_rows(sheet.iter_rows(max_col=MAX_COLUMNS))))
    except YishiError:
        raise
    except Exception as error:  # noqa: BLE001  whatever openpyxl stumbles over, the file is at fault; its words may quote it
        raise unreadable(f"cannot be read as .xlsx ({type(error).__name__})") from None


def write(headings: list[str], rows: list[list[str]]) -> bytes:
    """Write one sheet of texts."""
    return write_workbook((headings, *rows))


def _require_small(data: bytes) -> None:
    """Look at what the archive says it unpacks to; Python unpacks no more than that, whatever is packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise unreadable("is protected by a password")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooLarge(f"the workbook unpacks to more than {MAX_UNPACKED} bytes: divide it, and leave out pictures")


def _require_plain(data: bytes) -> None:
    """Let defusedxml look at every part but the long ones, which openpyxl itself reads with it.

    For the others it takes lxml where something else has that installed, which leaves entities out and tells nobody.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")) and not part.startswith(_LONG):
                fromstring(archive.read(part))


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[list[str], set[int]]]:
    for row in rows:
        cells = [_shown(getattr(cell, "value", None)) for cell in row]
        kinds = [getattr(cell, "data_type", "n") for cell in row] if any(cells) else []
        yield cells, {column for column, kind in enumerate(kinds) if kind in ("f", "e")}


def _shown(value: object) -> str:
    """Show a cell's value as Excel would: 19900000001.0 is a telephone number, 0:00 no time of day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)
