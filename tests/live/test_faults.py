"""A small run of `make faults`: a few kills, and the proof that its witnesses see what is lost or doubled."""

import asyncio
import random
from pathlib import Path
from typing import cast

import pytest

from faults import trials
from faults.ground import Ground, single
from faults.quiet import Database
from faults.section import Plan, Result, looking, section
from faults.tally import Verdict
from faults.witness import Witness

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("faults"),
    # nats-py 2.16 leaves the socket of a reconnection that came to nothing to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FEW = Plan(kills=6, longest_s=3, storytellers=2, rest_within_s=60, notices_must_rest=False)
SEED = 7


def silent(_: str) -> None:
    """Tell nobody."""


async def _tamper(database: Database) -> None:
    """Lose, double and orphan things behind the services' backs."""
    issues = database["issues"]
    plain = {"topic_id": None, "source": "grid"}
    first, second = [issue async for issue in issues.find(plain).sort("_id").limit(2)]
    await issues.delete_one({"_id": first["_id"]})
    await issues.insert_one(second | {"_id": "issue-doubled"})
    topic = await database["topics"].find_one() or {}
    await database["deliberations"].delete_one({"_id": topic["_id"]})
    await database["topics"].insert_one(topic | {"_id": "topic-doubled"})
    await database["meetings"].update_one({}, {"$push": {"statements": {"party": "居民", "text": "-", "at": None}}})


async def _look_again(ground: Ground, result: Result) -> Verdict:
    async with looking(ground, result.tally, random.Random(SEED)) as (desk, database):  # noqa: S311
        await _tamper(database)
        lines = ground.here.folder.path / "sms.jsonl"
        with lines.open("a", encoding="utf-8") as file:
            file.write(lines.read_text(encoding="utf-8").splitlines()[0] + "\n")
        return await Witness(desk, desk.bus.jetstream(), database).look()


def test_what_is_acknowledged_is_never_lost_and_happens_once_and_the_witnesses_see_it_where_not(
    tmp_path: Path,
) -> None:
    async def told() -> None:
        async with single(tmp_path, silent) as ground:
            result = await section("few", ground, FEW, SEED, silent)
            assert result.verdict == Verdict(counted=result.verdict.counted)
            assert result.died == []
            assert result.tally.kills.total() == FEW.kills
            assert result.tally.acknowledged > 50
            assert all(story.closed for story in result.tally.stories)
            seen = await _look_again(ground, result)
            assert any("has no issue" in line for line in seen.lost)
            assert any("is not known to meetings" in line for line in seen.lost)
            for what in ("stands twice", "is in two topics", "was decided on twice", "statements", "told twice"):
                assert any(what in line for line in seen.doubled), what

    asyncio.run(told())


def test_poison_delays_the_good_by_less_than_a_second_and_a_full_stream_refuses_and_shows(tmp_path: Path) -> None:
    async def told() -> None:
        async with single(tmp_path, silent) as ground:
            poison = await trials.poison(ground)
            assert cast("float", poison["longest_delay_s"]) < 1, poison
            full = await trials.filled(ground)
            assert full["refused_with"] == trials.FULL
            assert cast("float", full["full_ratio_shown"]) > trials.ALARM
            assert (full["lost"], cast("int", full["stored"]) > 10) == (0, True)

    asyncio.run(told())
