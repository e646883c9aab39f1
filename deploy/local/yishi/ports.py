"""Loopback ports: which are free, and who holds one that is not."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
# below the range from which kernels take the ports of outgoing connections: a remembered port stays free
_FIRST, _LAST = 20_000, 32_000
_LISTENING = "0A"


def is_free(port: int) -> bool:
    """Whether one may listen on it."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose(count: int) -> list[int]:
    """Pick free ports, all different."""
    chosen: list[int] = []
    while len(chosen) < count:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port not in chosen and is_free(port):
            chosen.append(port)
    return chosen


def holder(port: int) -> str:
    """Name the process that listens on a port, as far as this user may see it."""
    inodes = {f"socket:[{inode}]" for inode in _listening(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(file.readlink()) in inodes for file in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:120]})"
    return "another process"


def _listening(port: int) -> list[str]:
    inodes = []
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.append(fields[9])
    return inodes
