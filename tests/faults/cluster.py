"""Three NATS servers and a replica set of three, as in service, all on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.errors import Error as NatsError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from faults.wire import Wires
from yishi.child import NOT_YET, Child, start, together
from yishi.ports import LOOPBACK, choose
from yishi.programs import MONGO, NATS, locate
from yishi.servers import REPLICA_SET, _nats_ready

NODES = 3
GRACE_S = 20
WITHIN_S = 60
ALREADY_INITIALIZED = 23


@dataclass(frozen=True)
class Cluster:
    """The six servers. `direct_nats_url` avoids the wires; the replica set knows its members by their wires alone."""

    nats_url: str
    direct_nats_url: str
    mongo_url: str
    children: tuple[Child, ...]
    members: Mapping[str, str]
    """The name of each mongod by the address of its wire."""


@asynccontextmanager
async def cluster(data: Path, wires: Wires, tell: Callable[[str], None]) -> AsyncIterator[Cluster]:
    """Have the servers ready, each reached by clients and by the others through a wire of its name."""
    busy, url, direct = await _nats_servers(data, wires)
    mongods, members = await _mongods(data, wires)
    children = (*busy, *mongods)
    wires.pids = lambda: {child.name: child.pid for child in children}
    async with AsyncExitStack() as stack:
        for child in children:
            stack.push_async_callback(child.stop, GRACE_S)
        await together(*(start(child, tell) for child in mongods))
        await _initiate(members, mongods)
        # a NATS server is ready when the cluster has a leader, so none is waited for alone
        await together(*(start(child, tell) for child in busy))
        await _placeable(direct)
        mongo_url = f"mongodb://{','.join(members)}/?replicaSet={REPLICA_SET}"
        named = {member: child.name for member, child in zip(members, mongods, strict=True)}
        yield Cluster(url, direct, mongo_url, children, named)


async def _nats_servers(data: Path, wires: Wires) -> tuple[list[Child], str, str]:
    program = locate(NATS).path
    ports = choose(2 * NODES)
    clients, routes = ports[:NODES], ports[NODES:]
    names = [f"{NATS}-{number}" for number in range(1, NODES + 1)]
    client_wires = [await wires.lay(name, port) for name, port in zip(names, clients, strict=True)]
    route_wires = [await wires.lay(name, port) for name, port in zip(names, routes, strict=True)]
    children = []
    for number, name in enumerate(names):
        store = data / name
        store.mkdir(parents=True)
        others = [f"nats://{LOOPBACK}:{port}" for i, port in enumerate(route_wires) if i != number]
        config = store / "nats-server.conf"
        config.write_text(
            f"""
server_name: {name}
listen: "{LOOPBACK}:{clients[number]}"
client_advertise: "{LOOPBACK}:{client_wires[number]}"
max_payload: 8MB
jetstream {{ store_dir: {json.dumps(str(store))}, max_file_store: 16GB, sync_interval: always }}
cluster {{
  name: yishi
  listen: "{LOOPBACK}:{routes[number]}"
  advertise: "{LOOPBACK}:{route_wires[number]}"
  routes: {json.dumps(others)}
}}
""",
            encoding="utf-8",
        )
        url = f"nats://{LOOPBACK}:{clients[number]}"
        log = data / f"{name}.log"
        children.append(Child(name, [str(program), "-c", str(config)], log, _nats_ready(url), WITHIN_S))
    through = ",".join(f"nats://{LOOPBACK}:{port}" for port in client_wires)
    return children, through, ",".join(f"nats://{LOOPBACK}:{port}" for port in clients)


async def _placeable(url: str) -> None:
    """Wait until a stream finds room on all servers: the leader holds some for offline until it has heard them."""
    client = await nats.connect(url.split(","))
    try:
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    await client.jetstream().add_stream(name="PROBE", subjects=["probe"], num_replicas=NODES)
                    await client.jetstream().delete_stream("PROBE")
                except NatsError:
                    await asyncio.sleep(0.5)
                else:
                    return
    finally:
        await client.close()


async def _mongods(data: Path, wires: Wires) -> tuple[list[Child], list[str]]:
    program = locate(MONGO).path
    children, members = [], []
    for number, port in enumerate(choose(NODES), start=1):
        name = f"{MONGO}-{number}"
        store = data / name
        store.mkdir(parents=True)
        command = [str(program), "--dbpath", str(store), "--port", str(port), "--bind_ip", LOOPBACK]
        command += ["--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "256", "--nounixsocket"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        children.append(Child(name, command, data / f"{name}.log", _member_ready(port), WITHIN_S))
        members.append(f"{LOOPBACK}:{await wires.lay(name, port)}")
    return children, members


def _member_ready(port: int) -> Callable[[], Awaitable[bool]]:
    """Ask whether a member answers; once the set is made, whether it takes part in it."""

    async def ready() -> bool:
        async with _member(port) as client:
            hello = await client.admin.command("hello")
            return bool(hello.get("isWritablePrimary") or hello.get("secondary") or not hello.get("setName"))

    return ready


@asynccontextmanager
async def _member(port: int) -> AsyncIterator[AsyncMongoClient[dict[str, object]]]:
    url = f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
        url, serverSelectionTimeoutMS=2000, serverMonitoringMode="poll"
    )
    try:
        yield client
    finally:
        await client.close()


async def _initiate(members: list[str], children: list[Child]) -> None:
    """Make the replica set of the members' wires, and wait until it has a primary."""
    port = int(children[0].command[list(children[0].command).index("--port") + 1])
    config = {"_id": REPLICA_SET, "members": [{"_id": i, "host": host} for i, host in enumerate(members)]}
    async with _member(port) as client:
        try:
            await client.admin.command("replSetInitiate", config)
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
    url = f"mongodb://{','.join(members)}/?replicaSet={REPLICA_SET}"
    client = AsyncMongoClient(url, serverSelectionTimeoutMS=60_000)
    try:
        with suppress(*NOT_YET):
            await client.admin.command("ping")
    finally:
        await client.close()
