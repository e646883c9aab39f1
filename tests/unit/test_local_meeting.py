"""`yishi meeting`: a notebook without a network, and bringing it to the county."""

import base64
import json
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from fakes import bearer
from meetings.domain import MeetingState
from pasture import Pasture
from yishi.main import app
from yishi.meeting.notebook import Key, Notebook

FORM_CSV = """时间,事项,一方,人数,内容,态度,理由,结果,协商结果
09:00,开始,,,,,,,
09:01,到会,居民,9,,,,,
09:05,发言,居民,,冬天太冷,,,,
9:10,发言,供暖企业,,管网老了,,,,
09:20,态度,供暖企业,,,可以接受,,,
10:00,结束,,,围坐商量,,,达成共识,加装壁挂炉
"""
FORM_YAML = """
- {时间: 09:05, 事项: 发言, 一方: 居民, 内容: 冬天太冷}
- {时间: 2026-11-24 09:10, 事项: 发言, 一方: 供暖企业, 内容: 管网老了}
"""


class Laptop:
    """A laptop with a folder of its own."""

    def __init__(self, path: Path) -> None:
        self.path, self.notes = path, path / "pasture.notes"

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        data = ["--data", str(self.path / "data")] if arguments[0] in ("device", "sync") else []
        result = CliRunner().invoke(app, ["meeting", *map(str, arguments), *data], catch_exceptions=False)
        return result.exit_code, result.output

    def device(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.run("device", "--json")[1])
        return found


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


@pytest.fixture
def pasture(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> Pasture:
    """Have the laptop's device registered, and the county within reach."""
    pasture = Pasture(())
    body = {"label": "笔记本", "holder": "host", "public_key": laptop.device()["public_key"]}
    assert pasture.http.post("/devices", json=body, headers=bearer("office")).status_code == 201

    def reach(*, timeout: float, headers: dict[str, str]) -> TestClient:
        del timeout
        return TestClient(pasture.http.app, headers=headers, base_url="http://county")

    monkeypatch.setattr("yishi.meeting.httpx.Client", reach)
    monkeypatch.setenv("YISHI_MEETINGS_URL", "http://county")
    monkeypatch.setenv("YISHI_TOKEN", "host:host")
    return pasture


def test_a_meeting_is_noted_line_by_line_and_brought_in_with_its_times(laptop: Laptop, pasture: Pasture) -> None:
    at = ("--at", "2024-07-01T09:00")
    laptop.run("start", laptop.notes, "--meeting", pasture.meeting_id, *at)
    laptop.run("arrive", laptop.notes, "--party", "居民", "--heads", "9", *at)
    laptop.run("statement", laptop.notes, "打19900000001找我", "--party", "居民", "--at", "2024-07-01T09:05")
    laptop.run("statement", laptop.notes, "管网老了", "--party", "供暖企业", "--at", "2024-07-01T09:10")
    laptop.run("position", laptop.notes, "live_with", "--party", "供暖企业", "--at", "2024-07-01T09:20")
    how = ("--summary", "围坐商量", "--conclusion", "加装壁挂炉", "--at", "2024-07-01T10:00")
    laptop.run("end", laptop.notes, "CONSENSUS", *how)
    assert "19900000001" not in laptop.notes.read_text()
    for _ in range(2):
        code, said = laptop.run("sync", laptop.notes)
        assert (code, "6 entries, ADJOURNED" in said) == (0, True), said
    meeting = pasture.meeting
    assert [said.at.isoformat() for said in meeting.statements] == [
        "2024-07-01T01:05:00+00:00",
        "2024-07-01T01:10:00+00:00",
    ]
    assert "09:05 say    居民" in laptop.run("show", laptop.notes)[1]


@pytest.mark.parametrize(("name", "text", "lines"), [("f.csv", FORM_CSV, 6), ("f.yaml", FORM_YAML, 2)])
def test_a_form_is_taken_over_with_its_times(
    laptop: Laptop, pasture: Pasture, name: str, text: str, lines: int
) -> None:
    form = laptop.path / name
    form.write_text(text, encoding="utf-8")
    Notebook(laptop.notes).begin("620102", pasture.meeting_id, [])
    assert f"{lines} lines" in laptop.run("form", laptop.notes, form, "--day", "2024-07-01")[1]
    entries = Notebook(laptop.notes).entries()
    said = [entry for entry in entries if entry["kind"] == "say"]
    assert said[0]["at"] == "2024-07-01T01:05:00.000+00:00"
    if name == "f.csv":
        assert "6 entries, ADJOURNED" in laptop.run("sync", laptop.notes)[1]


def test_every_fault_of_a_form_is_listed_and_nothing_of_it_is_taken(laptop: Laptop) -> None:
    form = laptop.path / "f.csv"
    form.write_text("时间,事项,人数,颜色\n早上,唱歌,几个,红\n09:00,开始,,\n", encoding="utf-8-sig")
    Notebook(laptop.notes).begin("620102", "meeting-1", [])
    code, said = laptop.run("form", laptop.notes, form)
    assert code == 1
    assert all(fault in said for fault in ("1.颜色", "1.kind", "1.at", "1.heads"))
    assert Notebook(laptop.notes).entries() == []


def test_a_line_cut_off_with_the_power_is_written_over(laptop: Laptop) -> None:
    notebook = Notebook(laptop.notes)
    notebook.begin("620102", "meeting-1", [])
    notebook.note("say", party="居民", text="好")
    whole = laptop.notes.read_bytes()
    laptop.notes.write_bytes(whole + b'{"number": 2, "at": "20')
    notebook.note("say", party="居民", text="行")
    assert [(entry["number"], entry["text"]) for entry in notebook.entries()] == [(1, "好"), (2, "行")]


def test_a_long_meeting_comes_in_several_bundles_of_which_the_last_one_closes(laptop: Laptop) -> None:
    notebook, key = Notebook(laptop.notes), Key.at(laptop.path / "device.key")
    notebook.begin("620102", "meeting-1", [])
    for _ in range(40):
        notebook.note("say", party="居民", text="长" * 10_000)
    bundles = list(notebook.bundles(key, closed=True))
    assert [bundle["closed"] for bundle in bundles] == [False, False, True]
    assert max(len(json.dumps(bundle, ensure_ascii=False).encode()) for bundle in bundles) < 1024 * 1024
    assert sum(len(cast("list[object]", bundle["entries"])) for bundle in bundles) == 40


def test_what_is_refused_is_told_with_every_fault_and_the_notebook_stays(laptop: Laptop, pasture: Pasture) -> None:
    laptop.run("start", laptop.notes, "--meeting", pasture.meeting_id)
    laptop.run("statement", laptop.notes, "好", "--party", "路人")
    code, said = laptop.run("sync", laptop.notes)
    assert code == 1
    assert "entries.1.party" in said
    assert pasture.meeting.state is MeetingState.CONVENED
    assert len(Notebook(laptop.notes).entries()) == 2


def test_where_there_is_no_network_the_notebook_waits(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHI_MEETINGS_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("YISHI_TOKEN", "t")
    Notebook(laptop.notes).begin("620102", "meeting-1", [])
    code, said = laptop.run("sync", laptop.notes)
    assert (code, "sync later" in said) == (1, True)


def test_a_device_keeps_its_key_to_itself_and_its_name_for_ever(laptop: Laptop) -> None:
    first, again = laptop.device(), laptop.device()
    assert first == again
    assert len(base64.b64decode(first["public_key"])) == 32
    assert (laptop.path / "data/device.key").stat().st_mode & 0o077 == 0
    (laptop.path / "data/device.key").write_text("x")
    assert "no device key" in laptop.run("device")[1]


def test_two_notebooks_are_not_begun_in_one_file_and_none_is_guessed(laptop: Laptop) -> None:
    assert "begin with `yishi meeting start`" in laptop.run("show", laptop.notes)[1]
    laptop.run("start", laptop.notes, "--meeting", "meeting-1")
    assert "is there already" in laptop.run("start", laptop.notes, "--meeting", "meeting-1")[1]
