"""The import command: what it shows, what it keeps, and how it ends."""

import base64
import json
from pathlib import Path

import httpx2 as httpx
import pytest

from common.errors import Misconfigured, YishiError
from yishi import lists

REPORT = {
    "preview": False,
    "lines": 2,
    "new": 1,
    "known": 0,
    "refused": 1,
    "columns": {"title": "标题"},
    "ignored": ["备注"],
    "faults": [{"line": 3, "column": "类别", "problem": "不是本县的类别"}],
    "file": {"extension": "csv", "media_type": "text/csv", "base64": base64.b64encode(b"back").decode()},
}


def send(*lines: object, status: int = 200) -> lists.Report:
    content = "".join(json.dumps(line) + "\n" for line in lines)
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=content))
    with httpx.Client(base_url="http://intake", transport=transport) as http:
        return lists._send(http, b"list", {"preview": False}, quiet=True)


def test_the_last_line_is_the_report() -> None:
    assert send({"done": 1, "lines": 2}, REPORT) == REPORT


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([{"detail": "file: is not CSV", "faults": []}], "is not CSV"),
        ([{"done": 1, "lines": 2}, {"status": 503, "detail": "import it again"}], "import it again"),
        ([{"done": 1, "lines": 2}], "broke off"),
        ([], "broke off"),
    ],
)
def test_what_is_no_report_ends_with_its_reason(told: list[object], words: str) -> None:
    with pytest.raises(YishiError, match=words):
        send(*told)


def test_the_lines_at_fault_are_left_beside_the_list_for_its_owner_alone(tmp_path: Path) -> None:
    kept = lists._keep(tmp_path / "grid.csv", REPORT)
    assert kept == str(tmp_path / "grid.faults.csv")
    assert Path(kept).read_bytes() == b"back"
    assert Path(kept).stat().st_mode & 0o077 == 0
    assert lists._keep(tmp_path / "grid.csv", REPORT | {"preview": True}) is None
    assert lists._keep(tmp_path / "grid.csv", REPORT | {"file": None}) is None


def test_what_became_of_it_is_told_in_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    many = [{"line": n, "column": "类别", "problem": "不是本县的类别"} for n in range(30)]
    lists._tell(REPORT | {"faults": many}, "grid.faults.csv")
    said = capsys.readouterr().out
    assert "2 lines: 1 new, 0 known, 1 refused" in said
    assert "and 20 more faults" in said
    assert "grid.faults.csv" in said


def test_an_intake_elsewhere_needs_its_address_and_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(lists.URL, "https://intake.example.org")
    with pytest.raises(Misconfigured, match=lists.TOKEN):
        lists._intake(tmp_path, None)
    monkeypatch.setenv(lists.TOKEN, "t")
    assert lists._intake(tmp_path, None) == ("https://intake.example.org", "t")
