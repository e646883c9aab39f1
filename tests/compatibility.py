"""Whether a JSON Schema still serves those who rely on an older one.

Whatever the old schema did not allow is refused in the new one, with two exceptions that nobody stumbles over: fields
that are added and may be left out, and more values of an enumeration where whoever reads it expects them: what is heard
here (`hears`), and what says so itself by `x-open`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from common.events import Event

Json = Mapping[str, Any]

SCHEMAS = Path(__file__).parent / "contract/schemas"

_WORDS = {"title", "description", "default", "$defs", "properties", "required", "examples", "x-open"}
_LISTS = {"anyOf", "allOf", "oneOf", "prefixItems"}


def stored(event: type[Event]) -> dict[str, Any]:
    """Read the schema that others rely on."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{event.type}.json").read_text(encoding="utf-8"))
    return schema


def broken(before: Json, today: Json, *, hears: bool = False) -> Iterator[str]:
    """List what a reader or a writer who relies on `before` would stumble over."""
    before_defs, today_defs = before.get("$defs", {}), today.get("$defs", {})
    yield from _compare(before, today, "", open_=hears)
    for name, definition in before_defs.items():
        if name in today_defs:
            yield from _compare(definition, today_defs[name], name, open_=hears)
        else:
            yield f"{name} is gone"


def _compare(before: Json, today: Json, path: str, *, open_: bool) -> Iterator[str]:
    here = path or "the event"
    more = open_ or bool(today.get("x-open"))
    there, now = before.get("properties", {}), today.get("properties", {})
    for name in there:
        where = f"{path}.{name}".lstrip(".")
        yield from _compare(there[name], now[name], where, open_=open_) if name in now else [f"{where} is gone"]
    was, must = set(before.get("required", ())), set(today.get("required", ()))
    yield from (f"{f'{path}.{name}'.lstrip('.')} is required now" for name in sorted(must - was))
    yield from (f"{f'{path}.{name}'.lstrip('.')} may be left out now" for name in sorted((was - must) & set(now)))
    for word in sorted((set(before) | set(today)) - _WORDS):
        old, new = before.get(word), today.get(word)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _compare(old, new, f"{here}.{word}", open_=more)
        elif word in _LISTS and old and new and len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from _compare(one, other, f"{here}.{word}.{number}", open_=more)
        elif word == "enum" and more and old and set(old) <= set(new or ()):
            continue
        elif old != new:
            yield f"{here}.{word} was {old!r}, is {new!r}"
