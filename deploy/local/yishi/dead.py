"""`yishi dead`: what failed, why and how often; sent again as if it were new, or dropped."""

import asyncio
import base64
import binascii
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import nats
import typer
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from rich.console import Console
from rich.progress import track

from common.aggregate import utc_now
from common.bus import dead
from common.bus.dead import Letter
from common.county import County
from common.errors import Misconfigured, YishiError
from common.people import Opener
from yishi.folder import home
from yishi.keys import Keys
from yishi.options import COUNTY, OPTIONS, AsJson, CountyFile, Data, folder_of, nats_of
from yishi.programs import NATS
from yishi.servers import answers, mask
from yishi.terminal import print_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEAL_PRIVATE = "YISHI_SEAL_PRIVATE"
MANY = 20

app = typer.Typer(help="Dead letters 死信: events that could not be taken.", **OPTIONS)

Numbers = Annotated[list[int] | None, typer.Argument(min=1, help="Numbers of letters, as `yishi dead list` shows them")]
All = Annotated[bool, typer.Option("--all", help="Every letter")]
Service = Annotated[str | None, typer.Option(help="Only letters of this service")]
Reason = Annotated[str | None, typer.Option(help="Only letters with this reason")]
Act = Callable[[JetStreamContext, Letter], Awaitable[object]]


@app.command("list")
def list_(county: CountyFile = COUNTY, data: Data = None, service: Service = None, as_json: AsJson = False) -> None:
    """List the letters: number, when (Asia/Shanghai), service, subject, reason, how often, first fault."""

    async def work() -> list[Letter]:
        async with _stream(county, data) as (js, code):
            return [letter async for letter in dead.letters(js, code, service)]

    found = asyncio.run(work())
    if as_json:
        print_json([dead.public(letter) for letter in found])
    for letter in [] if as_json else found:
        typer.echo(_line(letter))


@app.command()
def show(
    number: Annotated[int, typer.Argument(min=1, help="Number of a letter")],
    county: CountyFile = COUNTY,
    data: Data = None,
    original: Annotated[bool, typer.Option("--original", help="Open the original; phone numbers are masked")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="With --original: mask nothing")] = False,
) -> None:
    """Show one letter; with --original what came, opened with the county's key."""
    if clear and not original:
        raise typer.BadParameter("--clear goes with --original")

    async def work() -> Letter:
        async with _stream(county, data) as (js, _):
            return await dead.letter(js, number)

    letter = asyncio.run(work())
    told = dead.public(letter)
    if original:
        opened = letter.opened(_opener(county, data))
        told["original"] = {"headers": opened.headers, "body": opened.body.decode(errors="replace")}
        if not clear:
            told["original"] = {
                "headers": {name: dead.masked(value) for name, value in opened.headers.items()},
                "body": dead.masked(opened.body.decode(errors="replace")),
            }
    print_json(told)


@app.command()
def requeue(
    numbers: Numbers = None,
    every: All = False,
    service: Service = None,
    reason: Reason = None,
    county: CountyFile = COUNTY,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Send letters again, as if they were new; each is removed once the stream has its event."""
    _require_choice(numbers, every=every, narrowed=bool(service or reason))
    opener = _opener(county, data)

    async def again(js: JetStreamContext, letter: Letter) -> int:
        return await dead.requeue(js, letter, opener)

    _each(again, "requeued", numbers, (service, reason), county, data, as_json=as_json)


@app.command()
def drop(
    numbers: Numbers = None,
    every: All = False,
    service: Service = None,
    reason: Reason = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    county: CountyFile = COUNTY,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Remove letters for good; what was dropped is written to logs/dead.log of the data folder first."""
    _require_choice(numbers, every=every, narrowed=bool(service or reason))
    if not yes:
        what = "every letter that fits" if every else f"{len(numbers or [])} letters"
        typer.confirm(f"Drop {what}? Their events are lost for good", abort=True, err=True)
    log = folder_of(county, data).path / "logs" / "dead.log"
    log.parent.mkdir(exist_ok=True)

    async def away(js: JetStreamContext, letter: Letter) -> None:
        line = {"dropped_at": utc_now().isoformat(), **dead.public(letter)}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        await dead.drop(js, letter)

    _each(away, "dropped", numbers, (service, reason), county, data, as_json=as_json)


# ---------------------------------------------------------------------------------------------- behind the commands


def _require_choice(numbers: Sequence[int] | None, *, every: bool, narrowed: bool) -> None:
    if bool(numbers) == every:
        raise typer.BadParameter("give the numbers of letters, or --all")
    if narrowed and not every:
        raise typer.BadParameter("--service and --reason go with --all")


def _each(
    act: Act,
    done: str,
    numbers: Sequence[int] | None,
    narrow: tuple[str | None, str | None],
    county: Path,
    data: Path | None,
    *,
    as_json: bool,
) -> None:
    """Do something with each letter that is meant; what fails keeps its letter, and makes the exit code 1."""
    succeeded, failed = asyncio.run(_work(act, numbers, narrow, county, data))
    if as_json:
        print_json({done: succeeded, "failed": failed})
    else:
        typer.echo(f"{len(succeeded)} {done}")
        for number, why in failed.items():
            typer.echo(f"yishi: {number}: {why}", err=True)
    raise typer.Exit(1 if failed else 0)


async def _work(
    act: Act, numbers: Sequence[int] | None, narrow: tuple[str | None, str | None], county: Path, data: Path | None
) -> tuple[list[int], dict[int, str]]:
    service, reason = narrow
    succeeded: list[int] = []
    failed: dict[int, str] = {}
    async with _stream(county, data) as (js, code):
        # listed before anything is sent: what fails again would come along for ever
        meant = list(dict.fromkeys(numbers or [])) or [
            letter.number async for letter in dead.letters(js, code, service) if reason in (None, letter.reason)
        ]
        console = Console(stderr=True)
        quiet = len(meant) < MANY or not console.is_terminal
        for number in track(meant, "letters", console=console, transient=True, disable=quiet):
            try:
                await act(js, await dead.letter(js, number))
                succeeded.append(number)
            except YishiError as error:
                failed[number] = error.detail
            except NatsError as error:
                failed[number] = f"NATS says {type(error).__name__}: {error}"
    return succeeded, failed


@asynccontextmanager
async def _stream(county: Path, data: Path | None) -> AsyncIterator[tuple[JetStreamContext, str]]:
    url, told_by = nats_of(county, data)
    await answers(NATS, url, told_by)
    client = await nats.connect(url.split(","), allow_reconnect=False)
    js = client.jetstream(timeout=10)
    try:
        await js.stream_info(dead.STREAM)
        yield js, County.load(county).code
    except NatsError as error:
        raise Misconfigured(
            f"NATS at {mask(url)} did not answer for {dead.STREAM} ({error}); run `yishi bus apply`"
        ) from error
    finally:
        await client.close()


def _opener(county: Path, data: Path | None) -> Opener:
    """Find the key: given, or in the data folder, where none is made for this."""
    if given := os.environ.get(SEAL_PRIVATE):
        try:
            return Opener(base64.b64decode(given, validate=True))
        except (binascii.Error, ValueError):
            raise Misconfigured(f"{SEAL_PRIVATE} must be a private key of 32 bytes in base64") from None
    folder = data or home(County.load(county).code)
    if not (folder / "keys").is_dir():
        raise Misconfigured(f"there is no key in {folder} to open letters with; set {SEAL_PRIVATE}, or take --data")
    return Opener(Keys.at(folder).seal)


def _line(letter: Letter) -> str:
    when = letter.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    fault = f": {letter.faults[0]}" if letter.faults else ""
    what = f"{letter.number:>6}  {when}  {letter.service:<9} {letter.attempts:>3} x  {letter.subject}"
    return f"{what}  {letter.reason}{fault}"
