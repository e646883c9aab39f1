"""HTTP as every service speaks it: problem documents, pages, traces, limits, health and metrics."""

import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPMethod, HTTPStatus
from typing import Annotated, Generic, TypeVar

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.aggregate import Aggregate
from common.asyncapi import document
from common.auth import Gate, public
from common.bus.cloudevents import MAX_BYTES
from common.bus.listen import WEATHER
from common.errors import Fault, Invalid, TooLarge, Unavailable, YishiError
from common.telemetry import span, trace_id

Cursor = Annotated[str | None, Query(max_length=128, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]
T = TypeVar("T")
A = TypeVar("A", bound=Aggregate)

_requests = Histogram("yishi_request_seconds", "Requests by their route", ["method", "route", "status"])

log = logging.getLogger(__name__)


class Listing(BaseModel, Generic[T]):
    """A page of a list; `next` asks for the following one, None at the end."""

    items: list[T]
    next: str | None = None


def listing(items: list[A], limit: int) -> Listing[A]:
    """Make a page of what was found with `limit`."""
    return Listing(items=items, next=items[-1].id if len(items) == limit else None)


def web(name: str, gate: Gate, troubles: Callable[[], Awaitable[list[str]]]) -> FastAPI:
    """Make a service's HTTP application: problem documents, traces, limits, health and metrics."""
    app = FastAPI(title=f"Yishi {name}", version="1")
    app.state.gate = gate
    app.state.larger = {}  # the paths that take more than MAX_BYTES, and how much
    app.add_middleware(_Guard)
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

    @app.get("/asyncapi.json", dependencies=[public], include_in_schema=False)
    async def asyncapi() -> dict[str, object]:
        return document()

    @app.get("/metrics", dependencies=[public], include_in_schema=False)
    async def metrics() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


class _Guard:
    """Around every request: one span, a limit on its size, no echo of what went wrong inside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        taken = started = 0
        most = _most(request)
        began = time.perf_counter()
        with span(request.method, SpanKind.SERVER, request.headers.get("traceparent")) as current:

            async def receive_limited() -> Message:
                nonlocal taken
                message = await receive()
                taken += len(message.get("body", b""))
                if taken > most:
                    raise HTTPException(TooLarge.status)
                return message

            async def send_traced(message: Message) -> None:
                nonlocal started
                if message["type"] == "http.response.start":
                    started = message["status"]
                    current.set_attribute("http.response.status_code", started)
                    MutableHeaders(scope=message)["X-Trace-Id"] = trace_id() or ""
                await send(message)

            try:
                await self._app(scope, receive_limited, send_traced)
            except Exception as error:
                if started:
                    raise
                failure = _failure(error, request)
                await _document(failure, request)(scope, receive, send_traced)
            route = scope.get("route")
            path = route.path if isinstance(route, APIRoute) else "-"
            current.update_name(f"{request.method} {path}")
            # whoever asks may invent methods: each would be a series of its own, for ever
            method = request.method if request.method in HTTPMethod.__members__ else "-"
            _requests.labels(method, path, started).observe(time.perf_counter() - began)


def _most(request: Request) -> int:
    """Tell how many bytes this request may hold."""
    larger: dict[str, int] = request.app.state.larger
    return larger.get(request.url.path, MAX_BYTES)


def _failure(error: Exception, request: Request) -> YishiError:
    """Tell weather from bugs: whoever asks may ask again, with the same Idempotency-Key, or must call the operator."""
    if isinstance(error, WEATHER):
        log.warning("%s %s waits for better weather: %s", request.method, request.url.path, type(error).__name__)
        return Unavailable("the database is away; ask again, with the same Idempotency-Key")
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return YishiError("something went wrong here; the trace id tells the operator where")


async def _problem(request: Request, error: Exception) -> Response:
    return _document(error if isinstance(error, YishiError) else YishiError("unknown"), request)


async def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [Fault(".".join(str(part) for part in e["loc"] if part != "body"), e["msg"]) for e in found]
    return _document(Invalid(faults), request)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == TooLarge.status:
        return _document(TooLarge(f"a request may hold {_most(request)} bytes at most"), request)
    return _document(YishiError(HTTPStatus(status).phrase), request, status)


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
