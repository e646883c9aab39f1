"""What every service is around its own rooms: HTTP with problem documents, health, metrics, and an orderly life."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

import uvicorn
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from common.aggregate import Aggregate
from common.auth import Gate, public, unguarded
from common.bus import Bus
from common.bus.cloudevents import MAX_BYTES
from common.county import County
from common.errors import Fault, Invalid, Misconfigured, TooLarge, YishiError
from common.outbox import Outbox
from common.people import Sealer
from common.settings import Settings
from common.store import Store
from common.telemetry import configure, span, trace_id

GRACE_S = 10
READY_WITHIN_S = 3

Cursor = Annotated[str | None, Query(max_length=128, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]
T = TypeVar("T")
A = TypeVar("A", bound=Aggregate)

log = logging.getLogger(__name__)


class Listing(BaseModel, Generic[T]):
    """A page of a list; `next` asks for the following one, None at the end."""

    items: list[T]
    next: str | None = None


def listing(items: list[A], limit: int) -> Listing[A]:
    """Make a page of what was found with `limit`."""
    return Listing(items=items, next=items[-1].id if len(items) == limit else None)


class Service:
    """One service: made of the settings, given handlers by its main, then run until a signal."""

    def __init__(self, name: str) -> None:
        self.settings = Settings.from_environment()
        self.county = County.load(self.settings.county)
        self._traces = configure(name, self.settings.log_level, self.settings.otlp_url)
        self.sealer = Sealer(self.settings.county_key, self.settings.seal_public)
        self.bus = Bus(self.settings.nats_url, self.county.code, name, self.sealer)
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
        return found

    async def run(self) -> None:
        """Connect, compare, listen, serve; on SIGTERM finish what is in hand. Raises Misconfigured before it starts."""
        if open_routes := unguarded(self.api):
            raise Misconfigured(f"routes that say nothing of who may use them: {', '.join(open_routes)}")
        await self.bus.connect()
        await self.store.prepare()
        await self.outbox.start()
        await self.bus.start()
        server = uvicorn.Server(
            uvicorn.Config(
                self.api,
                host=self.settings.host,
                port=self.settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        try:
            await server.serve()
        finally:
            await self.outbox.stop()
            await self.bus.stop()
            await self.store.close()
            self._traces.shutdown()


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a service's main; what the operator must mend is printed plainly, without a stack trace."""
    try:
        asyncio.run(main())
    except Misconfigured as error:
        sys.exit(f"yishi: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(0)


def web(name: str, gate: Gate, troubles: Callable[[], Awaitable[list[str]]]) -> FastAPI:
    """Make a service's HTTP application: problem documents, traces, limits, health and metrics."""
    app = FastAPI(title=f"Yishi {name}", version="1")
    app.state.gate = gate
    app.middleware("http")(_guard)
    app.add_exception_handler(YishiError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)

    @app.get("/health/live", dependencies=[public], include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", dependencies=[public], include_in_schema=False)
    async def ready() -> Response:
        found = await troubles()
        status = HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK
        return JSONResponse({"status": "not ready" if found else "ready", "troubles": found}, status)

    @app.get("/metrics", dependencies=[public], include_in_schema=False)
    async def metrics() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Around every request: one span, a limit on its size, no echo of what went wrong inside."""
    with span(request.method, SpanKind.SERVER, request.headers.get("traceparent")) as current:
        if int(request.headers.get("content-length") or 0) > MAX_BYTES:
            answer = _document(TooLarge(f"a request may hold {MAX_BYTES} bytes at most"), request)
        else:
            try:
                answer = await call_next(request)
            except Exception:
                log.exception("%s %s failed", request.method, request.url.path)
                answer = _document(
                    YishiError("something went wrong here; the trace id tells the operator where"), request
                )
        route = request.scope.get("route")
        current.update_name(f"{request.method} {route.path if isinstance(route, APIRoute) else '-'}")
        current.set_attribute("http.response.status_code", answer.status_code)
        answer.headers["X-Trace-Id"] = trace_id() or ""
        return answer


async def _problem(request: Request, error: Exception) -> Response:
    return _document(error if isinstance(error, YishiError) else YishiError("unknown"), request)


async def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [Fault(".".join(str(part) for part in e["loc"] if part != "body"), e["msg"]) for e in found]
    return _document(Invalid(faults), request)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    problem = YishiError(HTTPStatus(status).phrase)
    return _document(problem, request, status)


def _document(error: YishiError, request: Request, status: int | None = None) -> Response:
    """Render an error as RFC 9457 says, with every fault listed."""
    status = status or error.status
    body = {
        "type": f"urn:yishi:problem:{error.title.replace(' ', '-')}",
        "title": error.title if error.title != "error" else HTTPStatus(status).phrase,
        "status": status,
        "detail": error.detail,
        "instance": request.url.path,
        "faults": [{"path": fault.path, "problem": fault.problem} for fault in error.faults],
        "trace_id": trace_id(),
    }
    return JSONResponse(body, status, media_type="application/problem+json")
