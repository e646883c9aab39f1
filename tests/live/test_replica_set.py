"""The one-member replica set of a county's own MongoDB, as the Job `prepare` makes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from yishi.child import Child
from yishi.county import found
from yishi.ports import choose
from yishi.programs import MONGO, locate

pytestmark = pytest.mark.live

PASSWORD = "0123456789abcdef"  # noqa: S105  of a server that lives for this test


@asynccontextmanager
async def mongod(tmp_path: Path, port: int, *options: str) -> AsyncIterator[str]:
    (tmp_path / "db").mkdir(exist_ok=True)
    command = [str(locate(MONGO).path), "--dbpath", str(tmp_path / "db"), "--port", str(port), "--bind_ip", "127.0.0.1"]
    command += ["--nounixsocket", *options]

    async def ready() -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    server = Child(MONGO, command, tmp_path / "mongod.log", ready, 30)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(20)


def test_the_one_member_is_made_a_replica_set_once_as_the_image_leaves_it(tmp_path: Path) -> None:
    """The official image makes the user on a server without a set, and starts it again with a keyfile and a set."""
    (port,) = choose(1)
    keyfile = tmp_path / "keyfile"
    keyfile.write_text("0123456789abcdef" * 32)
    keyfile.chmod(0o400)
    quick = ("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100")

    async def told() -> None:
        async with mongod(tmp_path, port) as member, AsyncMongoClient[dict[str, Any]](member) as mongo:
            await mongo.admin.command("createUser", "yishi", pwd=PASSWORD, roles=["root"])
        async with mongod(tmp_path, port, "--replSet", "yishi", "--keyFile", str(keyfile), *quick) as member:
            url = f"mongodb://yishi:{PASSWORD}@{member}/?replicaSet=yishi&authSource=admin"
            await found.replica_set(url, member)
            await found.replica_set(url, member)
            async with AsyncMongoClient[dict[str, Any]](url) as mongo:
                await mongo.yishi.kept.insert_one({"a": 1})

    asyncio.run(told())
