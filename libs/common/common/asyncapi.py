"""The contract of the bus as an AsyncAPI 3 document, made from the facts themselves."""

from pydantic.json_schema import models_json_schema

from common.events import Event, type_registry

Json = dict[str, object]

_PARAMETERS = {
    "county": {"description": "Six-digit division code (GB/T 2260)"},
    "system": {"description": "Name of a department system, as in county.yaml"},
}
_HEADERS: Json = {
    "type": "object",
    "required": ["ce-id", "ce-type", "ce-source", "ce-specversion"],
    "properties": {
        "ce-id": {"type": "string", "description": "Unique within the source; repeated, it is the same event"},
        "ce-type": {"type": "string"},
        "ce-source": {"type": "string"},
        "ce-specversion": {"const": "1.0"},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-subject": {"type": "string", "description": "The id of what the event is about"},
        "ce-sequence": {"type": "string", "description": "Counts the saves of what the event is about"},
        "Nats-Msg-Id": {"type": "string", "description": "The ce-id"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def document() -> Json:
    """Describe every subject, seen from a county: it receives what departments say, and sends the rest."""
    facts = sorted(type_registry.values(), key=lambda event: event.type)
    _, schemas = models_json_schema(
        [(event, "validation") for event in facts], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yishi 议事",
            "version": "1",
            "description": "Facts of grassroots consultation: CloudEvents 1.0 over NATS JetStream, in binary mode.",
        },
        "defaultContentType": "application/json",
        "channels": {event.type: _channel(event) for event in facts},
        "operations": {f"{_action(event)}-{event.type}": _operation(event) for event in facts},
        "components": {
            "messages": {event.__name__: _message(event) for event in facts},
            "schemas": schemas["$defs"],
        },
    }


def _channel(event: type[Event]) -> Json:
    address = event.subject("{county}", "{system}")
    return {
        "address": address,
        "parameters": {name: about for name, about in _PARAMETERS.items() if f"{{{name}}}" in address},
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
    }


def _action(event: type[Event]) -> str:
    return "receive" if event.type.startswith("dept.in.") else "send"


def _operation(event: type[Event]) -> Json:
    channel = f"#/channels/{event.type}"
    return {
        "action": _action(event),
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.__name__}"}],
        "summary": f"Said by {event.speaker()}; heard by {', '.join(event.heard_by)}.",
    }


def _message(event: type[Event]) -> Json:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip(),
        "headers": _HEADERS,
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
