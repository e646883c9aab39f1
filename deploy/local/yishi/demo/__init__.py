"""`yishi demo`: the cases of the article, on a real bus and a real database."""

import asyncio
import tempfile
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from common.errors import YishiError
from yishi.demo.cases import CASES, read_cases
from yishi.demo.outside import Disappointed, Outside, outside
from yishi.demo.play import Player
from yishi.demo.show import show_case, show_figures
from yishi.terminal import progress
from yishi.up import FIRST_PORT, running

WIDTH = 120
"""Columns at least: a timeline that is wrapped cannot be read."""

COUNTY = CASES / "county.yaml"
"""The trial county with the places of all cases."""


async def demo(county_file: Path, data: Path | None, keep: bool) -> int:
    """Have the county up, play every case, show timelines and figures; returns 1 where a case missed its end."""
    console = Console()
    console.width = max(console.width, WIDTH)
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yishi-demo-")))
        with progress("starting") as tell:
            here = await stack.enter_async_context(
                running(county_file, folder, ports=FIRST_PORT if keep else "auto", tell=tell)
            )
        up_after = time.monotonic() - began
        world = await stack.enter_async_context(outside(here))
        missed = await _play_all(console, world)
        missed += await _loose_ends(console, world)
        await _figures(console, world)
        took = time.monotonic() - began
        console.print(f"\n{took:.1f} s, of which {up_after:.1f} s until the county was up", highlight=False)
        if missed:
            console.print(f"[red]{missed} case(s) did not reach their end[/]")
        if keep:
            console.print(f"the county stays up until Ctrl-C; its data is in {folder}", highlight=False)
            await here.first_death()
        return 1 if missed else 0


async def _play_all(console: Console, world: Outside) -> int:
    """Play the cases side by side, and show each in order; returns how many missed their end."""
    players = [Player(case, world) for case in read_cases()]
    runs = [asyncio.create_task(_timed(player.play())) for player in players]
    missed = 0
    for player, run in zip(players, runs, strict=True):
        seconds, problem = await run
        show_case(console, player, world.county.step_names(), seconds, problem)
        missed += problem is not None
    return missed


async def _loose_ends(console: Console, world: Outside) -> int:
    """Count the tasks that do not go back to an issue; there must be none."""
    found = (await world.ask("office", "GET outcomes", "/violations?limit=1000"))["items"]
    count = len(found) if isinstance(found, list) else 0
    console.print(f"\n{count} task(s) without an issue behind them", highlight=False)
    return count


async def _timed(play: Coroutine[None, None, None]) -> tuple[float, str | None]:
    began = time.monotonic()
    try:
        await play
    except (Disappointed, YishiError) as error:
        return time.monotonic() - began, str(error)
    return time.monotonic() - began, None


async def _figures(console: Console, world: Outside) -> None:
    figures = await world.ask("office", "GET outcomes", "/kpi")
    notices = await world.ask("office", "GET notify", "/notices/summary")
    show_figures(console, figures, notices)
