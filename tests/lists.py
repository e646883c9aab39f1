"""Lists as departments send them, good and bad, for the tests of imports."""

import base64
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from common.county import County
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, sealer
from intake.api import imports
from intake.domain import Issue, Topic
from intake.handlers import Intake
from intake.handlers.imports import Imports

KINDS, SHARED = "[Content_Types].xml", "xl/sharedStrings.xml"
CLERK = bearer("clerk")
NAME = "王玉萍"
HEADINGS = ["工单编号", "标题", "内容", "区划", "类别", "时间", "姓名", "联系电话", "备注"]
GOOD = ["1", "供暖不热", "三单元只有十三度", "620102007004", "heating", "2026/11/20 8:00:00", NAME, PHONE, "急"]


def row(number: object, **changes: object) -> list[object]:
    """Make a good line, but for some of its columns."""
    said = dict(zip(HEADINGS, GOOD, strict=True)) | {"工单编号": str(number)} | changes
    return [said[heading] for heading in HEADINGS]


def as_csv(*rows: Sequence[object], encoding: str = "utf-8", headings: list[str] = HEADINGS) -> bytes:
    lines = [",".join(str(cell) for cell in line) for line in (headings, *rows)]
    return "\r\n".join(lines).encode(encoding)


def as_workbook(*rows: Sequence[Any], headings: list[str] = HEADINGS, above: tuple[str, ...] = ()) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet
    for text in above:
        sheet.append([text])
    for line in (headings, *rows):
        sheet.append(list(line))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """Put another part in the place of one of a workbook's."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in {*old.namelist(), name}:
            new.writestr(part, content if part == name else old.read(part))
    return file.getvalue()


def with_shared(workbook: bytes) -> bytes:
    """Give a workbook the part in which Excel itself keeps its texts; openpyxl writes none."""
    kinds = part_of(workbook, KINDS)
    override = f'<Override PartName="/{SHARED}" ContentType="{SHARED_STRINGS}"/></Types>'.encode()
    table = f'<sst xmlns="{SHEET_MAIN_NS}"><si><t>字</t></si></sst>'.encode()
    return with_part(with_part(workbook, KINDS, kinds.replace(b"</Types>", override)), SHARED, table)


def part_of(workbook: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)


class Desk:
    """The import desk of a county, in process."""

    def __init__(self, county: County = COUNTY) -> None:
        self.issues = MemoryAggregates(Issue)
        intake = Intake(self.issues, MemoryAggregates(Topic), county, sealer)
        self.http: TestClient = client("intake", lambda app: imports.routes(app, Imports(intake), county, sealer))

    def take(self, data: bytes, status: int = 200, headers: dict[str, str] = CLERK, **params: object) -> dict[str, Any]:
        """Import a list; the answer, which shows nobody's number or name outside the file that goes back."""
        answer = self.http.post("/imports", content=data, params={"system": "grid"} | params, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        assert PHONE not in answer.text
        assert NAME not in answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, data: bytes) -> list[tuple[int, str]]:
        """Import a list; the line and column of each fault."""
        return [(fault["line"], fault["column"]) for fault in self.take(data)["faults"]]


def returned(report: dict[str, Any]) -> bytes:
    """Give the file that comes back."""
    return base64.b64decode(report["file"]["base64"])


def cells(workbook: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(workbook)).active
    assert sheet
    return [[cell.value for cell in line] for line in sheet.iter_rows()]
