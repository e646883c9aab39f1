"""What several commands take, and what they find by it."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from common.county import County
from yishi.folder import Folder, home
from yishi.programs import MONGO, NATS
from yishi.servers import VARIABLES

COUNTY = Path(__file__).resolve().parents[2] / "k8s" / "counties" / "620102" / "county.yaml"
OPTIONS: dict[str, Any] = {"no_args_is_help": True, "pretty_exceptions_enable": False, "add_completion": False}

CountyFile = Annotated[Path, typer.Option("--county", envvar="YISHI_COUNTY", help="The county's own rules")]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder [default: ~/.local/share/yishi/<county>]")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, and say nothing else")]


def folder_of(county_file: Path, data: Path | None) -> Folder:
    """Take the data folder that is named, or the county's own."""
    return Folder.open(data or home(County.load(county_file).code))


def nats_of(county_file: Path, data: Path | None) -> tuple[str, str]:
    """Find NATS, and tell where its URL stands."""
    return _server(NATS, "nats_url", county_file, data)


def mongo_of(county_file: Path, data: Path | None) -> tuple[str, str]:
    """Find MongoDB, and tell where its URL stands."""
    return _server(MONGO, "mongo_url", county_file, data)


def _server(name: str, key: str, county_file: Path, data: Path | None) -> tuple[str, str]:
    if url := os.environ.get(VARIABLES[name]):
        return url, VARIABLES[name]
    folder = folder_of(county_file, data)
    return folder.state()[key], str(folder.path / "state.json")
