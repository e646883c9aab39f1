"""What a county says of its categories and of where it lies."""

from pathlib import Path

import pytest
import yaml

from common.county import Area, County, check
from common.errors import Invalid, Misconfigured
from fakes import COUNTY, county
from intake_story import Story, issue

TREE = {"城乡建设": {"安全生产": ["事故处理", "其他"], "市政": None}, "交通": ["公交", "其他"], "供暖": {}}
PATHS = [
    "城乡建设",
    "城乡建设/安全生产",
    "城乡建设/安全生产/事故处理",
    "城乡建设/安全生产/其他",
    "城乡建设/市政",
    "交通",
    "交通/公交",
    "交通/其他",
    "供暖",
]
TABLE = "level1,level2,level3\n城乡建设,安全生产,事故处理\n城乡建设,安全生产,其他\n城乡建设,市政,\n"
TABLE += "交通,公交,\n交通,其他,\n供暖,,\n"
BOX = [[103.6, 35.9], [104.1, 36.2]]
TRIANGLE = [[103.0, 36.0], [104.0, 36.0], [103.5, 37.0]]


def test_categories_may_be_a_tree_and_are_called_by_their_whole_path() -> None:
    assert county(scope={"categories": TREE}).scope.categories == PATHS
    assert county(scope={"categories": ["a", "b"]}).scope.categories == ["a", "b"]


@pytest.mark.parametrize("bad", [{"a/b": ["c"]}, 7, {"a": {"b": ["c/d"]}}, {}])
def test_a_tree_that_cannot_be_called_by_paths_is_a_fault(bad: object) -> None:
    document = COUNTY.model_dump(mode="json")
    document["scope"]["categories"] = bad
    assert {fault.path.split(".")[0] for fault in check(document)} == {"scope"}


def write(folder: Path, categories: object) -> Path:
    document = COUNTY.model_dump(mode="json")
    document["scope"]["categories"] = categories
    file = folder / "county.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_tree_may_stand_in_a_file_beside_the_countys(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "categories.csv").write_text(TABLE, encoding=encoding)
    assert County.load(write(tmp_path, {"file": "categories.csv"})).scope.categories == PATHS


@pytest.mark.parametrize("name", ["missing.csv", "../categories.csv", "/etc/passwd"])
def test_a_file_that_is_not_beside_it_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match=r"cannot be read|must stand beside"):
        County.load(write(tmp_path, {"file": name}))


def test_of_many_categories_a_fault_names_few() -> None:
    many = county(scope={"categories": [f"c{n}" for n in range(1000)] + ["供暖", "供暖/管网"]})
    assert many.scope.like("供暖") == ["供暖", "供暖/管网"]
    assert len(many.scope.like("?")) == 20


@pytest.mark.parametrize(
    ("corners", "lon", "lat", "inside"),
    [
        (BOX, 103.8, 36.0, True),
        (BOX, 104.2, 36.0, False),
        (BOX[::-1], 103.8, 36.0, True),
        (TRIANGLE, 103.5, 36.5, True),
        (TRIANGLE, 103.1, 36.9, False),
        (TRIANGLE, 103.5, 35.9, False),
    ],
)
def test_a_point_lies_in_the_county_or_not(corners: list[list[float]], lon: float, lat: float, inside: bool) -> None:
    assert Area.model_validate({"corners": corners}).contains(lon, lat) is inside


@pytest.mark.parametrize(("lon", "lat"), [(121.5, 31.2), (103.8, None), (None, 36.0)])
def test_coordinates_outside_the_county_are_a_fault(lon: float | None, lat: float | None) -> None:
    story = Story(county(area={"corners": BOX}))
    place = {"lon": lon, "lat": lat}
    with pytest.raises(Invalid) as refused:
        story.intake.check(issue(location=place), "grid")
    assert [fault.path for fault in refused.value.faults] == ["location"]


def test_coordinates_within_it_are_taken() -> None:
    story = Story(county(area={"corners": BOX}))
    story.intake.check(issue(location={"lon": 103.8, "lat": 36.0}), "grid")
    story.intake.check(issue(location={"address": "白银路1号"}), "grid")
