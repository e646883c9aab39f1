"""Becomes a command that dies with whoever started it: `python launch.py PARENT_PID COMMAND ...`."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Tie this process to its parent, then become the command."""
    if sys.platform == "linux":
        # Here rather than between fork and exec of the parent, where threads make Python code unsafe. SIGKILL, because
        # a parent that could not say goodbye has crashed: everything below it survives a crash, nothing may survive it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606  - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
