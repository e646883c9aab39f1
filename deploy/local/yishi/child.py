"""One process of the county: started, asked until it is ready, stopped; its last words are kept in its log."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx2 as httpx
from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError

from common.errors import Misconfigured
from yishi.troubles import explain

LAST_WORDS = 15
WIDTH = 400
LOG_BYTES = 16 * 1024 * 1024
NOT_YET = (OSError, TimeoutError, NatsError, PyMongoError, httpx.HTTPError)
"""What is heard from a server that is only just starting."""

_LAUNCH = Path(__file__).with_name("launch.py")
_EACH_S = 0.05


@dataclass
class Child:
    """A process. `ready` asks whether it serves, which may take `within_s`; `keep` are open files that it shares."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    within_s: float
    env: Mapping[str, str] | None = None
    keep: tuple[int, ...] = ()
    wanted: bool = False
    """Whether it is meant to run: where it is and does not, it has died of itself."""
    _process: subprocess.Popen[bytes] | None = None
    _begin: int = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative for a signal, nothing while it runs."""
        return self._process.poll() if self._process else None

    def launch(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the parent alone.

        The thread that calls this must live as long as the child: the kernel ties it to the thread.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as out:
            self._begin = out.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,
                pass_fds=self.keep,
            )
        self.wanted = True

    async def start(self) -> float:
        """Launch it and wait until it is ready; returns the seconds that took. Raises Misconfigured with the reason."""
        began = monotonic()
        self.launch()
        last: object = "no answer"
        while monotonic() - began < self.within_s:
            if self.pid is None:
                self.wanted = False
                raise Misconfigured(self.obituary())
            try:
                async with asyncio.timeout(5):
                    if await self.ready():
                        return monotonic() - began
            except NOT_YET as error:
                last = str(error) or type(error).__name__
            await asyncio.sleep(_EACH_S)
        raise Misconfigured(
            f"{self.name} was not ready after {self.within_s:.0f} s ({last}); "
            f"its log is {self.log}\n{self.last_words()}"
        )

    async def stop(self, grace_s: float) -> None:
        """Ask it to finish, and kill it when it has not after `grace_s` seconds."""
        self.wanted = False
        if self.pid is None:
            return
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a process that a test has stopped would not hear the first
        if not await self.ended(grace_s):
            self.signal(signal.SIGKILL)
            await self.ended(grace_s)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process:
            self._process.send_signal(number)

    async def ended(self, within_s: float) -> bool:
        """Wait for its end; whether it came in time."""
        limit = monotonic() + within_s
        while self.pid is not None and monotonic() < limit:  # noqa: ASYNC110  - a process sets no event
            await asyncio.sleep(_EACH_S)
        return self.pid is None

    def last_words(self, lines: int = LAST_WORDS) -> str:
        """Read the last lines of its log since it was launched, long ones cut."""
        with self.log.open("rb") as log:
            log.seek(max(self._begin, self.log.stat().st_size - 64 * 1024))
            text = log.read().decode(errors="replace")
        return "\n".join(f"  {line[:WIDTH]}" for line in text.splitlines()[-lines:])

    def obituary(self) -> str:
        """Tell of what it died, and what to do, as far as its log says."""
        words = self.last_words()
        advice = explain(self.exit_code, self.last_words(200))
        how = f"{self.name} ended with exit code {self.exit_code}"
        return f"{how}: {advice}" if advice else f"{how}; its log is {self.log}\n{words}"


async def start(child: Child, tell: Callable[[str], None]) -> None:
    """Start a child, and tell when it is ready."""
    seconds = await child.start()
    tell(f"{child.name} is ready ({seconds:.1f} s)")


async def together(*work: Coroutine[None, None, None]) -> None:
    """Do things side by side; the first that fails ends the others, and its error is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
