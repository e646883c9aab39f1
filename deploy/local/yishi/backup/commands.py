"""`yishi backup` and `yishi restore`."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from common.county import County
from yishi import backup as stores
from yishi.options import COUNTY, CountyFile, Data, mongo_of, nats_of
from yishi.programs import MONGO, NATS
from yishi.servers import answers

Tell = Callable[[str], None]


def backup(
    into: Annotated[Path, typer.Argument(help="A folder on another disk, better in another house")],
    keep: Annotated[int, typer.Option(min=1, help="How many copies stay")] = 72,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where there is less than in the copy before")
    ] = False,
    county: CountyFile = COUNTY,
    data: Data = None,
) -> None:
    """Copy MongoDB and the bus into a folder, while everything runs; tells where there is less than before."""
    less = asyncio.run(stores.backup(_stores(county, data), into, keep, typer.echo))
    for line in less:
        typer.echo(f"less than before: {line}", err=True)
    raise typer.Exit(1 if less and strict else 0)


def restore(
    folder: Annotated[Path, typer.Argument(help="A copy that `yishi backup` made")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether the copy is whole")] = False,
    county: CountyFile = COUNTY,
    data: Data = None,
) -> None:
    """Bring MongoDB and the bus back into empty servers; start the services afterwards."""
    if check:
        manifest = stores.verify(folder)
        typer.echo(f"{folder} is whole: county {manifest['county']}, {manifest['at']}")
    else:
        asyncio.run(stores.restore(_stores(county, data), folder, typer.echo))


def _stores(county: Path, data: Path | None) -> stores.Stores:
    code = County.load(county).code
    urls = {}
    for name, find in ((NATS, nats_of), (MONGO, mongo_of)):
        urls[name], told_by = find(county, data)
        asyncio.run(answers(name, urls[name], told_by))
    replicas = int(os.environ.get("YISHI_NATS_REPLICAS") or 1)
    return stores.Stores(code, urls[NATS], replicas, urls[MONGO], os.environ.get("YISHI_MONGO_DATABASE") or "yishi")
