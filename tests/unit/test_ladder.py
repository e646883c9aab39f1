"""The ladder of supervision: rung by rung up to the leading group, and never past anybody in silence."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.county import County, check, warnings
from common.events import CardDue, TaskCommented, TaskEscalated
from fakes import COUNTY, county
from outcomes.domain.task import Colour, Rung, Task, TaskState
from townhall import BUMPS, TownHall, play

GROUP = {"first_head": "区委书记", "head": "区政协主席"}
WHOLE = county(leading_group=GROUP)
CHAIR = {"name": "张主席", "post": "政协主席", "covers": ["620102007000"]}
DUE_FRIDAY = BUMPS  # 2026-11-27


async def climbed(hall: TownHall, of: County, days: int, task: Task | None = None) -> Task:
    """Give a task in a county, let days pass, and look at it."""
    hall.handlers = hall.serve(of)
    if task is None:
        (task,) = await hall.report(DUE_FRIDAY)
    hall.later(days)
    return await hall.handlers.supervision.show_cards(task.id)


def rungs(hall: TownHall) -> list[tuple[str, str | None, str | None]]:
    return [(event.rung, event.to, event.gap) for event in hall.said(TaskEscalated)]


@pytest.mark.parametrize(
    ("days", "reached"),
    [(5, 0), (6, 1), (7, 1), (8, 2), (10, 3), (16, 3), (17, 4), (400, 4)],  # Monday, Wednesday, Friday, Friday
)
def test_each_rung_is_urged_so_many_working_days_after_the_due_day(days: int, reached: int) -> None:
    async def story(hall: TownHall) -> None:
        task = await climbed(hall, WHOLE, days)
        everybody = [
            ("department", "housing", None),
            ("office", "office", None),
            ("leader", "政协主席", None),
            ("group", "leading-group", None),
        ]
        assert rungs(hall) == everybody[:reached]
        assert len(task.urges) == reached
        assert hall.orders().count("grid urged") == reached

    play(story)


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"leaders": []}, "vacant"),
        ({"leaders": [CHAIR | {"vacant": True}]}, "vacant"),
        ({"leaders": [CHAIR, CHAIR | {"post": "副主席"}]}, "broken-rule"),
    ],
)
def test_where_no_leader_stands_alone_that_is_said_and_the_group_is_urged_at_once(
    changes: dict[str, object], gap: str
) -> None:
    async def story(hall: TownHall) -> None:
        task = await climbed(hall, county(leading_group=GROUP, **changes), 10)
        assert rungs(hall)[2:] == [("leader", None, gap), ("group", "leading-group", None)]
        assert task.due_at is None

    play(story)


def test_two_leaders_of_whom_one_is_vacant_are_one() -> None:
    async def story(hall: TownHall) -> None:
        both = [CHAIR | {"vacant": True}, CHAIR | {"post": "副主席"}]
        await climbed(hall, county(leading_group=GROUP, leaders=both), 10)
        assert rungs(hall)[2] == ("leader", "副主席", None)

    play(story)


def test_a_division_that_the_county_lost_is_a_broken_rule_and_a_missing_group_is_said_too() -> None:
    async def story(hall: TownHall) -> None:
        elsewhere = [{"code": "620102001000", "name": "酒泉路街道", "kind": "street"}]
        await climbed(hall, county(divisions=elsewhere, leaders=[]), 10)
        assert rungs(hall)[2:] == [("leader", None, "broken-rule"), ("group", None, "vacant")]

    play(story)


def test_a_task_that_nobody_owns_goes_to_the_office_at_once() -> None:
    async def story(hall: TownHall) -> None:
        (returned,) = await hall.report(DUE_FRIDAY)
        await hall.say(returned, "return")
        await climbed(hall, WHOLE, 6, returned)
        assert rungs(hall) == [("department", None, "no-owner"), ("office", "office", None)]
        await hall.handlers.work.reassign(returned.id, "police", "属公安", None, None, hall.by("office"))
        without = county(leading_group=GROUP, departments=[{"name": "water", "title": "水务局"}])
        await climbed(hall, without, 0, returned)
        assert rungs(hall)[2:] == [("department", None, "no-owner"), ("office", "office", None)]

    play(story)


def test_a_clock_that_jumps_there_and_back_urges_nobody_twice() -> None:
    async def story(hall: TownHall) -> None:
        task = await climbed(hall, WHOLE, 400)
        for days in (-390, 5, -10, 800):
            assert await climbed(hall, WHOLE, days, task) == task
        assert len(rungs(hall)) == 4
        await hall.hear(*[CardDue(topic_id="t1", task_id=task.id, at=datetime(2026, 12, 1, tzinfo=UTC))] * 3)
        assert len(rungs(hall)) == 4

    play(story)


def test_once_the_department_has_replied_it_is_the_office_that_is_late() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        replied = await hall.say(task, "reply")
        assert replied.verify_by == date(2026, 11, 27)
        assert (await climbed(hall, WHOLE, 8, task)).cards == [], "the department is not to blame"
        assert rungs(hall) == [("office", "office", None)]
        assert hall.orders() == ["grid assigned"]
        (card,) = await hall.handlers.supervision.supervise(None, hall.by("leader"))
        assert (card.colour, card.rung, card.task.state) == (Colour.RED, Rung.OFFICE, TaskState.REPLIED)

    play(story)


def test_rework_and_another_department_begin_the_ladder_anew() -> None:
    async def story(hall: TownHall) -> None:
        task = await climbed(hall, WHOLE, 400)
        assert (task.red_cards, task.rungs) == (1, list(Rung))
        await hall.handlers.work.reassign(task.id, "police", "属公安", 3, None, hall.by("office"))
        task = await climbed(hall, WHOLE, 4, task)
        assert (task.cards, task.rungs) == ([Colour.YELLOW], [])
        await hall.finish(task)
        reworked = await hall.handlers.feedback.rework(task.id, "又坏了", hall.by("office"))
        assert (reworked.cards, reworked.rungs) == ([], [])
        assert (await climbed(hall, WHOLE, 400, task)).red_cards == 2

    play(story)


def test_a_comment_adds_a_word_and_edits_nothing() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(DUE_FRIDAY)
        request = hall.by("leader", who="主席")
        await hall.handlers.work.comment(task.id, "请告诉居民进度", request)
        said = await hall.handlers.work.comment(task.id, "请告诉居民进度", request)
        assert [event.by for event in hall.said(TaskCommented)] == ["主席"]
        assert replace(said, notes=[], taken=[], revision=1) == task

    play(story)


def test_the_county_is_warned_of_townships_without_one_leader_but_works() -> None:
    street = {"code": "620102001000", "name": "酒泉路街道", "kind": "street"}
    divisions = [division.model_dump() for division in COUNTY.divisions]
    gap = county(divisions=[*divisions, street])
    assert [str(fault) for fault in warnings(gap)] == [
        "divisions.2: 酒泉路街道 620102001000 is covered by no leader",
    ]
    overlap = county(leaders=[CHAIR, CHAIR | {"post": "副主席"}])
    assert "covered by 2 leaders (政协主席、副主席)" in str(warnings(overlap)[0])
    assert (warnings(COUNTY), check(gap.model_dump()), check(overlap.model_dump())) == ([], [], [])


def test_rungs_out_of_order_are_a_fault_of_the_county() -> None:
    document = COUNTY.model_dump() | {"ladder": {"department": 3, "office": 3}}
    assert [fault.path for fault in check(document)] == ["ladder"]


def test_who_covers_which_township_can_be_read() -> None:
    (cover,) = TownHall().handlers.supervision.covers()
    assert (cover.division, cover.posts, cover.gap) == ("620102007000", ["政协主席"], None)
