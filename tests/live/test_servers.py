"""The county as processes: real servers, stand-ins for the services, and what can go wrong around them."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import httpx2 as httpx
import nats
import pytest
from pymongo import AsyncMongoClient
from stand_ins import silent, stand_in

from common.errors import Misconfigured
from yishi import ports
from yishi.folder import Folder, alive
from yishi.servers import Servers, serving
from yishi.up import SERVICES, CountyUp, running

pytestmark = pytest.mark.live


async def write(servers: Servers) -> None:
    client = await nats.connect(servers.nats_url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await client.jetstream().publish("kept", b"a fact")
    await client.close()
    mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(servers.mongo_url)
    async with mongo, mongo.start_session() as session, await session.start_transaction():
        await mongo.test.kept.insert_one({"a": "fact"}, session=session)


async def read(servers: Servers) -> tuple[bytes | None, str]:
    client = await nats.connect(servers.nats_url)
    message = await client.jetstream().get_msg("KEPT", 1)
    await client.close()
    async with AsyncMongoClient[dict[str, Any]](servers.mongo_url) as mongo:
        document = await mongo.test.kept.find_one()
    return message.data, document["a"] if document else ""


def test_a_second_start_finds_its_data_even_on_other_ports(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path / "data")

    async def once() -> Servers:
        with folder.locked() as lock:
            async with serving(folder, lock, silent) as servers:
                if not (tmp_path / "written").exists():
                    await write(servers)
                    (tmp_path / "written").touch()
                assert await read(servers) == (b"a fact", "fact")
            assert [child.exit_code for child in servers.children] == [0, 0]
            return servers

    first, second = asyncio.run(once()), asyncio.run(once())
    assert (first.nats_url, first.mongo_url) == (second.nats_url, second.mongo_url)
    taken = json.loads((tmp_path / "data" / "ports.json").read_text())
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", taken["mongo"]))
        other.bind(("127.0.0.1", taken["nats"]))
        third = asyncio.run(once())
    assert third.nats_url != first.nats_url
    assert third.mongo_url != first.mongo_url


def test_servers_that_are_given_are_used_and_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def given() -> None:
        theirs = Folder.open(tmp_path / "theirs")
        with theirs.locked() as lock:
            async with serving(theirs, lock, silent) as servers:
                monkeypatch.setenv("YISHI_NATS_URL", servers.nats_url)
                monkeypatch.setenv("YISHI_MONGO_URL", servers.mongo_url)
                ours = Folder.open(tmp_path / "ours")
                async with serving(ours, lock, silent) as used:
                    assert used == Servers(servers.nats_url, servers.mongo_url, ())
                await write(used)

    asyncio.run(given())


def test_a_given_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yishi.servers.GIVEN_WITHIN_S", 1)
    monkeypatch.setenv("YISHI_NATS_URL", f"nats://me:secret@127.0.0.1:{ports.choose(1)[0]}")

    async def start() -> None:
        async with serving(Folder.open(tmp_path), 0, silent):
            pass

    with pytest.raises(Misconfigured, match="YISHI_NATS_URL says nats://me:") as error:
        asyncio.run(start())
    assert "secret" not in error.value.detail


def test_a_server_that_dies_while_starting_stops_the_other_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod = tmp_path / "bin" / "mongod"
    mongod.parent.mkdir()
    mongod.write_text("#!/bin/sh\n[ $1 = --version ] && echo v6.0.5 && exit\necho No space left on device; exit 14\n")
    mongod.chmod(0o755)
    monkeypatch.setenv("PATH", str(mongod.parent), prepend=os.pathsep)
    folder = Folder.open(tmp_path / "data")

    async def start() -> None:
        with folder.locked() as lock:
            async with serving(folder, lock, silent):
                pass

    with pytest.raises(Misconfigured, match="mongod ended with exit code 14: the disk is full"):
        asyncio.run(start())
    with folder.locked():  # nats-server held the lock too: it is gone
        assert ports.is_free(json.loads((folder.path / "ports.json").read_text())["nats"])


def test_data_of_a_newer_mongod_is_left_untouched(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text('{"layout": 1, "mongod": "99.0.0"}')

    async def start() -> None:
        async with serving(Folder.open(tmp_path), 0, silent):
            pass

    with pytest.raises(Misconfigured, match=r"mongod 99\.0\.0.*--data"):
        asyncio.run(start())
    assert not (tmp_path / "mongo").exists()


def test_a_county_runs_and_its_services_can_be_stopped_killed_and_started(tmp_path: Path, county: Path) -> None:
    async def life() -> CountyUp:
        async with running(county, tmp_path / "data", ports="auto", command=stand_in) as up:
            assert set(up.pids) == {"nats-server", "mongod", *SERVICES}
            assert set(up.folder.state()["services"]) == set(SERVICES)
            before = dict(up.pids)
            await up.kill_service("intake")
            assert not alive(before["intake"] or 0)
            await up.start_service("intake")
            assert up.pids["intake"] not in (before["intake"], None)
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"{up.urls['intake']}/health/ready")).status_code == 200
            await up.kill_service("notify", signal.SIGSTOP)
            await up.stop_service("notify")
            await up.kill_service("nats-server")
            await up.start_service("nats-server")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(up.first_death(), 0.5)
            os.kill(up.pids["meetings"] or 0, signal.SIGKILL)
            assert (await asyncio.wait_for(up.first_death(), 5)).name == "meetings"
        return up

    up = asyncio.run(life())
    assert set(up.pids.values()) == {None}
    assert not (tmp_path / "data" / "state.json").exists()


def test_a_service_that_fails_to_start_is_told_with_its_last_words(tmp_path: Path, county: Path) -> None:
    async def start() -> None:
        def command(service: str) -> list[str]:
            return (
                [sys.executable, "-c", "import sys; sys.exit('no such county')"]
                if service == "outcomes"
                else stand_in("")
            )

        async with running(county, tmp_path / "data", ports="auto", command=command):
            pass

    with pytest.raises(Misconfigured, match=r"(?s)outcomes ended with exit code 1.*no such county"):
        asyncio.run(start())
