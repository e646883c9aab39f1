"""The county as processes: real servers, stand-ins for the services, and what can go wrong around them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stand_ins import STAND_IN

from yishi import ports
from yishi.folder import alive
from yishi.up import SERVICES

pytestmark = pytest.mark.live


# ------------------------------------------------------------------------------------------------ the command


@dataclass
class Command:
    """`yishi` as somebody types it, with stand-ins in the services' place."""

    environment: Mapping[str, str]
    options: list[str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-c", "from yishi.main import app; app()", *arguments, *self.options]
        return subprocess.Popen(  # noqa: S603  - our own command
            line,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=60)
            return process.returncode, out, err

    @contextmanager
    def up(self, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
        """Have `yishi up` running; gives the process and what it says of itself."""
        with self.start("up", "--json", *arguments) as process:
            try:
                yield process, self._state(process)
            finally:
                process.terminate()
                process.wait(60)

    def _state(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        text = ""
        for line in process.stdout or ():
            text += line
            if line == "}\n":
                state: dict[str, Any] = json.loads(text)
                return state
        raise AssertionError(process.stderr.read() if process.stderr else "")


@pytest.fixture
def yishi(tmp_path: Path, county: Path) -> Command:
    for service in SERVICES:
        package = tmp_path / "services" / service
        package.mkdir(parents=True)
        (package / "__main__.py").write_text(STAND_IN)
        (package / "__init__.py").touch()
    path = [str(tmp_path / "services"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    return Command(environment, ["--county", str(county), "--data", str(tmp_path / "data")])


def pids(state: Mapping[str, Any]) -> list[int]:
    return [*state["servers"].values(), *(service["pid"] for service in state["services"].values())]


def gone(state: Mapping[str, Any], within_s: float) -> bool:
    limit = time.monotonic() + within_s
    while any(map(alive, pids(state))) and time.monotonic() < limit:
        time.sleep(0.05)
    return not any(map(alive, pids(state)))


def test_up_serves_the_other_commands_and_ctrl_c_ends_all_of_it(yishi: Command, tmp_path: Path) -> None:
    issue = tmp_path / "issue.json"
    issue.write_text('{"external_id": "42", "title": "路灯不亮"}')
    with yishi.up("--ports", "auto") as (process, state):
        code, out, _ = yishi.run("status", "--json")
        assert code == 0
        assert {service["ready"] for service in json.loads(out)["services"].values()} == {True}
        assert yishi.run("bus", "diff") == (0, "", "")
        publish = ("publish", "--json", "--system", "grid", "--id", "once", str(issue))
        kept, again = (json.loads(yishi.run(*publish)[1]) for _ in range(2))
        assert (kept["stream"], kept["duplicate"], kept["subject"]) == (
            "DEPT_IN",
            False,
            "dept.620102.grid.in.issue.v1",
        )
        assert (again["sequence"], again["duplicate"]) == (kept["sequence"], True)
        code, _, err = yishi.run("up")
        assert code == 1
        assert f"process {process.pid}" in err
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert gone(state, 0)
    assert yishi.run("status")[0] == 1


def test_nothing_outlives_a_killed_parent_and_the_next_one_starts_at_once(yishi: Command) -> None:
    with yishi.up("--ports", "auto") as (process, state):
        process.kill()
        process.wait(5)
        with yishi.up("--ports", "auto") as (_, next_state):
            assert gone(state, 5), "the kernel ends them; a busy machine takes a moment over it"
            assert all(map(alive, pids(next_state)))


def test_when_one_dies_up_says_which_and_stops_all(yishi: Command) -> None:
    with yishi.up("--ports", "auto") as (process, state):
        os.kill(state["services"]["outcomes"]["pid"], signal.SIGKILL)
        assert process.wait(30) == 1
        assert "outcomes ended with exit code -9" in (process.stderr.read() if process.stderr else "")
        assert gone(state, 0)


def test_a_port_in_use_is_told_with_who_holds_it(yishi: Command) -> None:
    first = next(p for p in range(31_000, 32_000, 4) if all(ports.is_free(p + i) for i in range(4)))
    with socket.create_server(("127.0.0.1", first + 2)):
        code, _, err = yishi.run("up", "--ports", str(first))
    assert code == 1
    assert f"{first + 2} of outcomes: process {os.getpid()}" in err
    assert "--ports auto" in err
