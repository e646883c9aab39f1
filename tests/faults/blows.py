"""The blows: kills, freezes, cuts and holds, at random moments by a seed, several hands at once."""

import asyncio
import contextlib
import random
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from common.errors import Misconfigured
from faults.ground import Ground
from faults.tally import Tally

KINDS, WEIGHTS = ("kill", "freeze", "cut", "hold"), (80, 7, 8, 6)
REVIVED_WITHIN_S = 180
LEAST_FROZEN_S = 1.0
CUT_S, HELD_S = (0.3, 6.0), (1.0, 12.0)


@dataclass
class Blows:
    """Strikes the processes of a county. `longest_s` bounds freezes and holds; `tell` hears of each blow."""

    ground: Ground
    tally: Tally
    chance: random.Random
    longest_s: float
    tell: Callable[[str], None]
    died: list[str] = field(default_factory=list)
    """What ended of itself: nobody had killed it."""

    _in_hand: set[str] = field(default_factory=set)
    _left: int = 0

    async def storm(self, kills: int, hands: int) -> None:
        """Strike until so many processes were killed, and all are up again."""
        self._left = kills
        watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(hands):
                    group.create_task(self._hand())
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def kill(self, name: str, others_lead: Callable[[], Awaitable[object]] | None = None) -> None:
        """Kill a process and start it again; a leader only when another leads, which is what recovery means there."""
        with self._taken(name):
            self.tally.kills[name] += 1
            await self.ground.here.kill_service(name)
            killed = monotonic()
            if others_lead:
                await others_lead()
                self.tally.recovery[name].append(monotonic() - killed)
                await self._revive(name)
            else:
                await asyncio.sleep(self.chance.uniform(0, 0.5))
                self.tally.recovery[name].append(await self._revive(name))

    async def freeze(self, name: str) -> None:
        """Stop a process where it stands, and let it go on after some seconds."""
        with self._taken(name):
            self.tally.freezes[name] += 1
            await self.ground.here.kill_service(name, signal.SIGSTOP)
            await asyncio.sleep(self.chance.uniform(LEAST_FROZEN_S, self.longest_s))
            await self.ground.here.kill_service(name, signal.SIGCONT)

    async def cut(self, name: str, seconds: float | None = None) -> None:
        """Cut every wire of a process, and mend them after some seconds."""
        with self._taken(name):
            self.tally.cuts[name] += 1
            self.ground.wires.cut(name)
            await asyncio.sleep(seconds or self.chance.uniform(*CUT_S))
            self.ground.wires.mend(name)

    async def hold(self, name: str) -> None:
        """Let nothing flow over a process's wires for some seconds."""
        with self._taken(name):
            self.tally.holds[name] += 1
            self.ground.wires.hold(name)
            await asyncio.sleep(min(self.chance.uniform(*HELD_S), self.longest_s))
            self.ground.wires.mend(name)

    async def _hand(self) -> None:
        strike = {"kill": self.kill, "freeze": self.freeze, "cut": self.cut, "hold": self.hold}
        while self._left > 0:
            (kind,) = self.chance.choices(KINDS, WEIGHTS)
            name = self.chance.choice([name for name in self.ground.here.children if name not in self._in_hand])
            self._left -= kind == "kill"
            self.tell(f"{kind} {name}")
            await strike[kind](name)
            await asyncio.sleep(self.chance.uniform(0, 1.5))

    async def _watch(self) -> None:
        """Start again what ended of itself, and keep its last words."""
        while True:
            for name, child in self.ground.here.children.items():
                if name not in self._in_hand and child.wanted and child.pid is None:
                    self.died.append(child.obituary())
                    with self._taken(name):
                        await self._revive(name)
            await asyncio.sleep(0.2)

    async def _revive(self, name: str) -> float:
        """Start it until it is ready, as an orchestrator does; returns the seconds since the first attempt."""
        began = monotonic()
        while True:
            try:
                await self.ground.here.start_service(name)
            except Misconfigured:
                self.tally.failed_starts[name] += 1
                if monotonic() - began > REVIVED_WITHIN_S:
                    raise
                await self.ground.here.kill_service(name)
            else:
                return monotonic() - began

    @contextlib.contextmanager
    def _taken(self, name: str) -> Iterator[None]:
        self._in_hand.add(name)
        try:
            yield
        finally:
            self._in_hand.discard(name)
