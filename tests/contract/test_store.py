"""What every collection of aggregates does, whichever adapter it is: the fake, Motor, PyMongo's own async client."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from common.errors import Conflict, NotFound
from common.events import Place
from fakes import origin
from store_world import Colour, Part, Thing, World, memory, mongo, play

Opening = Callable[[], AbstractAsyncContextManager[World]]
REAL = [pytest.mark.live, pytest.mark.xdist_group("mongo")]
MOMENT = datetime(2026, 11, 24, 12, 30, 15, 123_000, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(params=["memory", pytest.param("motor", marks=REAL), pytest.param("pymongo", marks=REAL)])
def opened(request: pytest.FixtureRequest) -> Opening:
    driver = request.param
    if driver == "memory":
        return memory
    url = request.getfixturevalue("mongo_url")
    return lambda: mongo(url, driver)


def new(id_: str, **more: object) -> Callable[[], Thing]:
    return lambda: Thing(id=id_, **more)  # type: ignore[arg-type]


def nothing(_: Thing) -> None:
    """Decide nothing."""


def test_what_is_not_there_is_not_found_and_named(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            with pytest.raises(NotFound, match="there is no thing 'thing-1'"):
                await world.things.get("thing-1")
            with pytest.raises(NotFound, match="there is no thing 'thing-1'"):
                await world.things.change("thing-1", Thing.add)
            assert await world.things.page() == []

    play(story)


def test_what_is_made_and_changed_is_found_again(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            made = await world.things.change("a", Thing.add, new=new("a", name="灌溉"))
            assert (made.revision, made.count, made.said) == (1, 1, [])
            changed = await world.things.change("a", Thing.add, new=new("a", name="另一个"))
            assert (changed.revision, changed.count, changed.name) == (2, 2, "灌溉")
            assert await world.things.get("a") == changed

    play(story)


def test_everything_that_aggregates_are_made_of_survives(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            part = Part("一", MOMENT, date(2026, 2, 28), (Place(lon=103.8, lat=36.1), Place(address="白银路")))

            def fill(thing: Thing) -> None:
                thing.colour, thing.due, thing.met_at = Colour.BLUE, date(2026, 12, 31), MOMENT
                thing.part, thing.parts, thing.names = part, [part, Part("二", MOMENT)], ["王**", "\x00", "🏔"]

            saved = await world.things.change("a", fill, new=new("a"))
            found = await world.things.get("a")
            assert found == saved
            assert found.part == part
            assert isinstance(found.colour, Colour)
            assert type(found.due) is date
            assert found.met_at
            assert found.met_at.utcoffset() is not None
            assert found.met_at.astimezone(UTC) == datetime(2026, 11, 24, 4, 30, 15, 123_000, tzinfo=UTC)
            again = await world.things.change("a", nothing)
            assert again.revision == 1

    play(story)


def test_nothing_is_written_where_nothing_changed(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            await world.things.change("a", lambda thing: thing.add(origin("one")), new=new("a"))
            for _ in range(3):
                same = await world.things.change("a", lambda thing: thing.add(origin("one")), new=new("a"))
                assert (same.revision, same.count) == (1, 1)
            await world.settle()
            assert [fact.id for fact in world.said] == ["a.1.0"]

    play(story)


def test_a_fact_alone_is_reason_enough_to_save(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            await world.things.change("a", nothing, new=new("a"))
            told = await world.things.change("a", lambda thing: thing.tell(7))
            assert told.revision == 2
            await world.settle()
            assert [fact.data for fact in world.said] == [{"issue_id": "a", "version": 7}]

    play(story)


def test_a_decision_that_fails_leaves_no_trace(opened: Opening) -> None:
    def fail(thing: Thing) -> None:
        thing.add()
        raise Conflict("not now")

    async def story() -> None:
        async with opened() as world:
            with pytest.raises(Conflict):
                await world.things.change("a", fail, new=new("a"))
            assert await world.things.page() == []
            before = await world.things.change("a", nothing, new=new("a"))
            with pytest.raises(Conflict):
                await world.things.change("a", fail)
            assert await world.things.get("a") == before
            await world.settle()
            assert world.said == []

    play(story)


def test_facts_are_said_in_order_with_ids_that_tell_when(opened: Opening) -> None:
    def twice(thing: Thing) -> None:
        thing.add()
        thing.add()

    async def story() -> None:
        async with opened() as world:
            for _ in range(3):
                await world.things.change("a", twice, new=new("a"))
            await world.settle()
            assert [fact.id for fact in world.said] == ["a.1.0", "a.1.1", "a.2.0", "a.2.1", "a.3.0", "a.3.1"]
            assert [fact.data["version"] for fact in world.said] == [1, 2, 3, 4, 5, 6]
            assert {(fact.subject, fact.type) for fact in world.said} == {("a", "yishi.intake.issue.supplemented.v1")}

    play(story)


def test_those_who_write_at_once_all_count_and_each_says_its_own(opened: Opening) -> None:
    writers = 6

    async def story() -> None:
        async with opened() as world:
            changes = [world.things.change("a", Thing.add, new=new("a")) for _ in range(writers)]
            results = await asyncio.gather(*changes)
            assert sorted(thing.count for thing in results) == list(range(1, writers + 1))
            found = await world.things.get("a")
            assert (found.count, found.revision) == (writers, writers)
            await world.settle()
            assert sorted(str(fact.data["version"]) for fact in world.said) == list("123456")
            assert len({fact.id for fact in world.said}) == writers

    play(story)


def test_what_one_holds_is_ones_own(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            held = await world.things.change("a", nothing, new=new("a", names=["王**"]))
            held.names.append("李**")
            held.name = "changed"
            found = await world.things.get("a")
            assert (found.names, found.name) == (["王**"], "")

    play(story)


def test_pages_follow_one_another_through_a_filter(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            for number in (5, 3, 9, 1, 7, 2, 8):
                colour = Colour.RED if number % 2 else Colour.BLUE
                await world.things.change(f"t{number}", nothing, new=new(f"t{number}", colour=colour))
            seen: list[str] = []
            while page := await world.things.page(seen[-1] if seen else None, 2, colour=Colour.RED):
                assert len(page) <= 2
                seen += [thing.id for thing in page]
            assert seen == ["t1", "t3", "t5", "t7", "t9"]
            blue = await world.things.page(colour="BLUE", name=None)
            assert [thing.id for thing in blue] == ["t2", "t8"]
            assert len(await world.things.page()) == 7
            assert await world.things.page("t9") == []
            assert await world.things.page(colour="RED", name="nobody") == []
            assert [thing.id for thing in await world.things.page("", limit=1)] == ["t1"]

    play(story)


def test_whoever_watches_is_told_of_every_save_and_of_nothing_else(opened: Opening) -> None:
    async def story() -> None:
        async with opened() as world:
            changes = world.things.changes()
            assert await anext(changes) is None
            await world.things.change("a", Thing.add, new=new("a"))
            await world.settle()
            await world.things.change("a", nothing)
            await world.things.change("b", nothing, new=new("b"))
            await world.things.change("a", Thing.add)
            assert [await anext(changes) for _ in range(3)] == ["a", "b", "a"]

    play(story)
