"""`yishi contract check`: has the check run, and prints how each rule came out."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from common.county import County
from common.errors import Fault, Invalid
from yishi.folder import Folder
from yishi.kit.log import Log
from yishi.kit.play import play
from yishi.kit.rules import RULES, Verdict, judge
from yishi.options import COUNTY, AsJson, CountyFile
from yishi.programs import NATS
from yishi.servers import answers, nats_alone
from yishi.terminal import print_json

SHOWN = 5
HELP = (
    "Hold a department's connector to the contract: play the county to it, good and bad, and judge what it does.\n\n"
    "Start the check, then the connector, and let it raise at least five issues and supplement one of them. The first "
    "is taken in, the second answered twice, the third refused, the fourth answered with what the connector cannot "
    "know yet, the fifth answered late.\n\n"
    "Without --url the check has a NATS server of its own and says where. Never give it a county's: it takes the place "
    "of the services there, and refuses to where they are at work.\n\n"
    "The rules, of which none may fail or stay unseen:\n\n\b\n"
) + "\n".join(f"{number:>3}  {words}" for number, (words, _) in enumerate(RULES.values(), 1))


def check(
    system: Annotated[str, typer.Option(help="The department system, as county.yaml names it")],
    url: Annotated[str | None, typer.Option(help="A NATS server [default: one of its own]")] = None,
    monitor: Annotated[str | None, typer.Option(help="With --url: its monitoring, http://host:8222")] = None,
    quiet: Annotated[float, typer.Option(min=0.1, help="So many seconds of silence end the check")] = 10,
    within: Annotated[float, typer.Option(min=1, help="The check ends after so many seconds in any case")] = 180,
    county: CountyFile = COUNTY,
    as_json: AsJson = False,
) -> None:
    """Have the check run; exit code 0 where every rule was seen and kept."""
    rules = County.load(county)
    if not rules.has_system(system):
        known = ", ".join(one.name for one in rules.systems)
        raise Invalid([Fault("system", f"{system!r} is not a system of county {rules.code}; known are {known}")])

    def tell(line: str) -> None:
        typer.echo(line, err=as_json)

    async def run() -> Log:
        async with _server(url, monitor) as (server, asked):
            return await play(server, rules, system, asked, (quiet, within), tell)

    verdicts = judge(asyncio.run(run()))
    if as_json:
        print_json([asdict(verdict) for verdict in verdicts])
    else:
        typer.echo("\n".join(map(_line, verdicts)))
    raise typer.Exit(0 if all(verdict.outcome == "pass" for verdict in verdicts) else 1)


check.__doc__ = HELP


def _line(verdict: Verdict) -> str:
    more = len(verdict.why) - SHOWN
    why = [*verdict.why[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join([f"{verdict.outcome:<9}{verdict.number:>3}  {verdict.rule}", *(f"{'':15}{line}" for line in why)])


@asynccontextmanager
async def _server(url: str | None, monitor: str | None) -> AsyncIterator[tuple[str, str | None]]:
    if url:
        await answers(NATS, url, "--url")
        yield url, monitor
        return
    with tempfile.TemporaryDirectory(prefix="yishi-check-") as folder:
        async with nats_alone(Folder.open(Path(folder) / "data")) as (own, monitoring):
            yield own, monitoring
