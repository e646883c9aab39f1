"""The guard of what is published: each change that would break somebody is refused, for every field of every event."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import Field, create_model

from common.events import DeptIssueAnswer, DeptTaskOrder, Event, IssueReceived, TopicRated, type_registry
from compatibility import broken, stored

FACTS = sorted(type_registry.values(), key=lambda event: event.type)
every = pytest.mark.parametrize("event", FACTS, ids=lambda event: event.type)
Json = dict[str, Any]


def changed(event: type[Event], **fields: object) -> Json:
    """Make the schema the event had if these fields were different; None takes one away."""
    there = {name: (info.annotation, copy.copy(info)) for name, info in event.model_fields.items()}
    wanted: Json = {name: kind for name, kind in {**there, **fields}.items() if kind is not None}
    return create_model("Changed", **wanted).model_json_schema(mode="serialization")


@pytest.mark.parametrize(
    ("event", "fields", "fault"),
    [
        (IssueReceived, {"urgency": None}, "urgency is gone"),
        (IssueReceived, {"title": None, "name": (str, ...)}, "title is gone"),
        (IssueReceived, {"title": (int, ...)}, "title.type was 'string', is 'integer'"),
        (IssueReceived, {"why": (str, ...)}, "why is required now"),
        (IssueReceived, {"urgency": (str, ...)}, "urgency is required now"),
        (IssueReceived, {"title": (str, "")}, "title may be left out now"),
        (IssueReceived, {"title": (str, Field(max_length=5))}, "title.maxLength was None, is 5"),
        (TopicRated, {"score": (float, ...)}, "score.type was 'integer', is 'number'"),
    ],
)
def test_a_change_that_breaks_a_reader_is_seen(event: type[Event], fields: Json, fault: str) -> None:
    assert fault in list(broken(changed(event), changed(event, **fields)))


def _properties(schema: Json) -> Iterator[tuple[Json, str]]:
    """Yield everything with fields in a schema, and each of its fields."""
    for holder in (schema, *schema.get("$defs", {}).values()):
        yield from ((holder, name) for name in holder.get("properties", {}))


def _without(holder: Json, name: str) -> None:
    del holder["properties"][name]


def _narrower(holder: Json, name: str) -> None:
    kind = holder["properties"][name]
    if "anyOf" in kind:
        kind["anyOf"] = kind["anyOf"][:-1]
    else:
        holder["properties"][name] = {"const": "one word alone"}


def _required(holder: Json, name: str) -> None:
    if name not in holder.setdefault("required", []):
        holder["required"].append(name)


def _fewer(holder: Json, name: str) -> None:
    for kind in (holder["properties"][name], *holder["properties"][name].get("anyOf", [])):
        if "enum" in kind:
            kind["enum"] = kind["enum"][1:]


def _more(holder: Json, name: str) -> None:
    for kind in (holder["properties"][name], *holder["properties"][name].get("anyOf", [])):
        if "enum" in kind:
            kind["enum"] = [*kind["enum"], "unheard-of"]


@every
@pytest.mark.parametrize("change", [_without, _narrower, _required, _fewer], ids=lambda change: change.__name__[1:])
def test_each_breaking_change_of_each_field_is_refused(event: type[Event], change: Callable[[Json, str], None]) -> None:
    before = stored(event)
    for number, (_, name) in enumerate(_properties(before)):
        today = copy.deepcopy(before)
        change(*list(_properties(today))[number])
        for hears in (False, True):
            assert bool(list(broken(before, today, hears=hears))) is (today != before), name


@every
def test_more_values_are_refused_where_a_reader_does_not_expect_them(event: type[Event]) -> None:
    before = stored(event)
    hears = event.type.startswith("dept.in.")
    for number, (holder, name) in enumerate(_properties(before)):
        today = copy.deepcopy(before)
        _more(*list(_properties(today))[number])
        expected = hears or holder["properties"][name].get("x-open", False)
        assert bool(list(broken(before, today, hears=hears))) is (today != before and not expected), name


def test_departments_expect_more_statuses_than_they_know() -> None:
    for event in (DeptIssueAnswer, DeptTaskOrder):
        assert stored(event)["properties"]["status"]["x-open"] is True


def test_a_field_that_is_added_with_a_default_breaks_nobody() -> None:
    assert list(broken(changed(IssueReceived), changed(IssueReceived, colour=(str, "red")))) == []
