"""Imports a list as a clerk does: looks at it first, takes the good lines in, keeps the others beside it."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2 as httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from common.auth import Role
from common.county import County
from common.errors import Misconfigured, YishiError
from yishi.keys import Keys
from yishi.options import COUNTY, AsJson, CountyFile, Data, folder_of
from yishi.terminal import print_json

URL, TOKEN = "YISHI_INTAKE_URL", "YISHI_TOKEN"
"""A county elsewhere: intake's address, and the bearer token of a clerk or a department."""

SHOWN = 10
PATIENCE_S = 120

Report = dict[str, Any]


def import_list(
    file: Annotated[Path, typer.Argument(help="An Excel (.xlsx) or CSV file; headings in the first lines")],
    system: Annotated[str | None, typer.Option(help="The department system it comes from [default: residents]")] = None,
    division: Annotated[str, typer.Option(help="12-digit code for lines that name none")] = "",
    category: Annotated[str, typer.Option(help="Category for lines that name none")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Say what would become of it, and keep nothing")] = False,
    county: CountyFile = COUNTY,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Import a list of issues (导入); lines at fault are left in FILE.faults with the reason in a column.

    Ends with 0 where every line was taken or known already, with 1 where some were not.
    """
    base, token = _intake(county, data)
    params: dict[str, str | bool] = {"division": division, "category": category, "preview": preview}
    if system:
        params["system"] = system
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http:
        report = _send(http, _read(file), params, quiet=as_json)
    faults = _keep(file, report)
    if as_json:
        print_json({key: value for key, value in report.items() if key != "file"} | {"faults_file": faults})
    else:
        _tell(report, faults)
    raise typer.Exit(1 if report["refused"] else 0)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}") from error


def _intake(county_file: Path, data: Path | None) -> tuple[str, str]:
    """Find intake and a token: those in the environment, or the county's on this machine, as a clerk of it."""
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and token:
        return url, token
    if url or token:
        raise Misconfigured(f"{URL} and {TOKEN} belong together: set both, or neither for the county on this machine")
    folder = folder_of(county_file, data)
    services = folder.state()["services"]
    return services["intake"]["url"], Keys.at(folder.path).token([Role.CLERK], "import", County.load(county_file).code)


def _send(http: httpx.Client, content: bytes, params: Mapping[str, str | bool], *, quiet: bool) -> Report:
    """Send the list, showing how far it is. Raises YishiError with what intake has against it."""
    headers = {"Accept": "application/x-ndjson", "Content-Type": "application/octet-stream"}
    last: Report = {}
    try:
        with (
            _bar(quiet=quiet) as bar,
            http.stream(
                "POST", "/imports", content=content, params=params, headers=headers, timeout=PATIENCE_S
            ) as answer,
        ):
            task = bar.add_task("looking" if params["preview"] else "importing", total=None)
            for line in answer.iter_lines():
                last = json.loads(line)
                bar.update(task, total=last.get("lines"), completed=last.get("done"))
    except httpx.HTTPError as error:
        raise Misconfigured(f"intake does not answer at {http.base_url} ({type(error).__name__})") from error
    if "faults" not in last or "detail" in last:
        raise YishiError(str(last.get("detail", "intake broke off: import it again, what was taken counts once")))
    return last


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as bar:
        yield bar


def _keep(file: Path, report: Report) -> str | None:
    """Leave the lines at fault beside the list they come from, readable to its owner alone."""
    if report["preview"] or not report["file"]:
        return None
    target = file.with_name(f"{file.stem}.faults.{report['file']['extension']}")
    target.touch(mode=0o600)
    target.write_bytes(base64.b64decode(report["file"]["base64"]))
    return str(target)


def _tell(report: Report, faults: str | None = None) -> None:
    read_as = ", ".join(f"{heading} → {name}" for name, heading in report["columns"].items())
    would = "would be " if report["preview"] else ""
    typer.echo(f"read       {read_as}")
    if report["ignored"]:
        typer.echo(f"not read   {', '.join(report['ignored'])}")
    typer.echo(
        f"{report['lines']} lines: {report['new']} {would}new, {report['known']} known, {report['refused']} refused"
    )
    for fault in report["faults"][:SHOWN]:
        typer.echo(f"  line {fault['line']}: {fault['column']}: {fault['problem']}")
    if len(report["faults"]) > SHOWN:
        typer.echo(f"  and {len(report['faults']) - SHOWN} more faults")
    if faults:
        typer.echo(f"the lines at fault are in {faults}; mend them there and import that file")
