"""Lists are imported: good lines are taken, the others come back with the reason."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import get_args

import pytest

from common.county import ImportField
from common.events import IntakePersonMet
from fakes import PHONE, bearer, county
from intake.api.columns import HEADINGS as KNOWN
from intake.api.columns import REASON, moment
from lists import GOOD, HEADINGS, NAME, Desk, as_csv, as_workbook, cells, returned, row


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_every_field_a_county_may_name_is_read() -> None:
    assert set(KNOWN) == set(get_args(ImportField))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_list_is_read_in_whatever_encoding_it_comes(desk: Desk, encoding: str) -> None:
    report = desk.take(as_csv(row(1), row(2, 标题="电梯"), encoding=encoding))
    assert (report["lines"], report["new"], report["refused"], report["file"]) == (2, 2, 0, None)
    assert {issue.content.title for issue in desk.issues.all()} == {"供暖不热", "电梯"}
    assert {issue.source for issue in desk.issues.all()} == {"grid"}
    assert (report["columns"]["external_id"], report["ignored"]) == ("工单编号", ["备注"])


def test_the_same_list_twice_changes_nothing(desk: Desk) -> None:
    unnumbered = [heading for heading in HEADINGS if heading != "工单编号"]
    for data in (as_csv(row(1), row(2)), as_csv(GOOD[1:], row(2, 标题="电梯")[1:], headings=unnumbered)):
        first = desk.take(data)
        said = len(desk.issues.said)
        again = desk.take(data)
        assert (first["new"], again["new"], again["known"]) == (2, 0, 2)
        assert len(desk.issues.said) == said


def test_a_preview_says_what_would_become_of_it_and_keeps_nothing(desk: Desk) -> None:
    data = as_csv(row(1), row(1), row(2), row(3, 类别="weather"))
    desk.take(as_csv(row(2)))
    before = desk.issues.all()
    preview = desk.take(data, preview=True)
    assert desk.issues.all() == before
    assert (preview["new"], preview["known"], preview["refused"]) == (1, 2, 1)
    told = desk.take(data)
    assert preview | {"preview": False} == told


def test_what_was_changed_under_its_number_comes_back_and_with_a_later_version_is_taken(desk: Desk) -> None:
    desk.take(as_csv(row(1)))
    assert desk.refused(as_csv(row(1, 标题="别的"))) == [(2, "工单编号")]
    later = as_csv([*row(1, 标题="别的"), 2], headings=[*HEADINGS, "版本"])
    assert desk.take(later)["new"] == 1
    assert [issue.content.title for issue in desk.issues.all()] == ["别的"]


def test_each_fault_names_its_line_and_column(desk: Desk) -> None:
    faults = desk.refused(
        as_csv(
            row(1, 标题="", 时间="昨天"),
            row(2, 区划="620102999999", 类别="weather"),
            row(3, 联系电话="13"),
            row(4, 标题="长" * 201, 姓名="长" * 65),
            row(5),
        )
    )
    assert faults == [
        (2, "时间"),
        (2, "标题"),
        (3, "区划"),
        (3, "类别"),
        (4, "联系电话"),
        (5, "标题"),
        (5, "姓名"),
    ]
    assert len(desk.issues.all()) == 1


def test_a_place_is_named_by_its_code_only(desk: Desk) -> None:
    report = desk.take(as_csv(row(1, 区划="白银路街道"), row(2, 区划="城关镇"), row(3, 区划="620102007")))
    first, second = report["faults"]
    assert "白银路街道 620102007000" in first["problem"]
    assert "代码" in second["problem"]
    assert [issue.content.division for issue in desk.issues.all()] == ["620102007000"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_lines_at_fault_come_back_in_the_same_form_and_can_come_again(desk: Desk, encoding: str) -> None:
    bad = row(2, 类别="weather", 标题="@SUM(1+1)", 联系电话="+86" + PHONE)
    report = desk.take(as_csv(row(1), bad, encoding=encoding))
    back = returned(report).decode("utf-8-sig" if encoding == "utf-8" else encoding)
    headings, line = list(csv.reader(io.StringIO(back)))
    assert headings == [*HEADINGS, REASON]
    assert line[1] == "'@SUM(1+1)"
    assert line[7] == "'+86" + PHONE
    assert line[-1] == "类别: 不是本县的类别"
    mended = desk.take(back.replace("weather", "heating").encode(encoding))
    assert (mended["new"], mended["refused"]) == (1, 0)
    (issue,) = [issue for issue in desk.issues.all() if issue.external_id == "2"]
    assert issue.content.title == "@SUM(1+1)"


def test_a_workbook_is_read_with_its_numbers_dates_and_the_title_above(desk: Desk) -> None:
    good = row(1, 工单编号=1, 时间=datetime.fromisoformat("2026-11-20T08:00"), 联系电话=int(PHONE))
    bad = row(2, 类别="weather", 联系电话=int(PHONE))
    report = desk.take(as_workbook(good, bad, above=("工单汇总表", "2026年11月")))
    (issue,) = desk.issues.all()
    assert (issue.external_id, issue.content.occurred_at) == ("1", datetime(2026, 11, 20, 0, 0, tzinfo=UTC))
    assert issue.people
    assert [(fault["line"], fault["column"]) for fault in report["faults"]] == [(5, "类别")]
    assert report["file"]["extension"] == "xlsx"
    headings, line = cells(returned(report))
    assert (headings[-1], line[7], line[-1]) == (REASON, PHONE, "类别: 不是本县的类别")
    assert desk.take(returned(report))["ignored"] == ["备注"]


def test_a_county_names_further_headings_and_three_levels_make_a_category() -> None:
    desk = Desk(county(imports={"headings": {"title": ["事由"]}}, scope={"categories": {"城乡": {"供热": ["管网"]}}}))
    headings = ["事由（必填）", "*内容", "区划", "一级分类", "二级分类", "三级分类", "时间："]
    line: list[object] = ["冷", "十三度", "620102007004", "城乡", "供热", "管网", "2026年11月20日 8时5分"]
    assert desk.take(as_csv(line, headings=headings))["new"] == 1
    (issue,) = desk.issues.all()
    assert issue.content.category == "城乡/供热/管网"


def test_what_no_line_says_may_be_said_for_all(desk: Desk) -> None:
    headings, line = ["留言主题", "留言详情", "留言时间"], ["冷", "十三度", "2026-11-20"]
    data = as_csv(list[object](line), headings=headings)
    assert {fault["path"] for fault in desk.take(data, 422)["faults"]} == {"division", "category"}
    assert desk.take(data, division="620102007000", category="heating")["new"] == 1


def test_no_number_or_name_leaves_the_desk_but_in_the_senders_own_file(desk: Desk) -> None:
    report = desk.take(as_csv(row(1, 内容=f"请联系{PHONE}"), row(2, 联系电话=PHONE[:-1])))
    said = "".join(event.model_dump_json() for event in desk.issues.said)
    assert PHONE not in said + str(desk.issues.all())
    assert NAME not in said + str(desk.issues.all())
    assert [type(event) for event in desk.issues.said].count(IntakePersonMet) == 1
    assert PHONE[:-1] not in json.dumps(report["faults"])
    assert NAME in returned(report).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("headers", "system", "status", "source"),
    [
        (bearer("clerk"), None, 200, "residents"),
        (bearer("department", subject="grid"), None, 200, "grid"),
        (bearer("department", subject="grid"), "hotline12345", 403, None),
        (bearer("clerk"), "nobody", 422, None),
        (bearer("resident"), "grid", 403, None),
    ],
)
def test_a_department_imports_its_own_and_a_clerk_for_anyone(
    desk: Desk, headers: dict[str, str], system: str | None, status: int, source: str | None
) -> None:
    params = {"system": system} if system else {}
    answer = desk.http.post("/imports", content=as_csv(row(1)), params=params, headers=headers)
    assert answer.status_code == status
    assert [issue.source for issue in desk.issues.all()] == ([source] if source else [])


def test_whoever_asks_for_it_is_told_how_far_it_is(desk: Desk) -> None:
    data = as_csv(*(row(n) for n in range(600)), row("x", 类别="weather"))
    answer = desk.http.post(
        "/imports",
        content=data,
        params={"system": "grid"},
        headers=bearer("clerk") | {"Accept": "application/x-ndjson"},
    )
    *progress, report = map(json.loads, answer.text.splitlines())
    assert [step["done"] for step in progress] == [250, 500, 601]
    assert (report["new"], report["refused"]) == (600, 1)


@pytest.mark.parametrize(
    "text",
    ["2026/11/20 8:05:00", "2026-11-20 08:05", "２０２６-11-20 08：05", "2026年11月20日8时5分", "2026-11-20T00:05:00Z"],
)
def test_a_moment_is_read_as_people_write_it(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 20, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["昨天", "2026-13-01", "2026/11/20 25:00", "20/11/2026"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|Invalid"):
        moment(text)
