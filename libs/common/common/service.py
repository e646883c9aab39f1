"""What every service is around its own rooms: made of the settings, and with an orderly life."""

import asyncio
import gc
import logging
import resource
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
import uvloop
from prometheus_client import Gauge

from common.auth import Gate, unguarded
from common.bus import Bus
from common.county import County
from common.errors import Misconfigured
from common.outbox import Outbox
from common.people import Sealer
from common.settings import Settings
from common.store import Store
from common.telemetry import configure
from common.web import web

GRACE_S = 10
GC_THRESHOLD = 50_000
READY_WITHIN_S = 3
PREPARE = "--prepare"
"""An argument: make the indexes and end, so that a Job can do it before a rollout."""

_ready = Gauge("yishi_ready", "1 where the service was ready when it was last asked, 0 where it was not")

log = logging.getLogger(__name__)


class Service:
    """One service: made of the settings, given handlers by its main, then run until a signal."""

    def __init__(self, name: str) -> None:
        self.settings = Settings.from_environment()
        self.county = County.load(self.settings.county)
        self._traces = configure(name, self.settings.log_level, self.settings.otlp_url)
        self.sealer = Sealer(self.settings.county_key, self.settings.seal_public)
        self.bus = Bus(self.settings.nats_url, self.county.code, name, self.sealer, self.settings.nats_replicas)
        self.outbox = Outbox(self.bus.publish)
        self.store = Store(
            self.settings.mongo_url.get_secret_value(),
            self.settings.mongo_database,
            self.settings.mongo_driver,
            self.outbox,
            f"yishi/{self.county.code}/{name}",
        )
        gate = Gate(self.settings.jwks, self.settings.issuer, self.county.code)
        self.api = web(name, gate, self.troubles)
        self._background: list[Callable[[], Coroutine[None, None, None]]] = []
        self._leaving: list[Callable[[], None]] = []

    def background(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do something beside serving; it is cancelled at the end, while bus and store are still there."""
        self._background.append(work)

    def leaving(self, act: Callable[[], None]) -> None:
        """Do something as soon as the signal comes: let go of those who would keep the service waiting."""
        self._leaving.append(act)

    async def troubles(self) -> list[str]:
        """Tell why this service is not ready; nothing where it is."""
        asked: dict[str, Callable[[], Coroutine[None, None, list[str]]]]
        asked = {"MongoDB": self.store.troubles, "NATS": self.bus.troubles}
        found = []
        for what, ask in asked.items():
            try:
                found += await asyncio.wait_for(ask(), READY_WITHIN_S)
            except Exception as error:  # noqa: BLE001  whatever keeps it from answering is the trouble
                found.append(f"{what}: {type(error).__name__}")
        _ready.set(not found)
        return found

    async def run(self) -> None:
        """Connect, compare, listen, serve; on SIGTERM finish what is in hand. Raises Misconfigured before it starts."""
        if open_routes := unguarded(self.api):
            raise Misconfigured(f"routes that say nothing of who may use them: {', '.join(open_routes)}")
        await self.bus.connect()
        await self.store.prepare()
        if PREPARE in sys.argv:
            await self.bus.stop()
            await self.store.close()
            return
        await self.outbox.start()
        await self.bus.start()
        server = _Server(
            uvicorn.Config(
                self.api,
                host=self.settings.host,
                port=self.settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
            ),
            self._leaving,
        )
        # what stands now stays: the collector need not look at it again (none at all gave a tenth more throughput)
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        tasks = [asyncio.create_task(work()) for work in self._background]
        try:
            await server.serve()
        finally:
            await self._finish(tasks)

    async def _finish(self, tasks: list[asyncio.Task[None]]) -> None:
        """End in order: hear no more, finish what is in hand, say what was decided, close."""
        await self.bus.deafen()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.outbox.stop()
        await self.bus.stop()
        await self.store.close()
        self._traces.shutdown()


class _Server(uvicorn.Server):
    """uvicorn, but for one habit: it raises the signal again once it has served, and cuts off what is left to do."""

    def __init__(self, config: uvicorn.Config, leaving: list[Callable[[], None]]) -> None:
        super().__init__(config)
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        super().handle_exit(sig, frame)
        for act in self._leaving:
            act()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and keep it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


def _many_connections() -> None:
    """Take as many open files as the system lets us: the usual 1,024 end a live view at its thousandth reader."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a service's main; what the operator must mend is printed plainly, without a stack trace."""
    _many_connections()
    try:
        uvloop.run(main())
    except Misconfigured as error:
        sys.exit(f"yishi: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(0)
