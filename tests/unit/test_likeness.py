"""The likeness of issues: how well it does on the labelled complaints, and what it says why."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import yaml

from common.events import Place
from complaints_read import FOLDER, TOP, Complaint, complaints, rates
from intake.domain import Known, Likeness, Rarity, marks, suggest
from intake.domain.likeness import MOST_PICKED, MOST_POSTINGS, compare
from intake.domain.meanings import MEANINGS

NAMES = {
    division["code"]: division["name"]
    for division in yaml.safe_load(
        (FOLDER.parents[1] / "deploy/k8s/counties/620102/county.yaml").read_text(encoding="utf-8")
    )["divisions"]
}
DAY = datetime(2026, 11, 24, tzinfo=UTC)
HERE, THERE = "620102007004", "620102003002"


def known(id_: str, complaint: Complaint) -> Known:
    places = dict.fromkeys((f"{complaint.division[:9]}000", complaint.division))
    called = [NAMES[place] for place in places if place in NAMES]
    found = marks(complaint.title, complaint.text, complaint.division, called)
    place = Place(lon=complaint.place[0], lat=complaint.place[1]) if complaint.place else None
    return Known(id_, complaint.title, complaint.system, complaint.division, complaint.occurred_at, place, found)


def made(title: str, text: str = "", division: str = HERE, days: int = 0, place: Place | None = None) -> Known:
    found = marks(title, text, division)
    return Known(title, title, "grid", division, DAY + timedelta(days=days), place, found)


def rarity(*issues: Known) -> Rarity:
    return Rarity(Counter(mark for issue in issues for mark in issue.marks), len(issues), len(issues))


def likeness(one: Known, other: Known) -> Likeness:
    return compare(one, other, rarity(one, other), Counter())


def says(found: Likeness) -> str:
    return "; ".join(why.says for why in found.why)


def measured(name: str) -> tuple[float, float]:
    """Suggest for each complaint among all of its set."""
    labelled = complaints(name)
    issues = {str(number): known(str(number), one) for number, one in enumerate(labelled)}
    rare = rarity(*issues.values())
    suggested = [
        [labelled[int(other.id)].matter for other, _ in suggest(one, list(issues.values()), rare, TOP)]
        for one in issues.values()
    ]
    return rates([one.matter for one in labelled], suggested)


def test_at_least_300_complaints_are_labelled_and_each_kind_of_near_miss_is_among_them() -> None:
    labelled = [*complaints("tuned"), *complaints("held_out")]
    assert len(complaints("tuned")) >= 300
    families = Counter(matter.split("-")[0] for matter in {one.matter for one in labelled})
    assert sum(many > 1 for many in families.values()) >= 40


def test_those_the_weights_were_made_with_are_found_and_little_else() -> None:
    recall, precision = measured("tuned")
    assert recall >= 0.9
    assert precision >= 0.9


def test_those_that_were_held_out_are_found_as_well_as_was_measured_when_they_were_written() -> None:
    recall, precision = measured("held_out")
    assert recall >= 0.5
    assert precision >= 0.45


def test_the_rates_count_every_wrong_suggestion_and_every_one_that_is_missing() -> None:
    matters = ["a", "a", "b"]
    assert rates(matters, [["a"], ["a"], []]) == (1.0, 1.0)
    assert rates(matters, [["a", "b"], [], [None, "a"]]) == (0.5, 0.25)
    assert rates(["a"] * 5, [["a"] * 3] * 5) == (1.0, 1.0)


def test_a_meaning_has_its_words_to_itself() -> None:
    words = Counter(word for line in MEANINGS.values() for word in line)
    assert [word for word, many in words.items() if many > 1] == []


# ------------------------------------------------------------------------------------------------ why


def test_other_words_for_the_same_are_the_same_matter() -> None:
    found = likeness(made("三十九号楼供暖不热"), made("39号楼暖气冰凉", days=3))
    assert found.score > 0.5
    assert "both are about 供暖" in says(found)
    assert "they are 3 days apart" in says(found)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (made("天庆花园暖气不热", division=THERE), ""),
        (made("天庆花园暖气不热", days=300), "they are 300 days apart"),
        (made("嘉禾花园暖气不热"), "they name different places: 天庆花 and 嘉禾花"),
        (made("天庆花园7号楼暖气不热"), "they name different houses: 3 and 7"),
        (made("天庆花园电梯困人"), ""),
    ],
    ids=["another place", "another time", "another estate", "another house", "another matter"],
)
def test_a_near_miss_is_none_and_says_why(other: Known, why: str) -> None:
    one = made("天庆花园3号楼暖气不热")
    same = made("天庆花园3号楼供暖温度低")
    assert likeness(one, same).score > 0.5 > likeness(one, other).score
    assert why in says(likeness(one, other))


def test_where_they_lie_speaks_for_and_against() -> None:
    near, far = Place(lon=103.8343, lat=36.0512), Place(lon=103.90, lat=36.0512)
    one = made("路口坑洼", place=Place(lon=103.8342, lat=36.0511))
    points = [likeness(one, made("路面塌陷", place=place)).score for place in (near, None, far)]
    assert points == sorted(points, reverse=True)
    assert "m apart" in says(likeness(one, made("路面塌陷", place=near)))


def test_a_township_and_its_village_may_be_one_place() -> None:
    one = made("供暖不热")
    assert likeness(one, made("暖气不热", division="620102007000")).score > 0.5
    assert likeness(one, made("暖气不热", division="620102007005")).score < 0.5


def test_likeness_is_mutual() -> None:
    issues = [known(str(number), one) for number, one in enumerate(complaints("tuned")[:60])]
    rare = rarity(*issues)
    for one, other in pairwise(issues):
        assert compare(one, other, rare, {}).score == compare(other, one, rare, {}).score


# ------------------------------------------------------------------------------------------------ marks


def test_a_number_that_was_masked_leaves_no_mark() -> None:
    assert not [mark for mark in marks("请打199****0001", "", HERE) if mark[0].isdigit() and "#" not in mark]


def test_the_name_of_its_own_division_tells_nothing() -> None:
    assert "西北" in marks("西北新村停水", "", HERE)
    assert "西北" not in marks("西北新村停水", "", HERE, ["西北新村社区"])


def test_an_endless_text_has_no_more_marks_than_a_long_one() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(20_000))
    assert len(marks("停水", text, HERE)) < 120


@pytest.mark.parametrize(("text", "mark"), [("二十八号楼", "№28"), ("一百零三号楼", "№103"), ("１２号院", "№12")])
def test_house_numbers_are_read_however_they_are_written(text: str, mark: str) -> None:
    assert mark in marks(text, "", HERE)


# ------------------------------------------------------------------------------------------------ candidates


def test_the_rarest_marks_are_searched_by_and_no_more_than_pays() -> None:
    rare = Rarity({"common": 900, "some": 10}, 1_000, 100_000)
    assert rare.pick(["common", "some", "new"]) == ["new", "some"]
    assert rare.pick(["common"]) == ["common"]
    many = [f"new{number}" for number in range(200)]
    picked = rare.pick(many)
    assert len(picked) <= MOST_PICKED
    assert len(picked) * 50 <= MOST_POSTINGS
