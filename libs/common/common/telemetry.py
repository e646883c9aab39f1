"""Traces and logs. One trace runs from a department's event to the last message; OTLP only where it is configured.

Spans follow OpenTelemetry's HTTP and messaging conventions. They are made here rather than by the instrumentation
packages, which exist only as pre-releases and, for FastStream, cost about half of the throughput.
"""

import json
import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType

from opentelemetry import propagate, trace
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode

_tracer = trace.get_tracer("yishi")
_ids = RandomIdGenerator()


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "trace_id": trace_id(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(service: str, level: str, otlp_url: str | None) -> TracerProvider:
    """Send logs to standard error as JSON lines, and traces to `otlp_url` (OTLP/HTTP) where one is given."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    provider = TracerProvider(resource=Resource.create({"service.name": f"yishi-{service}"}))
    if otlp_url:
        endpoint = otlp_url.rstrip("/") + "/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint), schedule_delay_millis=500))
        trace.set_tracer_provider(provider)
    return provider


def traceparent() -> str | None:
    """Tell the current trace in the form of W3C's `traceparent` header."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id() -> str | None:
    """Tell the id of the current trace, 32 hexadecimal digits."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


class span:  # noqa: N801  it is used as a verb: `with span(...)`
    """Do something inside a span that continues the trace of `parent` (a traceparent), or begins one.

    A failure is recorded by its type alone: messages may quote what a person wrote.
    """

    def __init__(self, name: str, kind: SpanKind, parent: str | None, **attributes: str | int) -> None:
        context = propagate.extract({"traceparent": parent}) if parent else None
        self._span = _tracer.start_span(name, context, kind)
        if self._span.is_recording():
            self._span.set_attributes({key.replace("_", "."): value for key, value in attributes.items()})
        elif not self._span.get_span_context().is_valid:
            self._span = NonRecordingSpan(_fresh())

    def __enter__(self) -> Span:
        self._token = attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        detach(self._token)
        if isinstance(error, Exception):
            self._span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        self._span.end()


def leaf(name: str, kind: SpanKind, parent: str | None, **attributes: str | int) -> AbstractContextManager[Span | None]:
    """Do as `span` does where spans are recorded, and nothing elsewhere: for what nothing else happens inside of."""
    return span(name, kind, parent, **attributes) if _recorded() else nullcontext()


@lru_cache(maxsize=1)
def _recorded() -> bool:
    """Whether spans are recorded here, as `configure` has settled before anything is done."""
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def _fresh() -> SpanContext:
    """Begin a trace where nothing is recorded: its id still runs through events, logs and answers."""
    return SpanContext(_ids.generate_trace_id(), _ids.generate_span_id(), is_remote=False)
