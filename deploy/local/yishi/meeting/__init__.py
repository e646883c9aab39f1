"""`yishi meeting`: records a meeting on a laptop where there is no network, and brings it to the county later."""

import base64
import os
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import httpx2 as httpx
import typer

from common.county import County
from common.errors import Misconfigured
from yishi.keys import Keys
from yishi.meeting import form as forms
from yishi.meeting.notebook import Key, Notebook
from yishi.options import COUNTY, OPTIONS, AsJson, CountyFile, Data, folder_of
from yishi.terminal import print_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
URL, TOKEN = "YISHI_MEETINGS_URL", "YISHI_TOKEN"

app = typer.Typer(help="Record a meeting without a network, and bring it in later.", **OPTIONS)

File = Annotated[Path, typer.Argument(help="The meeting's notebook, such as summer-pasture.notes")]
Party = Annotated[str, typer.Option(help="The party (一方) it is of")]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="When it happened, in Asia/Shanghai [default: now]"
    ),
]
Text = Annotated[str, typer.Argument(help="In words")]
Stance = Literal["support", "live_with", "object", "abstain"]
Result = Literal["CONSENSUS", "PARTIAL", "CONTINUE", "NO_CONSENSUS"]


@app.command()
def device(county: CountyFile = COUNTY, data: Data = None, as_json: AsJson = False) -> None:
    """Print this laptop's name and public key, which the office registers (POST /devices) once."""
    key = _key(county, data)
    public = base64.b64encode(key.public).decode()
    if as_json:
        print_json({"device": key.id, "public_key": public})
    else:
        typer.echo(f"{key.id}\n{public}")


@app.command()
def start(
    file: File,
    meeting: Annotated[str, typer.Option(help="The meeting's id, as it was called")],
    together_with: Annotated[
        list[str] | None, typer.Option("--with", help="Another device that records it; may be given several times")
    ] = None,
    at: At = None,
    county: CountyFile = COUNTY,
) -> None:
    """Begin a notebook, and the meeting."""
    notebook = Notebook(file)
    notebook.begin(County.load(county).code, meeting, together_with or [])
    _say(notebook.note("open", _here(at)))


@app.command()
def arrive(
    file: File,
    party: Party,
    heads: Annotated[int, typer.Option(min=1, help="How many came")] = 1,
    at: At = None,
) -> None:
    """Note who came (到会)."""
    _say(Notebook(file).note("arrive", _here(at), party=party, heads=heads))


@app.command()
def statement(file: File, text: Text, party: Party, at: At = None) -> None:
    """Note what a party says (发言)."""
    _say(Notebook(file).note("say", _here(at), party=party, text=text))


@app.command()
def position(
    file: File,
    stance: Annotated[Stance, typer.Argument(help="Where the party stands (态度)")],
    party: Party,
    reason: Annotated[str | None, typer.Option(help="Why; an objection needs it")] = None,
    remedy: Annotated[str | None, typer.Option(help="What would remove the objection")] = None,
    at: At = None,
) -> None:
    """Note where a party stands (态度)."""
    if stance == "object" and not reason:
        raise typer.BadParameter("an objection needs a --reason, so that it can be answered")
    _say(Notebook(file).note("stand", _here(at), party=party, stance=stance, reason=reason, remedy=remedy))


@app.command()
def end(
    file: File,
    result: Annotated[Result, typer.Argument(help="What it came to")],
    summary: Annotated[str, typer.Option(help="How it went, in short")],
    conclusion: Annotated[str, typer.Option(help="What was agreed on, or why there is no agreement")] = "",
    at: At = None,
) -> None:
    """Note how it ended (结束); the notebook is done then."""
    _say(Notebook(file).note("end", _here(at), result=result, text=summary, conclusion=conclusion))


@app.command()
def form(
    file: File,
    filled: Annotated[Path, typer.Argument(help="A form in YAML or CSV (时间,事项,一方,人数,内容,态度,理由,...)")],
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the meeting [today]")] = None,
) -> None:
    """Take over a filled-in form, with its times."""
    notebook = Notebook(file)
    rows = forms.read(filled, day.date() if day else date.today())  # noqa: DTZ011  the laptop's own day
    for at, kind, row in rows:
        notebook.note(kind, at, **row)
    typer.echo(f"{len(rows)} lines are in {file}")


@app.command()
def show(file: File, as_json: AsJson = False) -> None:
    """Print what is noted."""
    notebook = Notebook(file)
    if as_json:
        print_json({**notebook.head(), "entries": notebook.entries()})
        return
    for entry in notebook.entries():
        _say(entry)


@app.command()
def sync(
    file: File,
    done: Annotated[bool, typer.Option("--done", help="Everything is noted, though no end is")] = False,
    url: Annotated[str | None, typer.Option(envvar=URL, help="Where meetings is [default: on this machine]")] = None,
    token: Annotated[str | None, typer.Option(envvar=TOKEN, help="A bearer token [default: this machine's]")] = None,
    county: CountyFile = COUNTY,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring the notebook to the county, signed; doing it twice does nothing more."""
    notebook, key = Notebook(file), _key(county, data)
    url, token = url or _local_url(county, data), token or _local_token(county, data)
    found: dict[str, object] = {}
    with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
        for bundle in notebook.bundles(key, closed=done or notebook.closed):
            try:
                answer = client.post(f"{url}/bundles", json=bundle)
            except httpx.TransportError as error:
                raise Misconfigured(f"{url} does not answer ({error}); the notebook is kept, sync later") from error
            if answer.status_code != httpx.codes.OK:
                _refused(answer)
            found = answer.json()
    if as_json:
        print_json(found)
    else:
        waits = f"; {found['waits_for']}" if found["waits_for"] else ""
        typer.echo(f"{found['meeting_id']}: {found['entries']} entries, {found['state']}{waits}")


# ---------------------------------------------------------------------------------------------- behind the commands


def _key(county: Path, data: Path | None) -> Key:
    return Key.at(folder_of(county, data).path / "device.key")


def _local_url(county: Path, data: Path | None) -> str:
    services = folder_of(county, data).state()["services"]
    return str(services["meetings"]["url"])


def _local_token(county: Path, data: Path | None) -> str:
    folder = folder_of(county, data)
    return Keys.at(folder.path).token(["recorder"], os.environ.get("USER", "operator"), County.load(county).code)


def _refused(answer: httpx.Response) -> None:
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    lines = [f"  {fault['path']}: {fault['problem']}" for fault in problem.get("faults", [])]
    detail = problem.get("detail", answer.text[:300])
    raise Misconfigured("\n".join([f"refused ({answer.status_code}): {detail}", *lines]))


def _here(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=SHANGHAI) if at else None


def _say(entry: dict[str, object]) -> None:
    at = datetime.fromisoformat(str(entry["at"])).astimezone(SHANGHAI)
    rest = " ".join(str(value) for name, value in entry.items() if name not in ("number", "at", "kind"))
    typer.echo(f"{entry['number']:>4} {at:%m-%d %H:%M} {entry['kind']:<6} {rest}")
