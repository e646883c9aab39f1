"""`yishi county`: the files of one county or a hundred, and what a cluster makes of them."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from common.county import County, warnings
from common.errors import Misconfigured
from yishi.county import cluster, found, registry, secrets
from yishi.county.folders import make, upgrade
from yishi.county.registry import PROFILES, Registry
from yishi.options import OPTIONS
from yishi.terminal import print_lines

app = typer.Typer(help="Counties: their files, and their place on a cluster.", **OPTIONS)

K8S = Path(__file__).resolve().parents[3] / "k8s"
Root = Annotated[Path, typer.Option("--root", help="The folder deploy/k8s")]
Code = Annotated[str, typer.Argument(help="The county's code in GB/T 2260, six digits")]


@app.command()
def new(
    code: Code,
    host: Annotated[str, typer.Option(help="Host name [default: <code>.yishi.example, to be replaced]")] = "",
    profile: Annotated[str, typer.Option(help=f"One of {', '.join(PROFILES)}")] = "hosted",
    wave: Annotated[int, typer.Option(min=0, help="In which wave it is upgraded; 0 is the first")] = 3,
    divisions: Annotated[Path | None, typer.Option(help="A table code,name,level,parent of its townships")] = None,
    root: Root = K8S,
) -> None:
    """Make a county's folder, and enter it in the registry; nothing that is there is overwritten."""
    print_lines(make(root, registry.Row(code, "", profile, wave), host or f"{code}.yishi.example", divisions))


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A county.yaml [default: every county in --root]")] = None,
    warn: Annotated[bool, typer.Option("--warnings", help="What works but should be mended, too")] = False,
    root: Root = K8S,
) -> None:
    """Print every fault of a county file with its path, or of all counties and their registry; or nothing."""
    faults = registry.faults(root) if file is None else _faults(file)
    print_lines(faults)
    if warn and not faults:
        print_lines(list(map(str, warnings(County.load(file)))) if file else registry.behind(root))
    raise typer.Exit(1 if faults else 0)


@app.command()
def render(code: Code, root: Root = K8S) -> None:
    """Print what `kubectl apply -k` would apply."""
    typer.echo(cluster.render(Registry.load(root).folder(code)), nl=False)


@app.command()
def diff(code: Code, root: Root = K8S) -> None:
    """Name the Secrets that are missing, then print how the cluster differs; exit code 1 where either is so."""
    folder = Registry.load(root).folder(code)
    cluster.require_secrets(folder, code)
    raise typer.Exit(cluster.diff(folder))


@app.command()
def status(code: Code, root: Root = K8S) -> None:
    """Tell what runs on the cluster, in which version; exit code 1 unless all of it is ready."""
    found_ = cluster.status(Registry.load(root).folder(code), code)
    print_lines([str(line) for line in found_])
    raise typer.Exit(0 if all(line.ready for line in found_) else 1)


@app.command("upgrade")
def upgrade_(
    version: Annotated[str, typer.Argument(help="A folder of deploy/k8s/versions")],
    wave: Annotated[int, typer.Option(min=0, help="The counties of this wave")],
    root: Root = K8S,
) -> None:
    """Let every county of a wave take a version; what is then to be reviewed and applied are their files."""
    print_lines(upgrade(root, version, wave))


@app.command("secrets")
def secrets_(
    code: Code,
    folder: Annotated[Path, typer.Option(help="Where keys and passwords are kept, and made where there are none")],
    root: Root = K8S,
) -> None:
    """Print a county's Secrets for `kubectl apply -f -`: for a trial, or to be put into the province's own store."""
    os.umask(0o077)
    typer.echo(secrets.manifest(root, Registry.load(root).row(code), folder), nl=False)


@app.command("found")
def found_(member: Annotated[str, typer.Argument(help="host:port of the one member, as everybody calls it")]) -> None:
    """Make a MongoDB server its own replica set, once; YISHI_MONGO_URL says who may."""
    url = os.environ.get("YISHI_MONGO_URL")
    if not url:
        raise Misconfigured("YISHI_MONGO_URL is missing: whoever makes a replica set must be let in")
    asyncio.run(found.replica_set(url, member))


def _faults(file: Path) -> list[str]:
    try:
        County.load(file)
    except Misconfigured as error:
        return list(map(str, error.faults)) or [error.detail]
    return []
