"""Translates the columns of a list into issues: which heading means what, and what is wrong with a line.

Faults are worded in Chinese: they stand in the list that goes back to the clerk who keeps it. They name the column,
never what stands in it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from common.aggregate import derived_id
from common.calendar import SHANGHAI
from common.county import County, ImportField
from common.errors import Fault, Invalid
from common.events import DeptIssue
from common.people import Sealer, national_number
from intake.api.sheets import Line, Sheet

HEADINGS: Mapping[ImportField, str] = {
    "external_id": "编号 工单编号 工单号 受理编号 留言编号 事件编号 诉求编号 external_id message_id",
    "version": "版本 version",
    "title": "标题 主题 留言主题 工单标题 诉求标题 事项名称 事件名称 title",
    "description": "内容 诉求内容 留言内容 留言详情 工单内容 反映内容 问题描述 事件描述 描述 description text",
    "division": "区划 区划代码 行政区划 行政区划代码 地区 地区代码 所属区划 division",
    "category": "类别 分类 诉求类别 事项类别 问题类别 事件类别 一级分类 一级类别 category level1",
    "category2": "二级分类 二级类别 level2",
    "category3": "三级分类 三级类别 level3",
    "occurred_at": "时间 留言时间 诉求时间 受理时间 反映时间 来电时间 发生时间 上报时间 登记时间 occurred_at sent_at",
    "address": "地址 地点 发生地址 发生地点 事发地址 诉求地址 详细地址 address",
    "lon": "经度 lon longitude",
    "lat": "纬度 lat latitude",
    "name": "姓名 反映人 诉求人 来电人 联系人 name",
    "phone": "电话 手机 手机号 手机号码 联系电话 联系方式 来电号码 电话号码 phone",
    "urgency": "紧急程度 urgency",
}
REASON = "退回原因"
"""The heading of the column in which the reasons stand; a list that comes back with it loses it again."""

REQUIRED: tuple[ImportField, ...] = ("title", "description", "division", "category", "occurred_at")
URGENCY = {"": "normal", "一般": "normal", "普通": "normal", "紧急": "high", "特急": "high", "低": "low"}
URGENCY |= {level: level for level in ("low", "normal", "high")}
SEARCHED = 10
"""Above the headings there may be a title and a date; they are looked for in so many lines."""

NOT_A_CODE = "请填区划代码（6、9或12位数字）：地名会重名"
SAID_BY_INTAKE = {
    "division": "不是本县的区划代码",
    "category": "不是本县的类别",
    "location": "坐标不在本县范围内，或缺经度、纬度之一",
}
"""What intake says of a line that is well-formed, in the words of the list; all else stands as intake says it."""

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})秒?|分)?)?"
)
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|[\s*:]")
_CODE = re.compile(r"\d{6}|\d{9}|\d{12}")


@dataclass(frozen=True)
class Columns:
    """Where what stands in a list, and what is taken where a line says nothing."""

    places: dict[ImportField, int]
    headings: list[str]
    above: int
    defaults: Mapping[ImportField, str]

    @property
    def names(self) -> dict[str, str]:
        """The heading of each field that was found."""
        return {name: self.headings[place] for name, place in self.places.items()}

    @property
    def ignored(self) -> list[str]:
        """Headings of columns that are not read."""
        used = {*self.places.values()}
        return [text for place, text in enumerate(self.headings) if text and place not in used and text != REASON]


@dataclass
class Reading:
    """What is being made of one line."""

    line: Line
    columns: Columns
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: ImportField) -> str:
        """Give what the line says, or what is taken where it says nothing."""
        place = self.columns.places.get(name)
        said = "" if place is None else self.line.cell(place)
        return said or self.columns.defaults.get(name, "")

    def fault(self, name: str, problem: str) -> None:
        """Note a fault, once for a column."""
        path = self.columns.names.get(name, name)
        if not any(fault.path == path for fault in self.faults):
            self.faults.append(Fault(path, problem))

    def parsed(self, name: ImportField, parse: Callable[[str], object], problem: str) -> object:
        """Give what a text means; None where it says nothing, or is at fault."""
        text = self.text(name)
        try:
            return parse(text) if text else None
        except (ValueError, KeyError, Invalid):
            self.fault(name, problem)
            return None


class Reader:
    """Makes issues of the lines of one list."""

    def __init__(self, county: County, sealer: Sealer, sheet: Sheet, defaults: Mapping[ImportField, str]) -> None:
        self._county = county
        self._sealer = sealer
        self.columns = _find(sheet, _known(county), defaults)
        self.lines = sheet.lines[self.columns.above :]

    def issue(self, line: Line) -> DeptIssue:
        """Make the issue. Raises Invalid with every fault of the line."""
        reading = Reading(line, self.columns)
        for name, place in self.columns.places.items():
            if place in line.formulas:
                reading.fault(name, "是公式或错误值，请改填文字或数字")
        data = self._data(reading)
        for name in REQUIRED:
            if not reading.text(name):
                reading.fault(name, "必填")
        try:
            fact = DeptIssue.model_validate(data)
        except ValidationError as error:
            for found in error.errors(include_input=False, include_url=False):
                reading.fault(str(found["loc"][-1]), _worded(found["type"], found.get("ctx", {})))
            raise Invalid(reading.faults) from None
        if reading.faults:
            raise Invalid(reading.faults)
        return fact

    def worded(self, faults: list[Fault]) -> list[Fault]:
        """Word what intake says of a line."""
        names = self.columns.names
        return [Fault(names.get(f.path, f.path), SAID_BY_INTAKE.get(f.path, f.problem)) for f in faults]

    def _data(self, reading: Reading) -> dict[str, object]:
        phone = reading.parsed("phone", national_number, "不是手机或固定电话号码")
        levels = [reading.text("category"), reading.text("category2"), reading.text("category3")]
        data: dict[str, object] = {
            "title": reading.text("title"),
            "description": reading.text("description"),
            "division": reading.parsed("division", self._code, self._not_a_code(reading.text("division"))),
            "category": "/".join(filter(None, levels)),
            "occurred_at": reading.parsed("occurred_at", moment, "不是日期时间，如 2026-11-24 09:30"),
            "version": reading.parsed("version", int, "应为正整数") or 1,
            "urgency": reading.parsed("urgency", URGENCY.__getitem__, "应为 一般、紧急、特急") or "normal",
            "location": {
                "lon": reading.parsed("lon", float, "不是经度"),
                "lat": reading.parsed("lat", float, "不是纬度"),
                "address": reading.text("address") or None,
            },
            "reporter": {"phone": phone, "name": reading.text("name") or None},
        }
        return data | {"external_id": reading.text("external_id") or self._own_id(data, phone)}

    def _own_id(self, data: dict[str, object], phone: object) -> str:
        """Derive a number for a line without one: the same words of the same person about the same place are one line.

        The person stands in it under the id that nobody can go back from.
        """
        person = self._sealer.person_id(str(phone)) if phone else ""
        said = (data[name] for name in ("title", "description", "division", "category", "occurred_at"))
        return derived_id("line", *map(str, said), person)

    @staticmethod
    def _code(text: str) -> str:
        if not _CODE.fullmatch(text):
            raise ValueError
        return text.ljust(12, "0")

    def _not_a_code(self, text: str) -> str:
        called = [f"{d.name} {d.code}" for d in self._county.divisions if d.name == text]
        return f"{NOT_A_CODE}（{'、'.join(called[:5])}）" if called else NOT_A_CODE


def moment(text: str) -> datetime:
    """Read a moment as people write it, in Asia/Shanghai where no zone is said. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _MOMENT.fullmatch(plain):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
    at = datetime.fromisoformat(plain)
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _known(county: County) -> dict[str, ImportField]:
    known = {_plain(text): name for name, texts in HEADINGS.items() for text in texts.split()}
    return known | {_plain(text): name for name, texts in county.imports.headings.items() for text in texts}


def _plain(heading: str) -> str:
    """Take off what people put around a heading: 「＊标题（必填）：」 is 「标题」."""
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", heading)).lower()


def _find(sheet: Sheet, known: dict[str, ImportField], defaults: Mapping[ImportField, str]) -> Columns:
    """Find the line of headings. Raises Invalid with every column that is missing."""
    best = Columns({}, [], 0, defaults)
    for above, line in enumerate(sheet.lines[:SEARCHED], 1):
        places: dict[ImportField, int] = {}
        for place, text in enumerate(line.cells):
            if name := known.get(_plain(text)):
                places.setdefault(name, place)
        if len(places) > len(best.places):
            best = Columns(places, line.cells, above, defaults)
    missing = [name for name in REQUIRED if name not in best.places and not defaults.get(name)]
    if missing:
        raise Invalid(
            [Fault(name, f"缺少列：{HEADINGS[name].split()[0]}（也可写作 {HEADINGS[name]}）") for name in missing]
        )
    return best


def _worded(kind: str, context: Mapping[str, object]) -> str:
    if kind in ("string_too_long", "too_long"):
        return f"最多{context['max_length']}字"
    if kind in ("string_too_short", "missing"):
        return "必填"
    return {"greater_than_equal": "数值过小", "less_than_equal": "数值过大"}.get(kind, "格式不对")
