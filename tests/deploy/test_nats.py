"""Every rendered NATS configuration as the real server takes it, and the hub's three servers with a leaf, started."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nats
import pytest
import yaml
from loopback import until
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import NotFoundError
from overlays import K8S, NAMES, of

from common import bus
from yishi import ports
from yishi.child import Child
from yishi.county import auth, secrets
from yishi.county.registry import Registry
from yishi.programs import NATS, locate

pytestmark = pytest.mark.xdist_group("overlays")

LEAF = "623022"
OPEN = f"yishi.{LEAF}.outcomes.topic.rated.v1"
CLOSED = f"yishi.{LEAF}.intake.issue.received.v1"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> secrets.Vault:
    return secrets.Vault(tmp_path_factory.mktemp("secrets"))


def files(name: str, vault: secrets.Vault) -> dict[str, str] | None:
    """Take the configuration of an overlay's NATS, with users as `yishi county secrets` makes them."""
    found = [c["data"] for c in of(name, "ConfigMap") if re.match("nats-", c["metadata"]["name"])]
    return {**found[0], **users("620000" if name == "620000" else LEAF, vault.folder)} if found else None


@cache
def users(code: str, folder: Path) -> dict[str, str]:
    made = yaml.safe_load_all(secrets.manifest(K8S, Registry.load(K8S).row(code), folder))
    (given,) = [secret["stringData"] for secret in made if secret["metadata"]["name"] == "nats"]
    line = auth.leaf(f"leaf-{LEAF}", secrets.Vault(folder).password(LEAF, "leaf"), "127.0.0.1:7422")
    return {"auth/auth.conf": given["auth.conf"], "auth/leaf.conf": line}


def write(files_: Mapping[str, str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    (folder / "auth").mkdir(parents=True)
    for name, text in files_.items():
        (folder / name).write_text(text)
    given = [f"{name}={value}" for name, value in environment.items()]
    return ["env", *given, str(locate(NATS).path), "--config", str(folder / "nats.conf")]


@pytest.mark.parametrize("name", NAMES)
def test_the_server_takes_every_rendered_configuration(name: str, tmp_path: Path, vault: secrets.Vault) -> None:
    found = files(name, vault)
    if found is None:
        assert not of(name, "StatefulSet") or of(name, "StatefulSet")[0]["metadata"]["name"] != "nats"
        return
    environment = {"SERVER_NAME": "nats-0", "JS_DOMAIN": "c620102"}
    (server,) = [s for s in of(name, "StatefulSet") if s["metadata"]["name"] == "nats"]
    given = {entry["name"] for entry in server["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert given == set(environment)
    command = write({**found, "nats.conf": found["nats.conf"].replace("/data", str(tmp_path))}, tmp_path, environment)
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)  # noqa: S603  the server
    assert done.returncode == 0, done.stderr
    (tmp_path / "nats.conf").write_text(found["nats.conf"] + "\nmax_playload: 1\n")
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)  # noqa: S603  the server
    assert done.returncode != 0


# ------------------------------------------------------------------------------------------------ started


@dataclass
class Cluster:
    """The hub's three servers and one county's leaf, on loopback."""

    vault: secrets.Vault
    nodes: list[Child]
    ports: list[int]
    leaf: int

    def url(self, user: str, password: str, port: int | None = None) -> str:
        chosen = [port] if port else self.ports
        return ",".join(f"nats://{user}:{password}@127.0.0.1:{p}" for p in chosen)

    def county(self, code: str, port: int | None = None) -> str:
        return self.url(f"c{code}", self.vault.password(code, "nats"), port)

    def department(self, system: str) -> str:
        word = self.vault.password("620102", f"system-{system}")
        return self.url(f"620102-{system}", word, self.ports[0])

    def opened(self, port: int) -> str:
        return self.url(f"leaf-{LEAF}", self.vault.password(LEAF, "leaf"), port)


def on_loopback(conf: str, data: Path, client: int, route: int, leaf: int, routes: list[int]) -> str:
    """Give the rendered configuration other addresses, and change nothing else."""
    conf = conf.replace("/data", str(data)).replace("port: 4222", f"listen: '127.0.0.1:{client}'")
    conf = re.sub(r"http_port: 8222\n", "", conf).replace("port: 6222", f"listen: '127.0.0.1:{route}'")
    for i, port in enumerate(routes):
        conf = conf.replace(f"nats-{i}.nats:6222", f"127.0.0.1:{port}")
    return conf.replace("port: 7422", f"listen: '127.0.0.1:{leaf}'").replace("127.0.0.1:7422", f"127.0.0.1:{leaf}")


def node(
    tmp_path: Path, name: str, files_: Mapping[str, str], numbers: tuple[int, int, int], routes: list[int]
) -> Child:
    folder = tmp_path / name
    changed = {file: on_loopback(text, folder / "data", *numbers, routes) for file, text in files_.items()}
    domain = "c620000" if routes else f"c{LEAF}"
    command = write(changed, folder, {"SERVER_NAME": name, "JS_DOMAIN": domain})
    return Child(name, command, tmp_path / f"{name}.log", _up(numbers[0]), 15)


@asynccontextmanager
async def cluster(tmp_path: Path, vault: secrets.Vault) -> AsyncIterator[Cluster]:
    hub, county = files("620000", vault), files("nats-leaf+mongo-single", vault)
    assert hub
    assert county
    chosen = ports.choose(10)
    clients, routes, leaves = chosen[:3], chosen[3:6], chosen[6:9]
    nodes = [node(tmp_path, f"nats-{i}", hub, (clients[i], routes[i], leaves[i]), routes) for i in range(3)]
    nodes.append(node(tmp_path, "leaf", county, (chosen[9], 0, leaves[0]), []))
    async with AsyncExitStack() as stack:
        for one in nodes:
            stack.push_async_callback(one.stop, 10)
        await asyncio.gather(*(one.start() for one in nodes))
        yield Cluster(vault, nodes, clients, chosen[9])


@pytest.mark.live
def test_the_hub_keeps_counties_apart_lives_without_a_server_and_hears_a_leaf(
    tmp_path: Path, vault: secrets.Vault
) -> None:
    async def told() -> None:
        async with cluster(tmp_path, vault) as here:
            await until(lambda: _agreed(here.county("620102"), "620102"), 30)
            assert await bus.diff(here.county("620102"), "620102", 3) == []
            await _neighbour_sees_nothing(here)
            await _department_is_held_to_its_own(here)
            await _leaf_speaks_openly_and_keeps_its_own(here)
            await here.nodes[2].stop(10)
            async with _client(here.county("620102", here.ports[0])) as client:
                await until(lambda: _stored(client, "yishi.620102.intake.topic.decided.v1"), 20)

    asyncio.run(told())


async def _neighbour_sees_nothing(here: Cluster) -> None:
    async with _client(here.county("620321")) as client:
        with pytest.raises(NotFoundError):
            await client.jetstream().stream_info("EVENTS")


async def _department_is_held_to_its_own(here: Cluster) -> None:
    async with _client(here.department("grid"), inbox_prefix="_INBOX_grid") as client:
        kept = await client.jetstream().publish("dept.620102.grid.in.issue.v1", b"{}", timeout=10)
        assert kept.stream == "DEPT_IN"
        for forbidden in ("dept.620102.water.in.issue.v1", "yishi.620102.intake.topic.decided.v1", "$JS.API.INFO"):
            with pytest.raises((NatsTimeout, NoRespondersError)):
                await client.request(forbidden, b"{}", timeout=0.5)


async def _leaf_speaks_openly_and_keeps_its_own(here: Cluster) -> None:
    await bus.apply(here.county(LEAF, here.leaf), LEAF)
    async with _client(here.opened(here.ports[0])) as hub, _client(here.county(LEAF, here.leaf)) as county:
        heard: list[str] = []

        async def hear(message: Msg) -> None:
            heard.append(message.subject)

        await hub.subscribe("yishi.>", cb=hear)
        await hub.flush()

        async def arrived() -> bool:
            await county.jetstream().publish(CLOSED, b"{}")
            await county.jetstream().publish(OPEN, b"{}")
            return OPEN in heard

        await until(arrived)
        assert set(heard) == {OPEN}
        before = (await county.jetstream().stream_info("EVENTS")).state.messages
        for order in ("STREAM.PURGE.EVENTS", "STREAM.INFO.EVENTS", "STREAM.MSG.GET.EVENTS", "STREAM.NAMES"):
            answer = await _asked(hub, f"$JS.c{LEAF}.API.{order}", b'{"seq": 1}')
            assert not re.search(rb'EVENTS"|"success"|"config"|"message"', answer), answer
        for subject in (OPEN, CLOSED, f"dept.{LEAF}.grid.in.issue.v1"):
            await hub.publish(subject, b"forged")
        await hub.flush()
        assert (await county.jetstream().stream_info("EVENTS")).state.messages == before


@asynccontextmanager
async def _client(url: str, **more: str) -> AsyncIterator[Client]:
    async def quiet(_: Exception) -> None:
        """Say nothing: what is denied is the test's business."""

    client = await nats.connect(url.split(","), error_cb=quiet, **more)
    try:
        yield client
    finally:
        await client.close()


async def _asked(client: Client, subject: str, body: bytes) -> bytes:
    try:
        return (await client.request(subject, body, timeout=0.5)).data
    except (NatsTimeout, NoRespondersError):
        return b""


async def _agreed(url: str, code: str) -> bool:
    """Set the bus up; until the three have chosen a leader they cannot."""
    try:
        await bus.apply(url, code, 3)
    except (NatsError, TimeoutError):
        return False
    return True


async def _stored(client: Client, subject: str) -> bool:
    try:
        return (await client.jetstream().publish(subject, b"{}", timeout=2)).stream == "EVENTS"
    except (NatsError, TimeoutError):
        return False


def _up(port: int) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    return ready
