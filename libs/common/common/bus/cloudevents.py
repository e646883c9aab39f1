"""CloudEvents 1.0 over NATS: binary mode is spoken, binary and structured mode are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, unquote

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from common.errors import Fault, Invalid
from common.events import Event

STRUCTURED = "application/cloudevents"
BATCH = "application/cloudevents-batch"
MAX_BYTES = 1024 * 1024
"""More than this is refused; the server lets 8 MB through, so that the refusal can be told."""

E = TypeVar("E", bound=Event)

_REQUIRED = ("id", "source", "type", "specversion")
_PLAIN = re.compile(r"[!#$&-~]*")
_PRINTABLE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')


@dataclass(frozen=True)
class Outgoing:
    """An event on its way out, as it is stored with what told it. `subject` is the aggregate's id."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, object]
    traceparent: str | None = None
    sequence: int = 0

    def headers(self) -> dict[str, str]:
        """Render the attributes as NATS headers; `Nats-Msg-Id` makes the server drop a repetition."""
        attributes = {
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-subject": self.subject,
            "ce-time": self.time.isoformat(),
            "ce-specversion": "1.0",
            "ce-sequence": str(self.sequence),
        }
        headers = {name: _encoded(value) for name, value in attributes.items()}
        headers |= {"Content-Type": "application/json", "Nats-Msg-Id": self.id}
        if self.traceparent:
            headers["traceparent"] = self.traceparent
        return headers

    def body(self) -> bytes:
        """Render the data as JSON."""
        return to_json(self.data)


@dataclass
class Incoming:
    """An event as it came, good or bad: its attributes, its data as far as it is JSON, and its faults so far."""

    attributes: dict[str, str]
    data: object = None
    traceparent: str | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def id(self) -> str | None:
        """The `ce-id`, where there is one."""
        return self.attributes.get("id")

    @property
    def time(self) -> datetime | None:
        """The `ce-time`, where there is one that names its zone."""
        try:
            found = datetime.fromisoformat(self.attributes.get("time", ""))
        except ValueError:
            return None
        return found if found.tzinfo else None


def _encoded(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else quote(value, safe=_PRINTABLE)


def read(headers: Mapping[str, str], body: bytes) -> Incoming:
    """Read an event in either mode, noting each fault of form instead of stopping at the first."""
    lower = {name.lower(): str(value) for name, value in headers.items()}
    traceparent = lower.get("traceparent")
    if lower.get("content-type", "").lower().startswith(STRUCTURED):
        faults: list[Fault] = []
        incoming = _structured(_json(body, faults), traceparent, faults)
    else:
        attributes = {name[3:]: unquote(value) for name, value in lower.items() if name.startswith("ce-")}
        incoming = Incoming(attributes, traceparent=traceparent)
        incoming.data = _json(body, incoming.faults)
    if len(body) > MAX_BYTES:
        incoming.faults.append(Fault("", f"is {len(body)} bytes long; {MAX_BYTES} are taken at most"))
    return _checked(incoming)


def read_batch(body: bytes, traceparent: str | None = None) -> list[Incoming]:
    """Read events in batch mode, as HTTP has it, each with its own faults. Raises Invalid where it is no list."""
    faults: list[Fault] = []
    documents = _json(body, faults)
    if not isinstance(documents, list):
        raise Invalid(faults or [Fault("", "a batch of CloudEvents is a JSON array")])
    return [_checked(_structured(document, traceparent, [])) for document in documents]


def _checked(incoming: Incoming) -> Incoming:
    for name in _REQUIRED:
        if not incoming.attributes.get(name):
            incoming.faults.append(Fault(f"ce-{name}", "is required"))
    if incoming.attributes.get("specversion", "1.0") != "1.0":
        incoming.faults.append(Fault("ce-specversion", "must be 1.0"))
    return incoming


def validate(event: type[E], incoming: Incoming) -> E:
    """Make the fact of what came. Raises Invalid with every fault of envelope and data."""
    type_ = incoming.attributes.get("type")
    if type_ and type_ != event.type:
        incoming.faults.append(Fault("ce-type", f"is {type_!r}; {event.type!r} is known here"))
    fact = None
    if isinstance(incoming.data, dict):
        try:
            fact = event.model_validate(incoming.data)
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)
            incoming.faults += [Fault(".".join(map(str, e["loc"])), e["msg"]) for e in found]
    elif not any(fault.path == "" for fault in incoming.faults):
        incoming.faults.append(Fault("", "data must be a JSON object"))
    if fact is None or incoming.faults:
        raise Invalid(incoming.faults)
    return fact


def _structured(document: object, traceparent: str | None, faults: list[Fault]) -> Incoming:
    if not isinstance(document, dict):
        faults = faults or [Fault("", "a structured CloudEvent is a JSON object")]
        return Incoming({}, None, traceparent, faults)
    attributes = {name: str(value) for name, value in document.items() if name != "data"}
    return Incoming(attributes, document.get("data"), attributes.get("traceparent", traceparent), faults)


def _json(body: bytes, faults: list[Fault]) -> object:
    try:
        # half a character is refused too: it could be neither stored nor answered
        return from_json(body)
    except ValueError as error:
        faults.append(Fault("", f"is not JSON ({error})"))
        return None
