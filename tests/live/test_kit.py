"""The check of connectors, on real servers: a good one passes, and each that is broken fails where it is."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from loopback import Ear, Ground
from loopback import play as on_ground
from outsiders import GOOD

from common.county import County
from common.errors import Misconfigured
from common.events import DeptIssue
from yishi.folder import Folder
from yishi.kit.play import play
from yishi.kit.rules import RULES, Verdict, judge
from yishi.options import COUNTY
from yishi.servers import nats_alone

pytestmark = pytest.mark.live

TIMES = (0.8, 4.5)
BROKEN = {
    "rename": {"message-id", "repeats"},
    "insist": {"versions", "refused", "answered", "pace"},
    "break_down": {"goes-on", "reads", "privacy"},
}


def issues(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(1, 6):
        data = GOOD | {"external_id": f"WG-{number}", "title": f"第{number}件 供暖不热"}
        (folder / f"{number}.json").write_text(json.dumps(data), encoding="utf-8")
    later = GOOD | {"external_id": "WG-1", "version": 2, "action": "supplement", "title": "第1件 还是不热"}
    (folder / "6.json").write_text(json.dumps(later), encoding="utf-8")


async def held(kind: str, path: Path) -> dict[str, Verdict]:
    """Have one connector held to the rules, on a server of its own."""
    issues(path / kind / "issues")
    async with nats_alone(Folder.open(path / kind / "data")) as (url, monitor):
        options = {"--county": "620102", "--system": "grid", "--again": "0.3"}
        options |= {"--folder": str(path / kind / "issues"), "--answers": str(path / kind / "answers.jsonl")}
        script = str(Path(__file__).with_name("broken.py"))
        command = [script, kind, *(word for pair in options.items() for word in pair)]
        ready = asyncio.Event()
        county = County.load(COUNTY)
        checking = asyncio.create_task(play(url, county, "grid", monitor, TIMES, lambda _: ready.set()))
        await ready.wait()
        connector = await asyncio.create_subprocess_exec(sys.executable, *command, env=os.environ | {"NATS_URL": url})
        try:
            verdicts = judge(await checking)
        finally:
            if connector.returncode is None:
                connector.kill()
            await connector.wait()
    return dict(zip(RULES, verdicts, strict=True))


def test_a_good_connector_passes_and_each_broken_one_fails_where_it_is_broken(tmp_path: Path) -> None:
    async def all_of_them() -> list[dict[str, Verdict]]:
        return await asyncio.gather(*(held(kind, tmp_path) for kind in ("good", *BROKEN)))

    good, *broken = asyncio.run(all_of_them())
    assert {name: verdict.why for name, verdict in good.items() if verdict.outcome != "pass"} == {}
    for (kind, failing), found in zip(BROKEN.items(), broken, strict=True):
        assert failing <= {name for name, verdict in found.items() if verdict.outcome == "fail"}, (kind, found)


def test_the_check_keeps_off_a_server_where_a_county_is_at_work(tmp_path: Path) -> None:
    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, Ear().hear))
        with pytest.raises(Misconfigured, match="intake of county 620102 is at work"):
            await play(here.url, County.load(COUNTY), "grid", None, TIMES, lambda _: None)

    on_ground(tmp_path, story)
