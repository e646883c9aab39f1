"""The two real servers: given by URL, else found on PATH, else those that came as wheels."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import nats
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from common.errors import Misconfigured
from yishi.child import NOT_YET, Child, start, together
from yishi.folder import Folder
from yishi.ports import LOOPBACK
from yishi.programs import MONGO, NATS, locate

VARIABLES = {NATS: "YISHI_NATS_URL", MONGO: "YISHI_MONGO_URL"}
NATS_WITHIN_S = 30
MONGO_WITHIN_S = 60
"""Both replay their journals before they answer."""

GIVEN_WITHIN_S = 10
GRACE_S = 20
REPLICA_SET = "yishi"
NOT_YET_INITIALIZED = 94


@dataclass(frozen=True)
class Servers:
    """Where the servers are; `children` are those that were started here."""

    nats_url: str
    mongo_url: str
    children: tuple[Child, ...]


@asynccontextmanager
async def serving(folder: Folder, lock: int, tell: Callable[[str], None] = print) -> AsyncIterator[Servers]:
    """Have both servers ready, and stop at the end those that were started. Raises Misconfigured with what to do."""
    given = {name: os.environ.get(variable) for name, variable in VARIABLES.items()}
    programs = {name: locate(name) for name, url in given.items() if not url}
    folder.require_versions({name: program.version for name, program in programs.items()})
    children = {name: _SERVERS[name](program.path, folder, lock) for name, program in programs.items()}
    async with AsyncExitStack() as stack:
        for child, _ in children.values():
            stack.push_async_callback(child.stop, GRACE_S)
        await together(
            *(
                answers(name, url, VARIABLES[name]) if url else start(children[name][0], tell)
                for name, url in given.items()
            )
        )
        urls = {name: url or children[name][1] for name, url in given.items()}
        yield Servers(urls[NATS], urls[MONGO], tuple(child for child, _ in children.values()))


@asynccontextmanager
async def nats_alone(folder: Folder) -> AsyncIterator[tuple[str, str]]:
    """Have a nats-server and nothing else: its URL, and where it is monitored."""
    with folder.locked() as lock:
        monitoring = f"http://{LOOPBACK}:{folder.port('nats_monitoring')}"
        server, url = _nats(locate(NATS).path, folder, lock)
        try:
            await start(server, lambda _: None)
            yield url, monitoring
        finally:
            await server.stop(GRACE_S)


async def answers(name: str, url: str, told_by: str) -> None:
    """Wait for a server that somebody else runs; `told_by` is where its URL stands. Raises Misconfigured in the end."""
    ready = _nats_ready(url) if name == NATS else _mongo_ready(url)
    last = "no answer"
    limit = monotonic() + GIVEN_WITHIN_S
    while monotonic() < limit:
        try:
            async with asyncio.timeout(GIVEN_WITHIN_S):
                if await ready():
                    return
        except NOT_YET as error:
            last = str(error) or type(error).__name__
        await asyncio.sleep(0.2)
    raise Misconfigured(
        f"{told_by} says {mask(url)}, and nothing that serves Yishi answers there ({last[:300]}); NATS needs "
        f"JetStream, MongoDB a replica set with a primary. Correct {told_by}, or let `yishi up` start a server"
    )


def mask(url: str) -> str:
    """Blot out the password of a URL."""
    parts = urlsplit(url)
    userinfo, at, hosts = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{userinfo.partition(':')[0]}:***{at}{hosts}" if at else parts.netloc))


# ------------------------------------------------------------------------------------------------ nats-server


def _nats(path: Path, folder: Folder, lock: int) -> tuple[Child, str]:
    port, monitoring = folder.port("nats"), folder.port("nats_monitoring")
    url = f"nats://{LOOPBACK}:{port}"
    store = folder.path / "nats"
    store.mkdir(exist_ok=True)
    config = store / "nats-server.conf"
    config.write_text(_nats_config(port, monitoring, store), encoding="utf-8")
    log = folder.path / "logs" / "nats-server.log"
    return Child(NATS, [str(path), "-c", str(config)], log, _nats_ready(url), NATS_WITHIN_S, keep=(lock,)), url


def _nats_config(port: int, monitoring: int, store: Path) -> str:
    return f"""# Written by `yishi up` at each start.
server_name: yishi
listen: "{LOOPBACK}:{port}"
http: "{LOOPBACK}:{monitoring}"
max_payload: 8MB
jetstream {{
  store_dir: {json.dumps(str(store))}
  # a limit of our own: the default is a share of the free disk, and a nearly full one would refuse to make the streams
  max_file_store: 64GB
  # The default of 2 minutes would lose that much acknowledged work with the power; `always` waits for the disk at every
  # event. A crash of the process alone loses nothing either way.
  sync_interval: 1s
}}
"""


def _nats_ready(url: str) -> Callable[[], Awaitable[bool]]:
    async def quiet(_: Exception) -> None:
        """Say nothing: whoever asks in a loop knows that the server may not be there yet."""

    async def ready() -> bool:
        client = await nats.connect(
            url.split(","), allow_reconnect=False, reconnect_time_wait=0, connect_timeout=2, error_cb=quiet
        )
        try:
            await client.jetstream().account_info()
        finally:
            await client.close()
        return True

    return ready


# ------------------------------------------------------------------------------------------------ mongod


def _mongo(path: Path, folder: Folder, lock: int) -> tuple[Child, str]:
    port = folder.port("mongo")
    data = folder.path / "mongo"
    data.mkdir(exist_ok=True)
    command = [str(path), "--dbpath", str(data), "--port", str(port), "--bind_ip", LOOPBACK, "--replSet", REPLICA_SET]
    command += ["--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "512", "--nounixsocket"]
    # it has no one to hand over to, so it need not wait for anybody when it stops
    command += ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]
    command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
    member = f"{LOOPBACK}:{port}"
    ready = _mongo_ready(f"mongodb://{member}/?directConnection=true", member)
    log = folder.path / "logs" / "mongod.log"
    url = f"mongodb://{member}/?replicaSet={REPLICA_SET}"
    return Child(MONGO, command, log, ready, MONGO_WITHIN_S, keep=(lock,)), url


def _mongo_ready(url: str, member: str | None = None) -> Callable[[], Awaitable[bool]]:
    """Ask whether it takes writes; where it is ours, `member` is its address, make it its own replica set first."""

    async def ready() -> bool:
        if member:  # asked here, because the driver waits half a second before it asks again
            _, writer = await asyncio.open_connection(*member.split(":"))
            writer.close()
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            # polling opens no second connection, which closing the client at once would leave half open
            url,
            serverSelectionTimeoutMS=2000,
            serverMonitoringMode="poll",
        )
        try:
            hello = await client.admin.command("hello")
            if member and hello.get("me") != member:
                await found(client, member)
            return bool(hello.get("isWritablePrimary") and (hello.get("setName") or hello.get("msg") == "isdbgrid"))
        finally:
            await client.close()

    return ready


async def found(client: AsyncMongoClient[dict[str, Any]], member: str) -> None:
    """Make the replica set, or tell it the server's new port: until then it takes itself for a stranger."""
    members = [{"_id": 0, "host": member}]
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    else:
        if config["members"][0]["host"] != member:
            changed = {**config, "version": config["version"] + 1, "members": members}
            await client.admin.command("replSetReconfig", changed, force=True)


_SERVERS = {NATS: _nats, MONGO: _mongo}
