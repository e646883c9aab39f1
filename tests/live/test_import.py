"""The real letterbox of a city, imported into real servers by the command; skipped where it is not at hand."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest
import yaml
from outsiders import department, until

from yishi.demo import COUNTY
from yishi.up import CountyUp, running

DATA = Path(__file__).parents[3] / "shared" / "data"
MESSAGES, CATEGORIES = DATA / "citizen-messages.csv", DATA / "categories.csv"

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("county"),
    pytest.mark.skipif(not MESSAGES.exists(), reason="the messages are not at hand"),
]

COMMAND = Path(sys.executable).with_name("yishi")
LINES, WITHIN_S = 1200, 30


def letterbox(folder: Path) -> Path:
    """Write the messages as Excel in China does."""
    file = folder / "messages.csv"
    file.write_bytes(MESSAGES.read_bytes().decode("utf-8-sig").encode("gb18030"))
    return file


def county_with_the_taxonomy(folder: Path) -> Path:
    document = yaml.safe_load(COUNTY.read_text(encoding="utf-8"))
    document["scope"]["categories"] = {"file": CATEGORIES.name}
    (folder / CATEGORIES.name).write_bytes(CATEGORIES.read_bytes())
    file = folder / "county.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return file


def test_all_messages_are_taken_in_30_seconds_and_each_is_answered_on_the_bus(tmp_path: Path) -> None:
    county = county_with_the_taxonomy(tmp_path)
    data = tmp_path / "data"

    async def imported() -> dict[str, int]:
        where = ["--county", str(county), "--data", str(data), "--division", "620102000000"]
        what = ["--system", "hotline12345", "--category", "城乡建设/其他", "--json", str(letterbox(tmp_path))]
        command = await asyncio.create_subprocess_exec(COMMAND, "import", *where, *what, stdout=asyncio.subprocess.PIPE)
        said, _ = await command.communicate()
        found: dict[str, int] = json.loads(said)
        return found

    async def told(here: CountyUp) -> None:
        system = await department(here.nats_url, here.county.code)
        began = time.monotonic()
        first = await imported()
        assert time.monotonic() - began < WITHIN_S
        assert (first["lines"], first["new"] + first["refused"]) == (LINES, LINES)
        await until(lambda: len(system.heard) == first["new"])
        again = await imported()
        assert (again["new"], again["known"]) == (0, first["new"])
        await asyncio.sleep(0.3)
        assert len(system.heard) == first["new"]
        await system.bus.close()

    async def up() -> None:
        async with running(county, data, ports="auto") as here:
            await told(here)

    asyncio.run(up())
