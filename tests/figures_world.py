"""Any things at all that key figures are counted from, around a midnight of the county."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from hypothesis import strategies as st

from fakes import COUNTY, NOON, MemoryAggregates, origin
from memory_archive import archive
from memory_figures import MemoryFigures
from outcomes.domain.activity import Activity
from outcomes.domain.figures import BY_COUNTY, FIGURES, Window
from outcomes.domain.outcome import Outcome, OutcomeState
from outcomes.domain.rating import Ending, Rating
from outcomes.domain.task import Task, TaskState
from outcomes.handlers import Outcomes

World = tuple[list[Activity], list[Outcome], list[Task]]
PLACES = ("620102007000", "620102007004", "620102008001")
MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
"""The 24th begins in Asia/Shanghai."""
moments = st.integers(-3, 3).map(lambda hours: MIDNIGHT + timedelta(hours=12 * hours, seconds=-1))
days = st.none() | st.integers(22, 26).map(lambda day: date(2026, 11, day))
places = st.sampled_from(PLACES)

activities = st.builds(
    Activity,
    id=st.uuids().map(str),
    topic_id=st.just("t"),
    sequence=st.just(1),
    division=places,
    result=st.just("CONTINUE"),
    heads=st.integers(0, 9),
    on=st.integers(22, 26).map(lambda day: date(2026, 11, day)),
    people=st.lists(st.sampled_from("abc"), unique=True),
)
outcomes = st.builds(
    Outcome,
    id=st.uuids().map(str),
    topic_id=st.just("t"),
    title=st.just("t"),
    division=places,
    meetings=st.integers(1, 9),
    state=st.sampled_from([OutcomeState.ENDED, OutcomeState.CLOSED, OutcomeState.REPORTED]),
    ratings=st.lists(
        st.builds(Rating, person_id=st.sampled_from("abc"), score=st.integers(1, 5), at=moments),
        unique_by=lambda rating: rating.person_id,
        max_size=3,
    ),
    concluded_at=st.none() | moments,
    closed_at=st.none() | moments,
    ending=st.none() | st.sampled_from(Ending),
)
tasks = st.builds(
    Task,
    id=st.uuids().map(str),
    topic_id=st.just("t"),
    outcome_id=st.just("o"),
    department=st.just("housing"),
    system=st.none(),
    title=st.just("t"),
    evidence=st.just(""),
    due_on=st.just(date(2026, 12, 1)),
    assigned_at=moments,
    division=places,
    state=st.sampled_from(TaskState),
    on_time=st.none() | st.booleans(),
    red_cards=st.integers(0, 2),
)
worlds = st.tuples(st.lists(activities, max_size=8), st.lists(outcomes, max_size=8), st.lists(tasks, max_size=8))
windows = st.builds(Window, days, days, st.sampled_from(["", "620102", "620102007", *PLACES]))


def counted(world: World) -> Outcomes:
    """Make a service with these things in its store."""
    kept = MemoryAggregates(Activity), MemoryAggregates(Outcome), MemoryAggregates(Task)

    async def keep() -> None:
        for thing in world[0]:
            await kept[0].change(thing.id, lambda _: None, new=lambda thing=thing: thing)  # type: ignore[misc]
        for outcome in world[1]:
            await kept[1].change(outcome.id, lambda _: None, new=lambda thing=outcome: thing)  # type: ignore[misc]
        for task in world[2]:
            await kept[2].change(task.id, lambda _: None, new=lambda thing=task: thing)  # type: ignore[misc]

    asyncio.run(keep())
    hall = SimpleNamespace(activities=kept[0], outcomes=kept[1], tasks=kept[2])
    return Outcomes(*kept, archive(), MemoryFigures(hall), COUNTY, lambda: NOON)


async def every_record_adds_up(service: Outcomes, window: Window) -> None:
    """Open every figure page by page, and compare."""
    figures = await service.kpi(origin("o", "o", "office"), window)
    for name, figure in FIGURES.items():
        records, page = [], await service.records(name, window, None, 2)
        while page:
            records += page
            page = await service.records(name, window, page[-1].id, 2)
        assert len({record.id for record in records}) == len(records)
        told, added = figures[name], sum(record.counts for record in records)
        if told.denominator is None:
            assert told.value == added, name
        elif told.value is not None:
            assert abs(told.value * told.denominator.value - added) < 1e-6, name
            if figure.per != BY_COUNTY:
                assert told.denominator.value == len(records), name


WINDOWS = (
    Window(),
    Window(date(2026, 11, 24), date(2026, 11, 24)),
    Window(until=date(2026, 11, 23), division="620102007000"),
    Window(date(2026, 11, 23), division="620102008001"),
)


def worlds_to_compare() -> list[World]:
    """Make some, the same every time."""
    chance = random.Random(6)  # noqa: S311  no secret

    def moment() -> datetime:
        return MIDNIGHT + timedelta(hours=12 * chance.randint(-3, 3), seconds=-1)

    def day() -> date:
        return date(2026, 11, chance.randint(22, 26))

    def held(n: int) -> Activity:
        about = {"topic_id": "t", "sequence": 1, "division": chance.choice(PLACES), "result": "CONTINUE"}
        people = chance.sample("abc", chance.randint(0, 3))
        return Activity(id=f"m{n}", **about, heads=chance.randint(0, 9), on=day(), people=people)  # type: ignore[arg-type]

    def outcome(n: int) -> Outcome:
        about = {"topic_id": f"t{n}", "title": "t", "division": chance.choice(PLACES), "meetings": chance.randint(1, 9)}
        state = chance.choice([OutcomeState.ENDED, OutcomeState.CLOSED, OutcomeState.REPORTED])
        ratings = [Rating(p, chance.randint(1, 5), moment()) for p in chance.sample("abc", chance.randint(0, 3))]
        times = {"concluded_at": moment(), "closed_at": moment(), "ending": chance.choice(list(Ending))}
        return Outcome(id=f"o{n}", **about, state=state, ratings=ratings, **times)  # type: ignore[arg-type]

    def task(n: int) -> Task:
        about = {"topic_id": "t", "outcome_id": "o", "department": "d", "system": None, "title": "t", "evidence": ""}
        when = {"due_on": day(), "assigned_at": moment(), "division": chance.choice(PLACES)}
        how = {"state": chance.choice(list(TaskState)), "on_time": chance.choice([None, True, False])}
        return Task(id=f"k{n}", **about, **when, **how, red_cards=chance.randint(0, 2))  # type: ignore[arg-type]

    return [([held(n) for n in range(9)], [outcome(n) for n in range(9)], [task(n) for n in range(9)]) for _ in "ab"]
