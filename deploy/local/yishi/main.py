"""The `yishi` command: a county on this machine, and the operator's tools."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from common import asyncapi
from common import bus as on_bus
from common.auth import Role
from common.county import County
from common.events import type_registry
from yishi import county as counties
from yishi import dead, lists, meeting
from yishi import doctor as surgery
from yishi import publish as speaking
from yishi import status as looking
from yishi.backup import commands as copies
from yishi.keys import Keys
from yishi.kit import command as kit
from yishi.options import COUNTY, OPTIONS, AsJson, CountyFile, Data, folder_of, nats_of
from yishi.programs import NATS
from yishi.servers import answers, mask
from yishi.terminal import Plain, finish, print_json, print_lines, progress
from yishi.up import FIRST_PORT, Ports, running

Bus = Callable[[str, str, int], Awaitable[list[str]]]

app = typer.Typer(cls=Plain, help="Yishi 议事: grassroots consultation for a county.", **OPTIONS)
bus = typer.Typer(help="What NATS must have: streams and consumers.", **OPTIONS)
contract = typer.Typer(help="What other systems rely on.", **OPTIONS)
app.add_typer(bus, name="bus")
app.add_typer(contract, name="contract")
app.add_typer(counties.app, name="county")
app.add_typer(dead.app, name="dead")
app.command("import")(lists.import_list)
app.command()(copies.backup)
app.command()(copies.restore)
app.add_typer(meeting.app, name="meeting")
contract.command("check")(kit.check)


def _ports(text: str) -> Ports:
    if text == "auto":
        return "auto"
    if text.isdecimal() and 0 < int(text) < 65_532:  # noqa: PLR2004  - four ports must fit
        return int(text)
    raise typer.BadParameter("must be `auto`, or the first of four port numbers")


FourPorts = Annotated[str, typer.Option("--ports", help="The first of four port numbers, or `auto` for free ones")]
Replicas = Annotated[
    int, typer.Option(min=1, max=5, envvar="YISHI_NATS_REPLICAS", help="Copies of each stream in the cluster")
]


@app.command()
def up(
    county: CountyFile = COUNTY, data: Data = None, ports: FourPorts = str(FIRST_PORT), as_json: AsJson = False
) -> None:
    """Have a county on this machine until Ctrl-C: NATS, MongoDB and the four services."""
    finish(_hold(county, data, _ports(ports), as_json=as_json))


@app.command()
def demo(
    county: Annotated[Path | None, typer.Option(help="A county.yaml with the cases' places in it")] = None,
    data: Data = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the county running until Ctrl-C")] = False,
) -> None:
    """Have a county up, play the cases, print each timeline and the key figures, stop."""
    play = importlib.import_module("yishi.demo")  # only here: no other command waits for what it needs
    finish(play.demo(county or play.COUNTY, data, keep), interrupted=1)


@app.command()
def status(county: CountyFile = COUNTY, data: Data = None, as_json: AsJson = False) -> None:
    """Tell what runs; exit code 1 unless every service is ready."""
    found = looking.look(folder_of(county, data))
    if as_json:
        print_json(found.document)
    else:
        typer.echo(f"nats   {mask(found.document['nats_url'])}\nmongo  {mask(found.document['mongo_url'])}")
        for name, service in found.document["services"].items():
            ready = "ready" if service["ready"] else f"not ready: {service['why']}"
            typer.echo(f"{name:<9} {service['url']}  pid {service['pid'] or '-'}  {ready}")
    raise typer.Exit(0 if found.ready else 1)


@app.command()
def doctor(county: CountyFile = COUNTY, data: Data = None, as_json: AsJson = False) -> None:
    """Look whether this machine can have a county up, and say what to do where it cannot."""
    findings = surgery.examine(county, data)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        typer.echo("\n".join(map(str, findings)))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command()
def token(
    role: Annotated[list[Role], typer.Option(help="A role; may be given several times")],
    subject: Annotated[str, typer.Option(help="Whose token it is")] = "operator",
    division: Annotated[list[str] | None, typer.Option(help="A 12-digit division; may be given several times")] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="How long it is good for")] = 12,
    department: Annotated[str | None, typer.Option(help="The department it acts for, and for no other")] = None,
    county: CountyFile = COUNTY,
    data: Data = None,
) -> None:
    """Print a bearer token for the services on this machine."""
    code = County.load(county).code
    keys = Keys.at(folder_of(county, data).path)
    typer.echo(keys.token([r.value for r in role], subject, code, division or [], hours, department))


@app.command()
def cases(county: CountyFile = COUNTY, data: Data = None) -> None:
    """Put the cases of the article into the county's case library (案例库), as its first ones."""
    library = importlib.import_module("yishi.library")
    folder = folder_of(county, data)
    token = Keys.at(folder.path).token([Role.OFFICE.value], "operator", County.load(county).code)
    url = looking.look(folder).document["services"]["outcomes"]["url"]
    typer.echo(f"{asyncio.run(library.load(url, token))} cases are in the library of {url}")


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="A JSON file with the data of dept.in.issue.v1")],
    system: Annotated[str, typer.Option(help="The department system that speaks")],
    event_id: Annotated[str | None, typer.Option("--id", help="The event's id [default: a new one]")] = None,
    county: CountyFile = COUNTY,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Raise, supplement or withdraw an issue as a department system does."""
    rules = County.load(county)
    event = speaking.issue(rules, system, file, event_id)
    url, told_by = nats_of(county, data)
    kept = asyncio.run(speaking.send(url, told_by, rules.code, system, event))
    if as_json:
        print_json(asdict(kept))
    else:
        known = ", which had it already" if kept.duplicate else ""
        typer.echo(f"{kept.subject} {kept.id}: stream {kept.stream}, sequence {kept.sequence}{known}")


@bus.command()
def apply(county: CountyFile = COUNTY, data: Data = None, replicas: Replicas = 1) -> None:
    """Make NATS have what the services need; prints what was done."""
    print_lines(asyncio.run(_bus(on_bus.apply, county, data, replicas)))


@bus.command()
def diff(county: CountyFile = COUNTY, data: Data = None, replicas: Replicas = 1) -> None:
    """Print how NATS differs from what the services need; exit code 1 where it does."""
    lines = asyncio.run(_bus(on_bus.diff, county, data, replicas))
    print_lines(lines)
    raise typer.Exit(1 if lines else 0)


@contract.command()
def export(folder: Annotated[Path, typer.Argument(help="Folder to write to")] = Path("contract")) -> None:
    """Write the AsyncAPI document of the bus, and the JSON Schema of every fact."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for type_, event in sorted(type_registry.items()):
        _write(folder / "schemas" / f"{type_}.json", event.model_json_schema())
    _write(folder / "asyncapi.json", asyncapi.document())
    typer.echo(f"asyncapi.json and {len(type_registry)} schemas are in {folder}")


# ---------------------------------------------------------------------------------------------- behind the commands


async def _hold(county_file: Path, data: Path | None, ports: Ports, *, as_json: bool) -> int:
    """Keep a county up until it is cancelled (0) or something of it dies (1)."""
    async with AsyncExitStack() as stack:
        with progress("starting", quiet=as_json) as tell:
            here = await stack.enter_async_context(running(county_file, data, ports=ports, tell=tell))
        if as_json:
            print_json(here.state())
        else:
            services = "\n".join(f"  {name:<9} {url}/docs" for name, url in here.urls.items())
            typer.echo(f"{here.county.name.zh} is up; Ctrl-C stops it\n{services}\n  data      {here.folder.path}")
        died = await here.first_death()
        typer.echo(f"yishi: {died.obituary()}\nyishi: everything else is stopped now", err=True)
        return 1


async def _bus(work: Bus, county_file: Path, data: Path | None, replicas: int) -> list[str]:
    url, told_by = nats_of(county_file, data)
    await answers(NATS, url, told_by)
    return await work(url, County.load(county_file).code, replicas)


def _write(file: Path, document: object) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
