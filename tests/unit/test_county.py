"""county.yaml: every fault of form and of meaning is listed with its path."""

from pathlib import Path
from typing import cast

import pytest

from common.county import County, check
from common.errors import Misconfigured
from common.events import Phase
from fakes import COUNTY, county

Document = dict[str, object]


def document(**changes: object) -> Document:
    return cast("Document", COUNTY.model_dump(mode="json")) | changes


def paths(found: Document | None) -> list[str]:
    return [fault.path for fault in check(found)]


def division(code: str, **more: str) -> Document:
    return {"code": code, "name": "城关镇", "kind": "town", **more}


def test_a_whole_county_has_no_fault() -> None:
    assert check(document()) == []


@pytest.mark.parametrize("nothing", [None, [], "county", 7])
def test_what_is_no_county_at_all_is_one_fault(nothing: object) -> None:
    assert len(check(nothing)) == 1


def test_every_fault_of_form_is_listed_with_its_path() -> None:
    bad = document(code="6201", colour="red", deadlines={"handling": 0}, divisions=[{"code": "62", "kind": "planet"}])
    assert sorted(paths(bad)) == [
        "code",
        "colour",
        "deadlines.handling",
        "divisions.0.code",
        "divisions.0.kind",
        "divisions.0.name",
    ]


def test_every_fault_of_meaning_is_listed_with_its_path() -> None:
    town = "620102007000"
    bad = document(
        divisions=[
            division(town),
            division("620103001000"),
            division(town, valid_from="2026-01-02", valid_to="2026-01-01"),
        ],
        systems=[{"name": "grid", "title": "一"}, {"name": "grid", "title": "二"}],
        departments=[{"name": "housing", "title": "住建局", "system": "fax"}],
        leaders=[{"name": "张主席", "post": "主席", "covers": [town, "620102999000"]}],
        steps="gansu7",
    )
    assert sorted(paths(bad)) == [
        "departments.0.system",
        "divisions.1.code",
        "divisions.2.code",
        "divisions.2.valid_to",
        "leaders.0.covers",
        "steps",
        "systems.1.name",
    ]


def test_a_prefecture_holds_its_counties() -> None:
    assert check(document(code="620100")) == []
    assert paths(document(code="620200"))[:2] == ["divisions.0.code", "divisions.1.code"]


def test_what_is_asked_for_is_found_or_not() -> None:
    assert COUNTY.division("620102007004") == COUNTY.divisions[1]
    assert COUNTY.division("620102007005") is None
    assert COUNTY.department("police")
    assert COUNTY.department("navy") is None
    assert COUNTY.has_system("grid")
    assert not COUNTY.has_system("police")


def test_the_steps_are_the_countys_own_over_the_same_six_phases() -> None:
    assert [step.name for step in county().step_names()] == ["征集", "定题", "调研", "协商", "成果", "跟踪"]
    assert [step.phase for step in county().step_names()] == list(Phase)
    assert len(county(steps="nantong8").step_names()) == 8


def test_a_file_is_loaded_or_refused_with_every_fault(tmp_path: Path) -> None:
    file = tmp_path / "county.yaml"
    with pytest.raises(Misconfigured, match="cannot be read"):
        County.load(file)
    file.write_text("code: [", encoding="utf-8")
    with pytest.raises(Misconfigured, match="cannot be read"):
        County.load(file)
    file.write_text("code: '620102'\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"3 fault\(s\)") as refused:
        County.load(file)
    assert {fault.path for fault in refused.value.faults} == {"name", "divisions", "scope"}
    file.write_text(COUNTY.model_dump_json(), encoding="utf-8")
    assert County.load(file) == COUNTY
