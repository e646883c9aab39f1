"""A gateway to a carrier over one kept connection, in whichever dialect: SMPP or CMPP."""

import asyncio
import itertools
import logging
import random
import ssl
import time
from contextlib import suppress
from functools import partial

from pydantic import Field

from notify.domain import Accepted, Again, Delivered, Finding, Outcome, Refused, Unknown
from notify.gateways.dialect import Dialect, Throttled
from notify.gateways.inbound import Inbound
from notify.gateways.link import Frame, Link, Malformed, NoAnswer, NotWritten
from notify.gateways.making import Options
from notify.handlers.gateway import Capabilities, Ear, Message, Question

CONNECT_WITHIN_S = 10
FAREWELL_WITHIN_S = 2
LONGEST_PAUSE_S = 30.0

log = logging.getLogger(__name__)


class Line(Options):
    """Where a carrier listens, and how a line to it is kept. Times in seconds."""

    host: str
    port: int = Field(ge=1, le=65535)
    tls: bool = False
    tls_ca: str | None = Field(default=None, description="File of the authority the carrier's certificate is from")
    window: int = Field(default=16, ge=1, le=1000, description="Requests on the way at once")
    answer_s: float = Field(default=20, gt=0, le=25, description="After this a submission's fate is unknown")
    heartbeat_s: float = Field(default=30, gt=0)
    patience_s: float = Field(default=8, ge=0, le=25, description="How long a message waits for a line that is down")
    reconnect_s: float = Field(default=1, gt=0, description="First wait before connecting again; it doubles")


class Carrier:
    """Keeps a session open, submits each part once, and answers deliveries when they are stored."""

    def __init__(self, name: str, line: Line, dialect: Dialect, ear: Ear) -> None:
        self.capabilities: Capabilities = dialect.capabilities
        self._name = name
        self._line = line
        self._dialect = dialect
        self._inbound = Inbound(name, dialect, ear)
        self._groups = itertools.count(random.randrange(256))  # noqa: S311  no secret: it keeps parts of one message together
        self._link: Link | None = None
        self._bound = asyncio.Event()
        self._calm_at = 0.0
        self._pause_s = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connect in the background, again and again."""
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._inbound.run())]

    async def close(self) -> None:
        """Take leave, and end the connection."""
        tasks, self._tasks = self._tasks, []
        link = self._link
        if link and self._bound.is_set():
            self._bound.clear()
            with suppress(NoAnswer, NotWritten, TimeoutError):
                async with asyncio.timeout(FAREWELL_WITHIN_S):
                    await link.ask(self._dialect.farewell, b"", urgent=True)
            link.finish()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def submit(self, message: Message) -> Outcome:
        """Submit the parts one after the other: as long as none was taken, a refusal is one of the whole."""
        try:
            parts = self._dialect.submissions(message, next(self._groups))
        except ValueError as error:
            return Refused(str(error), Again.ELSEWHERE)
        until = time.monotonic() + self._line.patience_s
        link = await self._ready(until)
        if link is None:
            return Refused("not connected", Again.ELSEWHERE)
        ids: list[str] = []
        for command, body in parts:
            taken = await self._submit_part(link, command, body, until)
            if isinstance(taken, str):
                ids.append(taken)
            elif ids or isinstance(taken, Unknown):
                reason = taken.reason if isinstance(taken, Unknown) else taken.code
                return Unknown(reason, tuple(ids), len(parts))
            else:
                return taken
        return Accepted(ids[0], len(ids), tuple(ids))

    async def query(self, question: Question) -> Finding:
        """Ask after each part; the first that is not delivered says it for all."""
        link = await self._ready(time.monotonic())
        if link is None or not question.ids:
            return Unknown("there is nothing to ask with")
        for id_ in question.ids:
            asked = self._dialect.question(id_)
            if asked is None:
                return Unknown("the protocol has no such question")
            try:
                finding = self._dialect.finding(await link.ask(*asked))
            except (NoAnswer, NotWritten, Malformed) as error:
                return Unknown(type(error).__name__)
            if not isinstance(finding, Delivered):
                return finding
        return Delivered()

    async def _submit_part(self, link: Link, command: int, body: bytes, until: float) -> str | Refused | Unknown:
        while True:
            try:
                taken = self._dialect.submitted(await link.ask(command, body))
            except NotWritten:
                return Refused("the connection ended", Again.ELSEWHERE)
            except NoAnswer as error:
                return Unknown(str(error))
            except Malformed:
                return Unknown("an answer that cannot be read")
            if not isinstance(taken, Throttled):
                self._pause_s /= 2
                return taken
            self._throttle()
            if self._calm_at > until or await self._ready(until) is not link:
                return Refused(taken.code, taken.again)

    def _throttle(self) -> None:
        """Pause everything, longer each time; answers to what was on its way together count once."""
        now = time.monotonic()
        if now >= self._calm_at:
            self._pause_s = min(LONGEST_PAUSE_S, max(0.5, self._pause_s * 2))
            self._calm_at = now + self._pause_s

    async def _ready(self, until: float) -> Link | None:
        """Wait for a session and for calm; None where neither comes in time."""
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                while not self._bound.is_set() or time.monotonic() < self._calm_at:
                    await self._bound.wait()
                    await asyncio.sleep(max(0.0, self._calm_at - time.monotonic()))
        except TimeoutError:
            return None
        return self._link

    async def _stay(self) -> None:
        """Be connected; after a failure wait, longer each time, but not in step with others."""
        wait = self._line.reconnect_s
        while True:
            began = time.monotonic()
            try:
                await self._session()
            except (OSError, NoAnswer, NotWritten, Malformed, TimeoutError, ssl.SSLError) as error:
                log.warning("gateway %s is not connected: %s", self._name, type(error).__name__)
            finally:
                self._bound.clear()
            if time.monotonic() - began > LONGEST_PAUSE_S:
                wait = self._line.reconnect_s
            await asyncio.sleep(wait * (0.5 + random.random() / 2))  # noqa: S311  no secret
            wait = min(LONGEST_PAUSE_S, wait * 2)

    async def _session(self) -> None:
        """Connect, log in, and stay until the connection ends."""
        loop, line = asyncio.get_running_loop(), self._line
        make = partial(Link, self._dialect.grammar, self._heard, line.window, line.answer_s)
        async with asyncio.timeout(CONNECT_WITHIN_S):
            _, link = await loop.create_connection(make, line.host, line.port, ssl=_context(line))
            try:
                refusal = self._dialect.refusal(await link.ask(*self._dialect.login(), urgent=True))
            except BaseException:
                link.abort()
                raise
        if refusal:
            log.error("gateway %s: the carrier refuses the login: %s", self._name, refusal)
            link.finish()
            return
        self._link = link
        self._bound.set()
        beating = asyncio.create_task(link.beat(line.heartbeat_s))
        try:
            await link.ended.wait()
        finally:
            beating.cancel()
            link.abort()

    def _heard(self, link: Link, frame: Frame) -> None:
        """Hear the carrier: deliveries are answered once they are stored, everything else at once."""
        if frame.command in self._dialect.delivery:
            self._inbound.put(link, frame)
            return
        if answer := self._dialect.answer(frame):
            link.tell(answer)
        if frame.command == self._dialect.farewell:
            self._bound.clear()
            link.finish()


def _context(line: Line) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=line.tls_ca) if line.tls else None
