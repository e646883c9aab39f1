"""A form (表格) filled in by hand or in a spreadsheet: YAML or CSV, a line for each thing that happened."""

import csv
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from common.errors import Fault, Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
Row = dict[str, object]
KINDS = {
    "开始": "open",
    "到会": "arrive",
    "发言": "say",
    "态度": "stand",
    "结束": "end",
}
COLUMNS = {
    "时间": "at",
    "事项": "kind",
    "一方": "party",
    "人数": "heads",
    "内容": "text",
    "态度": "stance",
    "理由": "reason",
    "如何化解": "remedy",
    "结果": "result",
    "协商结果": "conclusion",
}
STANCES = {"赞成": "support", "可以接受": "live_with", "不赞成": "object", "不表态": "abstain"}
RESULTS = {"达成共识": "CONSENSUS", "部分共识": "PARTIAL", "继续协商": "CONTINUE", "未达成共识": "NO_CONSENSUS"}
WORDS = {"kind": KINDS, "stance": STANCES, "result": RESULTS}


def read(file: Path, day: date) -> list[tuple[datetime, str, Row]]:
    """Read a form: when, what, and the rest. A time without a day is on `day`, in Asia/Shanghai.

    Raises Invalid with every fault and its line.
    """
    try:
        rows = _csv(file) if file.suffix.lower() == ".csv" else yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, csv.Error) as error:
        raise Invalid([Fault(str(file), f"cannot be read: {error}")]) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid([Fault(str(file), "must be a list, with a time and a kind in each line")])
    faults: list[Fault] = []
    found = [_row(number, row, day, faults) for number, row in enumerate(rows, 1)]
    if faults:
        raise Invalid(faults)
    return found


def _csv(file: Path) -> list[object]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _row(number: int, raw: dict[object, object], day: date, faults: list[Fault]) -> tuple[datetime, str, Row]:
    row: Row = {}
    for column, value in raw.items():
        name = COLUMNS.get(str(column).strip(), str(column).strip())
        if value in (None, ""):
            continue
        row[name] = WORDS.get(name, {}).get(str(value).strip(), value)
    unknown = sorted(row.keys() - set(COLUMNS.values()))
    faults += [Fault(f"{number}.{name}", f"is no column; there are {', '.join(COLUMNS)}") for name in unknown]
    kind = str(row.pop("kind", ""))
    if kind not in KINDS.values():
        faults.append(Fault(f"{number}.kind", f"must be one of {', '.join(KINDS)}"))
    at = _at(row.pop("at", ""), day)
    if at is None:
        faults.append(Fault(f"{number}.at", "must be a time such as 09:30 or 2026-11-24 09:30"))
    heads = row.get("heads")
    if heads is not None:
        if str(heads).isdecimal():
            row["heads"] = int(str(heads))
        else:
            faults.append(Fault(f"{number}.heads", "must be a whole number"))
    return at or datetime.combine(day, time(), SHANGHAI), kind, row


def _at(value: object, day: date) -> datetime | None:
    """Read a time; YAML makes minutes of 09:30, which it takes for a number to the base of 60."""
    if isinstance(value, int):
        value = f"{value // 60:02}:{value % 60:02}"
    for text in (str(value).strip(), f"{day} {str(value).strip().zfill(5)}"):
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    return None
