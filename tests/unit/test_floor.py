"""The floor: one order for everybody, points of order first, a clock for each turn and each party, pauses."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.aggregate import Origin
from common.errors import Conflict, Invalid
from fakes import NOON, origin
from meetings.domain import Floor, What


def at(seconds: int) -> Origin:
    return replace(origin(by="host"), at=NOON + timedelta(seconds=seconds))


def floor_with(*parties: str, per_turn: int = 0, per_party: int = 0) -> Floor:
    floor = Floor(per_turn=per_turn, per_party=per_party)
    for party in parties:
        floor.ask(party, "", at(0), point_of_order=False)
    return floor


def waiting(floor: Floor) -> list[str]:
    return [turn.party for turn in floor.queue]


def test_everyone_waits_in_the_order_of_asking_and_points_of_order_come_first() -> None:
    floor = floor_with("甲", "乙", "丙")
    floor.ask("丁", "", at(1), point_of_order=True)
    floor.ask("戊", "", at(2), point_of_order=True)
    assert waiting(floor) == ["丁", "戊", "甲", "乙", "丙"]


def test_asking_twice_keeps_the_place() -> None:
    floor = floor_with("甲", "乙")
    assert floor.ask("甲", "", at(5), point_of_order=False) == []
    assert waiting(floor) == ["甲", "乙"]


def test_whoever_withdraws_waits_no_longer() -> None:
    floor = floor_with("甲", "乙")
    (entry,) = floor.withdraw("甲", "", at(1))
    assert (entry.what, waiting(floor)) == (What.WITHDREW, ["乙"])
    assert floor.withdraw("甲", "", at(2)) == []


def test_the_floor_is_not_given_twice_by_two_who_saw_the_same() -> None:
    floor = floor_with("甲", "乙", "丙")
    floor.give(0, at(1))
    with pytest.raises(Conflict, match="look again"):
        floor.give(0, at(1))
    assert floor.holder
    assert (floor.holder.party, waiting(floor)) == ("甲", ["乙", "丙"])


def test_a_turn_ends_with_its_seconds_when_the_next_is_given() -> None:
    floor = floor_with("甲", "乙")
    floor.give(0, at(0))
    finished, given = floor.give(1, at(90))
    assert (finished.what, finished.party, finished.seconds) == (What.FINISHED, "甲", 90)
    assert (given.what, given.party) == (What.GIVEN, "乙")
    (clock,) = floor.view(at(100).at).parties
    assert (clock.party, clock.seconds) == ("甲", 90)


def test_a_point_of_order_interrupts_and_the_interrupted_goes_on_with_the_time_left() -> None:
    floor = floor_with("甲", "乙", per_turn=180)
    floor.give(0, at(0))
    floor.ask("丁", "", at(30), point_of_order=True)
    floor.give(1, at(40))
    assert waiting(floor) == ["甲", "乙"]
    floor.give(2, at(60))
    view = floor.view(at(70).at)
    assert view.speaking
    assert (view.speaking.party, view.seconds, view.left) == ("甲", 50, 130)
    assert [clock.party for clock in view.parties] == [], "a point of order costs its party nothing"


def test_a_pause_stops_the_clock_and_the_queue() -> None:
    floor = floor_with("甲", "乙", per_turn=60)
    floor.give(0, at(0))
    floor.pause("停电", at(20))
    assert floor.view(at(500).at).seconds == 20
    with pytest.raises(Conflict, match="pauses"):
        floor.give(1, at(30))
    assert floor.pause("再停", at(30)) == []
    floor.resume(at(600))
    assert floor.resume(at(601)) == []
    assert floor.view(at(615).at).left == 25


def test_a_party_that_has_had_its_time_asks_no_more_until_it_is_granted_more() -> None:
    floor = floor_with("甲", per_party=60)
    floor.give(0, at(0))
    floor.finish(1, at(60))
    with pytest.raises(Conflict, match="had its 60 s"):
        floor.ask("甲", "", at(61), point_of_order=False)
    assert floor.ask("甲", "", at(61), point_of_order=True)
    floor.grant("甲", 30, at(62))
    assert floor.ask("甲", "", at(63), point_of_order=False)
    assert floor.ask("乙", "", at(63), point_of_order=False)


def test_a_host_arranges_all_who_wait_and_points_of_order_stay_first() -> None:
    floor = floor_with("甲", "乙", "丙")
    floor.arrange([3, 1, 2], at(1))
    assert waiting(floor) == ["丙", "甲", "乙"]
    with pytest.raises(Conflict, match="by now"):
        floor.arrange([3, 1], at(1))
    floor.ask("丁", "", at(2), point_of_order=True)
    with pytest.raises(Invalid, match="points of order"):
        floor.arrange([3, 1, 2, 4], at(3))
    assert floor.arrange([4, 3, 1, 2], at(3)) == []


def test_a_clock_that_goes_backwards_takes_no_time_away() -> None:
    floor = floor_with("甲")
    floor.give(0, at(10))
    (entry,) = floor.finish(1, at(8))
    assert entry.seconds == 0


def test_whoever_stands_back_waits_and_speaks_no_longer() -> None:
    floor = Floor()
    for point_of_order in (False, True):
        floor.ask("甲", "zhao", at(0), point_of_order=point_of_order)
    floor.give(0, at(0))
    (entry,) = floor.remove("zhao", at(20))
    assert (entry.what, entry.seconds, floor.holder, floor.queue) == (What.FINISHED, 20, None, [])
