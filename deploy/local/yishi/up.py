"""The county as processes: two servers, what the bus needs on them, four services; watched, and stopped in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx2 as httpx

from common import bus
from common.county import County
from common.errors import Misconfigured, NotFound
from yishi import ports as loopback
from yishi.child import Child, start, together
from yishi.folder import Folder, home
from yishi.keys import Keys
from yishi.servers import serving

SERVICES = ("intake", "meetings", "outcomes", "notify")
FIRST_PORT = 8101
READY_WITHIN_S = 30
"""10 s are promised; a machine with its hands full gets more before that is called a failure."""

STEPS = 3 + len(SERVICES)
"""How many lines `tell` hears at least: two servers, the bus, and each service."""

SERVICE_GRACE_S = 15
Ports = int | Literal["auto"]
Command = Callable[[str], Sequence[str]]
Tell = Callable[[str], None]


def as_module(service: str) -> list[str]:
    """Tell how a service is run: `python -m intake`."""
    return [sys.executable, "-m", service]


@dataclass
class CountyUp:
    """A county that runs. `children` are the services, and those servers that were started here.

    `replicas` are those of them that share the work of a service with its first process.
    """

    county: County
    folder: Folder
    keys: Keys
    nats_url: str
    mongo_url: str
    urls: dict[str, str]
    children: dict[str, Child]
    make: Callable[[str, str, str], Child]
    replicas: list[str] = field(default_factory=list)

    async def start_replica(self, service: str) -> str:
        """Let one more process share a service's work, as replicas do in a cluster; returns its name, `intake-2`."""
        name = f"{service}-{1 + len(self.processes(service))}"
        url = f"http://{loopback.LOOPBACK}:{loopback.choose(1)[0]}"
        self.children[name] = self.make(name, service, url)
        self.replicas.append(name)
        await self.start_service(name)
        return name

    def processes(self, service: str) -> list[str]:
        """Name every process of a service."""
        return [service, *(name for name in self.replicas if name.startswith(f"{service}-"))]

    @property
    def pids(self) -> dict[str, int | None]:
        """The process id of everything that was started; nothing for what does not run."""
        return {name: child.pid for name, child in self.children.items()}

    def state(self) -> dict[str, object]:
        """Tell what `yishi status` has to know."""
        services = {name: {"url": url, "pid": self.children[name].pid} for name, url in self.urls.items()}
        servers = {name: pid for name, pid in self.pids.items() if name not in (*services, *self.replicas)}
        return {
            "county": self.county.code,
            "pid": os.getpid(),
            "nats_url": self.nats_url,
            "mongo_url": self.mongo_url,
            "servers": servers,
            "services": services,
        }

    async def start_service(self, name: str) -> float:
        """Start a service or server again, on its port and data; returns the seconds until it was ready."""
        seconds = await self._child(name).start()
        self.folder.remember(self.state())
        return seconds

    async def stop_service(self, name: str) -> None:
        """Let it finish and end."""
        await self._child(name).stop(SERVICE_GRACE_S)

    async def kill_service(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal; after SIGKILL it is gone when this returns."""
        child = self._child(name)
        child.wanted = number in (signal.SIGSTOP, signal.SIGCONT)
        child.signal(number)
        if number == signal.SIGKILL:
            await child.ended(SERVICE_GRACE_S)

    async def first_death(self) -> Child:
        """Wait until something dies that nobody has stopped."""
        while True:
            for child in self.children.values():
                if child.wanted and child.pid is None:
                    return child
            await asyncio.sleep(0.2)

    async def stop_services(self) -> None:
        """Let all services finish, side by side."""
        names = [*self.urls, *self.replicas]
        await asyncio.gather(*(self.children[name].stop(SERVICE_GRACE_S) for name in names))

    def _child(self, name: str) -> Child:
        if name not in self.children:
            raise NotFound("process of ours", name)
        return self.children[name]


@asynccontextmanager
async def running(
    county_file: Path,
    data: Path | None = None,
    *,
    ports: Ports = FIRST_PORT,
    command: Command = as_module,
    tell: Tell = lambda _: None,
) -> AsyncIterator[CountyUp]:
    """Have a county run; every process is gone at the end. `ports` is the first of four, or `auto` for free ones.

    Raises Misconfigured with what stands in the way and what to do.
    """
    county = County.load(county_file)
    folder = Folder.open(data or home(county.code))
    with folder.locked() as lock:
        folder.require_space()
        keys = Keys.at(folder.path)
        urls = _urls(ports)
        async with AsyncExitStack() as stack:
            servers = await stack.enter_async_context(serving(folder, lock, tell))
            changes = await bus.apply(servers.nats_url, county.code, _replicas())
            tell(f"the bus is set up ({len(changes)} changes)")
            # without the environment's proxies: these are our own processes on loopback
            client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))

            def make(name: str, service: str, url: str) -> Child:
                given = keys.environment(
                    service, servers.nats_url, servers.mongo_url, county_file.absolute(), _port(url)
                )
                log = folder.path / "logs" / f"{name}.log"
                return Child(name, command(service), log, _ready(client, url), READY_WITHIN_S, given)

            services = {name: make(name, name, url) for name, url in urls.items()}
            children = {child.name: child for child in servers.children} | services
            up = CountyUp(county, folder, keys, servers.nats_url, servers.mongo_url, urls, children, make)
            stack.push_async_callback(up.stop_services)
            await together(*(start(service, tell) for service in services.values()))
            stack.callback(folder.forget)
            folder.remember(up.state())
            yield up


def _urls(ports: Ports) -> dict[str, str]:
    """Give each service its address. Raises Misconfigured, with who is there, where one is taken."""
    chosen = loopback.choose(len(SERVICES)) if ports == "auto" else [ports + i for i in range(len(SERVICES))]
    taken = [
        f"  {port} of {name}: {loopback.holder(port)}"
        for name, port in zip(SERVICES, chosen, strict=True)
        if not loopback.is_free(port)
    ]
    if taken:
        lines = "\n".join(taken)
        raise Misconfigured(
            f"ports are in use; stop who is there, or let free ones be chosen with `--ports auto`:\n{lines}"
        )
    return {name: f"http://{loopback.LOOPBACK}:{port}" for name, port in zip(SERVICES, chosen, strict=True)}


def _replicas() -> int:
    """Tell how many copies of each stream are wanted: the services read the same variable."""
    return int(os.environ.get("YISHI_NATS_REPLICAS") or 1)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _ready(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        answer = await client.get(f"{url}/health/ready")
        # an error of HTTP keeps what the service says of its troubles for the message when time is up
        if answer.status_code != httpx.codes.OK:
            raise httpx.HTTPError(answer.text[:300])
        return True

    return ready
