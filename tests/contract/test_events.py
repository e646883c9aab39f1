"""What others may rely on: every event as it was first written, still read and still written so.

`golden/<type>.json` is written by hand and only ever gains fields. `schemas/<type>.json` is made from the models:
YISHI_RENEW=1 .venv/bin/pytest tests/contract/test_events.py -k 'todays or published'
`published.txt` names every event there ever was.
A change that would break a reader is not renewed: give the event a new version beside the old one instead.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from common.bus.cloudevents import Incoming, Outgoing, read, validate
from common.errors import Invalid
from common.events import DeptIssue, Event, type_registry
from compatibility import SCHEMAS, broken, stored

PUBLISHED = Path(__file__).with_name("published.txt")
GOLDEN = Path(__file__).with_name("golden")
FACTS = sorted(type_registry.values(), key=lambda event: event.type)
every = pytest.mark.parametrize("event", FACTS, ids=lambda event: event.type)
Json = dict[str, Any]


def golden(event: type[Event]) -> Json:
    document: Json = json.loads((GOLDEN / f"{event.type}.json").read_text(encoding="utf-8"))
    return document


def heard(event: type[Event], data: object = None) -> Incoming:
    example = golden(event)
    body = example["data"] if data is None else data
    return read(example["headers"], json.dumps(body, ensure_ascii=False).encode())


def written(event: type[Event]) -> Json:
    """Write what was read from the golden example."""
    return validate(event, heard(event)).model_dump(mode="json")


def schema_of(model: type[BaseModel]) -> Json:
    """Make the schema of what is sent: for departments what we take, otherwise what we say."""
    incoming = getattr(model, "type", "").startswith("dept.in.")
    return model.model_json_schema(mode="validation" if incoming else "serialization")


def missing(example: object, now: object, path: str = "") -> Iterator[str]:
    """List what stands in the example and is not written any more, or otherwise."""
    if isinstance(example, Mapping) and isinstance(now, Mapping):
        for name, value in example.items():
            where = f"{path}.{name}".lstrip(".")
            yield from missing(value, now[name], where) if name in now else [f"{where} is gone"]
    elif isinstance(example, list) and isinstance(now, list) and len(example) == len(now):
        for number, (one, other) in enumerate(zip(example, now, strict=True)):
            yield from missing(one, other, f"{path}.{number}")
    elif example != now:
        yield f"{path} was {example!r}, is {now!r}"


def test_no_event_that_was_ever_published_has_gone() -> None:
    types = [event.type for event in FACTS]
    before = PUBLISHED.read_text(encoding="utf-8").split()
    assert set(before) <= set(types), "others rely on it: let it stand beside its successor"
    if os.environ.get("YISHI_RENEW"):
        PUBLISHED.write_text("\n".join(types) + "\n", encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8").split() == types, "renew it: see the head of this file"


def test_every_event_has_its_golden_example_and_its_schema_and_none_is_left_over() -> None:
    types = {f"{event.type}.json" for event in FACTS}
    assert {path.name for path in GOLDEN.iterdir()} == types, "write tests/contract/golden/<type>.json by hand"
    if not os.environ.get("YISHI_RENEW"):
        assert {path.name for path in SCHEMAS.iterdir()} == types, "a schema is missing or left over: see above"


@every
def test_the_golden_example_is_read(event: type[Event]) -> None:
    incoming = heard(event)
    assert incoming.faults == []
    assert isinstance(validate(event, incoming), event)


@every
def test_the_golden_example_stands_on_the_subject_it_always_had(event: type[Event]) -> None:
    subject = golden(event)["subject"]
    system = subject.split(".")[2] if subject.startswith("dept.") else "*"
    assert event.subject("620102", system) == subject


@every
def test_the_headers_are_written_as_they_were(event: type[Event]) -> None:
    headers = golden(event)["headers"]
    incoming = heard(event)
    ce = incoming.attributes
    time, sequence = datetime.fromisoformat(ce["time"]), int(ce["sequence"])
    now = Outgoing(ce["id"], event.type, ce["source"], ce["subject"], time, {}, incoming.traceparent, sequence)
    assert now.headers() == headers


@every
def test_what_is_written_today_holds_everything_it_held(event: type[Event]) -> None:
    example = golden(event)["data"]
    if event is DeptIssue:  # said by others alone; were we to write it, nobody would be named
        example["reporter"] |= {"name": "**********", "phone": "**********"}
    assert list(missing(example, written(event))) == []


@every
def test_the_golden_example_shows_every_field(event: type[Event]) -> None:
    assert set(golden(event)["data"]) == set(event.model_fields)


@every
def test_what_is_written_today_is_accepted_by_the_stored_schema(event: type[Event]) -> None:
    validator = Draft202012Validator(stored(event), format_checker=FormatChecker())
    sent = golden(event)["data"] if event.type.startswith("dept.in.") else written(event)
    assert [error.message for error in validator.iter_errors(sent)] == []


@every
def test_the_stored_schema_is_todays_and_breaks_nobody(event: type[Event]) -> None:
    path, today = SCHEMAS / f"{event.type}.json", schema_of(event)
    before = stored(event) if path.exists() else today
    assert list(broken(before, today, hears=event.type.startswith("dept.in."))) == []
    if os.environ.get("YISHI_RENEW"):
        path.write_text(json.dumps(today, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert stored(event) == today, "renew it: see the head of this file"


@every
def test_a_field_that_nobody_knows_yet_is_tolerated(event: type[Event]) -> None:
    data = golden(event)["data"]
    later = _with_more(data)
    assert validate(event, heard(event, later)) == validate(event, heard(event))
    assert list(Draft202012Validator(stored(event)).iter_errors(later)) == []


@every
def test_every_field_that_may_be_left_out_can_be_and_no_other(event: type[Event]) -> None:
    data = golden(event)["data"]
    required = set(stored(event).get("required", []))
    for name in data:
        fewer = {key: value for key, value in data.items() if key != name}
        if name in required:
            with pytest.raises(Invalid, match=name):
                validate(event, heard(event, fewer))
        else:
            validate(event, heard(event, fewer))


def _with_more(value: object) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        return {name: _with_more(one) for name, one in value.items()} | {"来自将来": {"kind": ["new"]}}
    return [_with_more(one) for one in value] if isinstance(value, list) else value


def test_a_field_that_is_no_longer_written_is_seen() -> None:
    example = {"a": 1, "b": [{"c": 2, "d": 3}]}
    assert list(missing(example, example | {"new": 1})) == []
    assert list(missing(example, {"b": [{"c": 2}]})) == ["a is gone", "b.0.d is gone"]
    assert list(missing(example, {"a": 2, "b": []})) == ["a was 1, is 2", "b was [{'c': 2, 'd': 3}], is []"]
