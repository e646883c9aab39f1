"""What `yishi doctor` looks at: everything that must be right on this machine before a county can be up."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common.county import County
from common.errors import Misconfigured, YishiError
from yishi import ports
from yishi.folder import FREE_MB, Folder, alive, home
from yishi.programs import MONGO, NATS, locate
from yishi.servers import VARIABLES, mask
from yishi.up import FIRST_PORT, SERVICES

PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `detail` says what was found, or what to do where it is not `ok`."""

    name: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.ok else 'fault'} {self.name}: {self.detail}"


def examine(county_file: Path, data: Path | None) -> list[Finding]:
    """Look at everything, whatever is found on the way."""
    looks = {
        "Python": _python,
        NATS: lambda: _server(NATS),
        MONGO: lambda: _server(MONGO),
        "county file": lambda: _county(county_file),
        "data folder": lambda: _folder(data or home(County.load(county_file).code)),
        "ports": lambda: _ports(data or home(County.load(county_file).code)),
    }
    return [_look(name, look) for name, look in looks.items()]


def _look(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=look())
    except YishiError as error:
        return Finding(name, ok=False, detail=error.detail)


def _python() -> str:
    if sys.version_info < PYTHON:
        raise Misconfigured(f"{platform.python_version()} is too old; install {'.'.join(map(str, PYTHON))} or later")
    return platform.python_version()


def _server(name: str) -> str:
    if url := os.environ.get(VARIABLES[name]):
        return f"{VARIABLES[name]} is {mask(url)}; none is started here"
    program = locate(name)  # it was run to tell its version, so its libraries are there
    return f"{program.version} ({program.path})"


def _county(file: Path) -> str:
    county = County.load(file)
    return f"{county.code} {county.name.zh} ({file})"


def _folder(path: Path) -> str:
    existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if path.exists():
        Folder.open(path).require_space()
    free = shutil.disk_usage(existing).free // 1024**2
    if free < FREE_MB:
        raise Misconfigured(
            f"only {free} MB are free for {path}, {FREE_MB} MB are needed; take another one with --data"
        )
    if not os.access(existing, os.W_OK):
        raise Misconfigured(f"{existing} may not be written to; take another folder with --data")
    return f"{path}, {free} MB free"


def _ports(data: Path) -> str:
    mine = set(_own(data))
    wanted = range(FIRST_PORT, FIRST_PORT + len(SERVICES))
    taken = [port for port in wanted if port not in mine and not ports.is_free(port)]
    if taken:
        who = "; ".join(f"{port} is held by {ports.holder(port)}" for port in taken)
        raise Misconfigured(f"{who}; stop it, or start with `yishi up --ports auto`")
    return f"{wanted[0]} to {wanted[-1]} are {'this county’s own' if mine else 'free'}"


def _own(data: Path) -> Iterator[int]:
    """List the ports of this county's services where it is up."""
    try:
        state = Folder(data).state()
    except Misconfigured:
        return
    if alive(state["pid"]):
        yield from (int(service["url"].rpartition(":")[2]) for service in state["services"].values())
