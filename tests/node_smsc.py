"""The message centre of the npm package `smpp`: installed into build/, run with node."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "smpp@0.5.1"
FOLDER = Path(__file__).parents[1] / "build" / "npm"
INSTALL_WITHIN_S = 60


class Absent(Exception):
    """There is no node, or the package cannot be had; says which."""


@dataclass
class NodeSmsc:
    """A running message centre: `taken` counts the parts it took, by number."""

    port: int
    taken: Counter[str] = field(default_factory=Counter)


async def installed() -> Path:
    """Install the package where it is not; returns node's path. Raises Absent."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Absent("node and npm are not on this machine")
    if not (FOLDER / "node_modules" / "smpp").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        arguments = ("install", PACKAGE, "--prefix", str(FOLDER), "--no-audit", "--no-fund", "--silent")
        quiet = asyncio.subprocess.DEVNULL
        install = await asyncio.create_subprocess_exec(npm, *arguments, stdout=quiet, stderr=quiet)
        try:
            code = await asyncio.wait_for(install.wait(), INSTALL_WITHIN_S)
        except TimeoutError:
            install.kill()
            await install.wait()
            code = -1
        if code:
            raise Absent(f"the npm package {PACKAGE} cannot be had from the registry")
    return Path(node)


@asynccontextmanager
async def node_smsc(throttled: int = 0, *, receipts: bool = True) -> AsyncIterator[NodeSmsc]:
    """Have one running. Raises Absent."""
    node, script = await installed(), Path(__file__).parent / "live" / "smsc.js"
    child = await asyncio.create_subprocess_exec(
        node, str(script), str(throttled), str(int(receipts)), stdout=asyncio.subprocess.PIPE,
        env={"NODE_PATH": str(FOLDER / "node_modules")},
    )  # fmt: skip
    assert child.stdout
    first = (await child.stdout.readline()).decode().split()
    here = NodeSmsc(int(first[1]))
    counting = asyncio.create_task(_count(child.stdout, here.taken))
    try:
        yield here
    finally:
        child.kill()
        await child.wait()
        await asyncio.gather(counting, return_exceptions=True)


async def _count(lines: asyncio.StreamReader, taken: Counter[str]) -> None:
    async for line in lines:
        taken[line.split()[0].decode()] += 1
