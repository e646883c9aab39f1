"""The units for one server: as systemd reads them, and their own command lines started, used and stopped."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins import STAND_IN

from yishi.folder import alive
from yishi.up import SERVICES

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
PROGRAM = str(Path(sys.executable).with_name("yishi"))


def command(unit: str, folder: Path) -> list[str]:
    """Take a unit's command line, for a county whose places are in a folder."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS / unit, encoding="utf-8")
    line = parser["Service"]["ExecStart"].replace("%i", "620102")
    assert line.startswith("/opt/yishi/.venv/bin/yishi ")
    line = line.replace("/opt/yishi/.venv/bin/yishi", PROGRAM)
    return shlex.split(re.sub(r"(?<= )/(?=etc|var)", f"{folder}/", line))


def test_systemd_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd-analyze is not here: the units are started, but not read by systemd")
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/yishi/.venv/bin/yishi", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
        (tmp_path / unit.name.replace("@.", "@620102.")).write_text(text, encoding="utf-8")
    names = [str(tmp_path / unit.name.replace("@.", "@620102.")) for unit in UNITS.iterdir()]

    def verify() -> str:
        # unknown keys are only told, with exit code 0
        done = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False)  # noqa: S603
        return "\n".join(line for line in done.stderr.splitlines() if "yishi" in line)

    assert verify() == ""
    file = tmp_path / "yishi@620102.service"
    file.write_text(file.read_text(encoding="utf-8").replace("KillMode=mixed", "KilMode=mixed"), encoding="utf-8")
    assert "KilMode" in verify()


@pytest.mark.live
def test_the_units_command_lines_start_copy_and_stop_a_county(tmp_path: Path, county: Path) -> None:
    for service in SERVICES:
        (tmp_path / "services" / service).mkdir(parents=True)
        (tmp_path / "services" / service / "__init__.py").touch()
        (tmp_path / "services" / service / "__main__.py").write_text(STAND_IN)
    (tmp_path / "etc/yishi/620102").mkdir(parents=True)
    (tmp_path / "var/lib/yishi").mkdir(parents=True)
    shutil.copy(county, tmp_path / "etc/yishi/620102/county.yaml")
    path = os.pathsep.join(filter(None, [str(tmp_path / "services"), os.environ.get("PYTHONPATH", "")]))
    given = {**os.environ, "PYTHONPATH": path}
    # a server of one's own has the four ports; this machine may not
    up = [*command("yishi@.service", tmp_path), "--ports", "auto"]
    with subprocess.Popen(up, env=given, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:  # noqa: S603
        assert process.stdout
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        state = json.loads(text)
        copy = subprocess.run(  # noqa: S603  the unit's own line
            command("yishi-backup@.service", tmp_path), env=given, capture_output=True, text=True, check=False
        )
        assert copy.returncode == 0, copy.stderr
        process.terminate()
        assert process.wait(60) == 0
    pids = [*state["servers"].values(), *(service["pid"] for service in state["services"].values())]
    limit = time.monotonic() + 5
    while any(map(alive, pids)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(map(alive, pids))
    latest = tmp_path / "var/backups/yishi/620102/latest"
    assert set(json.loads((latest / "manifest.json").read_text())["streams"]) == {"DEPT_IN", "EVENTS", "TIMERS", "DEAD"}
