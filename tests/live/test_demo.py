"""`yishi demo`: every case of the article reaches its end, and one that does not is told."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from yishi import demo as module
from yishi.demo import COUNTY, demo
from yishi.demo.cases import read_cases

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("demo")]

HOUSEHOLDS = 615


def test_every_case_reaches_its_end_and_each_household_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncio.run(demo(COUNTY, tmp_path, keep=False)) == 0
    told = capsys.readouterr().out
    cases = read_cases()
    assert len(cases) >= 7
    assert all(case.title in told for case in cases)
    assert "短信告知 615 户" in told
    sent = [json.loads(line) for line in (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()]
    phones = Counter(message["phone"] for message in sent if message["phone"].startswith("198"))
    assert len(phones) == HOUSEHOLDS
    assert set(phones.values()) == {1}
    assert len({message["reference"] for message in sent}) == len(sent)


def test_a_case_that_does_not_reach_its_end_is_told_and_the_command_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = [case for case in read_cases() if case.id == "6-grassland"]
    silent = [meeting.model_copy(update={"statements": meeting.statements[:1]}) for meeting in case.meetings]
    monkeypatch.setattr(module, "read_cases", lambda: [case.model_copy(update={"meetings": silent})])
    assert asyncio.run(demo(COUNTY, tmp_path, keep=False)) == 1
    told = capsys.readouterr().out
    assert "did not reach its end" in told
    assert "南组牧户hasnotbeenheardyet" in "".join(told.split()), "wherever the line is wrapped"
