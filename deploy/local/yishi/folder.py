"""The data folder: whose it is, of which version, who is using it, and what was remembered in it."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from common.errors import Misconfigured
from yishi import ports

LAYOUT = 1
"""Counts up when what stands where changes in a way that an older or newer Yishi cannot read."""

FREE_MB = 500
_LEFTOVERS_S = 5


def home(county: str) -> Path:
    """Where a county's data lies unless `--data` says otherwise."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "yishi" / county


@dataclass(frozen=True)
class Folder:
    """`nats/`, `mongo/`, `keys/`, `logs/`, and beside them VERSION, lock, ports.json, state.json, sms.jsonl."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Take a folder that is new, empty or ours. Raises Misconfigured for any other."""
        folder = cls(path.expanduser().absolute())
        try:
            folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder._claim()
        except OSError as error:
            problem = f"the data folder {folder.path} cannot be used: {error.strerror}; take another one with --data"
            raise Misconfigured(problem) from error
        return folder

    def _claim(self) -> None:
        if not (self.path / "VERSION").exists():
            if any(self.path.iterdir()):
                raise Misconfigured(f"{self.path} holds something that is not Yishi's; give --data a folder of its own")
            self._write("VERSION", {"layout": LAYOUT})
        layout = self._read("VERSION").get("layout")
        if layout != LAYOUT:
            raise Misconfigured(
                f"{self.path} was written by another version of Yishi (layout {layout}, this one reads {LAYOUT}); "
                "use that version, or take another folder with --data"
            )

    def require_space(self) -> None:
        """Raise Misconfigured where the disk is nearly full: both servers stop in the middle of work when it is."""
        free = shutil.disk_usage(self.path).free // 1024**2
        if free < FREE_MB:
            raise Misconfigured(
                f"only {free} MB are free where {self.path} lies, {FREE_MB} MB are needed; free some space, or take a "
                "folder on another disk with --data"
            )

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Keep every other `yishi up` out; gives the open lock file, for servers to hold as long as they live."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(descriptor)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            yield descriptor
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        limit = time.monotonic() + _LEFTOVERS_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = os.pread(descriptor, 20, 0).decode()
                # where the holder is gone, its servers are just ending
                if time.monotonic() > limit or (pid and alive(int(pid))):
                    raise Misconfigured(
                        f"{self.path} is in use by another `yishi up` (process {pid}); stop that one (kill {pid}), or "
                        "take another folder with --data"
                    ) from None
                time.sleep(0.05)
            else:
                return

    def require_versions(self, versions: Mapping[str, str]) -> None:
        """Note which servers write here. Raises Misconfigured where a newer one has written before."""
        known = self._read("VERSION")
        for server, version in versions.items():
            before = known.get(server, "0")
            if _series(before) > _series(version):
                raise Misconfigured(
                    f"{self.path} was written by {server} {before}, and this is {server} {version}, which cannot read "
                    f"it; put {server} {before} or later on PATH, or take another folder with --data"
                )
        self._write("VERSION", {**known, **versions})

    def port(self, name: str) -> int:
        """Tell the remembered port of a server, or another one where there is none or somebody else has taken it."""
        remembered = self._read("ports.json")
        port = remembered.get(name)
        if isinstance(port, int) and ports.is_free(port):
            return port
        chosen = next(p for p in ports.choose(len(remembered) + 1) if p not in remembered.values())
        self._write("ports.json", {**remembered, name: chosen})
        return chosen

    def state(self) -> dict[str, Any]:
        """Read what `yishi up` left for `yishi status`. Raises Misconfigured where nothing runs here."""
        state = self._read("state.json")
        if not state:
            raise Misconfigured(f"nothing runs with the data folder {self.path}; start it with `yishi up`")
        return state

    def remember(self, state: Mapping[str, object]) -> None:
        """Leave word for `yishi status`."""
        self._write("state.json", state)

    def forget(self) -> None:
        """Take that word back."""
        (self.path / "state.json").unlink(missing_ok=True)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            document = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{self.path / name} cannot be read: {error}") from error
        return document if isinstance(document, dict) else {}

    def _write(self, name: str, document: Mapping[str, object]) -> None:
        """Write a file whole or not at all; no one else may read it (a database URL can hold a password)."""
        draft = self.path / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
        draft.replace(self.path / name)


def alive(pid: int) -> bool:
    """Whether a process of this id runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _series(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
