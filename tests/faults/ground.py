"""The ground on which it is tried: a county whose servers are reached through wires that can be cut."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from faults.cluster import cluster
from faults.wire import Wires, wires
from yishi.child import Child
from yishi.demo import COUNTY
from yishi.folder import Folder
from yishi.ports import LOOPBACK
from yishi.programs import MONGO, NATS
from yishi.servers import serving
from yishi.up import SERVICES, CountyUp, running

Tell = Callable[[str], None]


@dataclass
class Ground:
    """A county that runs. The URLs without `direct_` lead through wires, as those do that the services were given."""

    here: CountyUp
    wires: Wires
    nats_url: str
    direct_nats_url: str
    direct_mongo_url: str
    members: Mapping[str, str] = field(default_factory=dict)
    """Of a replica set: the name of each mongod by its address."""


@asynccontextmanager
async def single(data: Path, tell: Tell, *, replicas: bool = False) -> AsyncIterator[Ground]:
    """Have a county on one NATS server and one mongod; with `replicas`, of two processes for each service."""
    async with AsyncExitStack() as stack:
        laid = await stack.enter_async_context(wires())
        folder = Folder.open(data / "servers")
        lock = stack.enter_context(folder.locked())
        stack.enter_context(environment({"YISHI_NATS_URL": "", "YISHI_MONGO_URL": ""}))
        servers = await stack.enter_async_context(serving(folder, lock, tell))
        nats_url = f"nats://{LOOPBACK}:{await laid.lay(NATS, _port(servers.nats_url))}"
        mongo = await laid.lay(MONGO, _port(servers.mongo_url))
        # a replica set would tell the driver its real address, and the driver would leave the wire
        mongo_url = f"mongodb://{LOOPBACK}:{mongo}/?directConnection=true"
        here = await _county(stack, data, nats_url, mongo_url, servers.children, 1, laid, tell)
        for service in SERVICES if replicas else ():
            tell(f"{await here.start_replica(service)} shares the work")
        yield Ground(here, laid, nats_url, servers.nats_url, servers.mongo_url)


@asynccontextmanager
async def threefold(data: Path, tell: Tell) -> AsyncIterator[Ground]:
    """Have a county on three NATS servers and a replica set of three."""
    async with AsyncExitStack() as stack:
        laid = await stack.enter_async_context(wires())
        nodes = await stack.enter_async_context(cluster(data / "servers", laid, tell))
        here = await _county(stack, data, nodes.nats_url, nodes.mongo_url, nodes.children, 3, laid, tell)
        yield Ground(here, laid, nodes.nats_url, nodes.direct_nats_url, nodes.mongo_url, nodes.members)


async def _county(
    stack: AsyncExitStack,
    data: Path,
    nats_url: str,
    mongo_url: str,
    servers: tuple[Child, ...],
    replicas: int,
    laid: Wires,
    tell: Tell,
) -> CountyUp:
    given = {"YISHI_NATS_URL": nats_url, "YISHI_MONGO_URL": mongo_url, "YISHI_NATS_REPLICAS": str(replicas)}
    stack.enter_context(environment(given))
    here = await stack.enter_async_context(running(COUNTY, data / "county", ports="auto", tell=tell))
    here.children |= {child.name: child for child in servers}
    laid.pids = lambda: here.pids
    return here


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, and put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(url)
    return port
