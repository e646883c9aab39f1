"""A restore drill: a county's two servers are lost with everything on them, and come back from a copy."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import nats
import pytest
from loopback import until
from outsiders import GOOD, department, headers
from pymongo import AsyncMongoClient
from stand_ins import silent

from common.bus.streams import table
from common.county import County
from common.errors import Misconfigured
from yishi.backup import Stores, backup, restore, verify
from yishi.demo import COUNTY
from yishi.demo.cases import read_cases
from yishi.demo.outside import outside
from yishi.demo.play import Player
from yishi.folder import Folder
from yishi.keys import Keys
from yishi.servers import Servers, serving
from yishi.up import CountyUp, running

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("county")]

COUNTY_CODE = County.load(COUNTY).code
Everything = dict[str, dict[str, Any]]


async def everything(url: str) -> Everything:
    """Read all that is remembered, by collection and id."""
    async with AsyncMongoClient[dict[str, Any]](url) as mongo:
        names = await mongo.yishi.list_collection_names()
        return {name: {str(d["_id"]): d async for d in mongo.yishi[name].find()} for name in names}


async def settled(here: CountyUp) -> None:
    """Wait until every consumer has heard everything and finished with it."""
    client = await nats.connect(here.nats_url)
    js = client.jetstream()

    async def idle() -> bool:
        infos = [await js.consumer_info(c.stream, c.name) for c in table(here.county.code)]
        return not any((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)

    await until(idle, 30)
    await client.close()


def stores(here: CountyUp | Servers) -> Stores:
    return Stores(COUNTY_CODE, here.nats_url, 1, here.mongo_url, "yishi")


async def live_and_copy(data: Path, into: Path) -> tuple[Everything, int]:
    """Have a county work, copy it while it runs, and say how many messages went out; then it is gone."""
    (case,) = [case for case in read_cases() if case.id == "1-irrigation"]
    async with running(COUNTY, data, ports="auto") as here:
        async with outside(here) as world:
            await Player(case, world).play()
        system = await department(here.nats_url, here.county.code)
        await system.publish(GOOD, headers("before"))
        await until(lambda: bool(system.answers("before")))
        await system.bus.close()
        await settled(here)
        assert await backup(stores(here), into, 2, silent) == []
        sent = (data / "sms.jsonl").read_text().splitlines()
        assert len({json.loads(line)["reference"] for line in sent}) == len(sent) > 0
        return await everything(here.mongo_url), len(sent)


async def prepare_again(servers: Servers, folder: Folder) -> None:
    """Do as the Job `prepare` does before a rollout: the service makes its indexes, and ends."""
    async with AsyncMongoClient[dict[str, Any]](servers.mongo_url) as mongo:
        kept = await mongo.yishi.issues.index_information()
        await mongo.yishi.issues.drop_indexes()
        given = Keys.at(folder.path).environment("intake", servers.nats_url, servers.mongo_url, COUNTY.absolute(), 8000)
        job = await asyncio.create_subprocess_exec(sys.executable, "-m", "intake", "--prepare", env=given)
        assert await asyncio.wait_for(job.wait(), 30) == 0
        assert await mongo.yishi.issues.index_information() == kept
        assert len(kept) > 1


async def lose_and_restore(data: Path, copy: Path, keys: Path) -> None:
    """Begin with nothing but the keys and a copy."""
    folder = Folder.open(data)
    shutil.copytree(keys, data / "keys")
    with folder.locked() as lock:
        async with serving(folder, lock, silent) as servers:
            await restore(stores(servers), copy, silent)
            await prepare_again(servers, folder)
            with pytest.raises(Misconfigured, match=r"(?s)nothing is restored over data.*issues.*stream EVENTS"):
                await restore(stores(servers), copy, silent)


def test_both_stores_come_back_and_hearing_everything_again_changes_nothing(tmp_path: Path) -> None:
    async def drill() -> None:
        before, sent = await live_and_copy(tmp_path / "lost", tmp_path / "copies")
        assert sent
        copy = tmp_path / "copies" / "latest"
        verify(copy)
        await lose_and_restore(tmp_path / "new", copy, tmp_path / "lost" / "keys")
        async with running(COUNTY, tmp_path / "new", ports="auto") as here:
            await settled(here)
            after = await everything(here.mongo_url)
            assert {name: set(ids) for name, ids in after.items()} == {name: set(ids) for name, ids in before.items()}
            assert after == before
            assert not (tmp_path / "new" / "sms.jsonl").read_text(), "nobody is told twice"
            system = await department(here.nats_url, here.county.code)
            await system.publish(GOOD | {"external_id": "A2"}, headers("after"))
            await until(lambda: bool(system.answers("after")))
            await system.bus.close()

    asyncio.run(drill())
