"""Whether a JSON Schema still serves those who rely on an older one."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_WORDS = {"title", "description", "default", "$defs", "properties", "required", "examples"}


def broken(before: Json, today: Json, path: str = "") -> Iterator[str]:
    """List what a reader or a writer who relies on `before` would stumble over."""
    before_defs, today_defs = before.get("$defs", {}), today.get("$defs", {})
    yield from _compare(before, today, path)
    for name, definition in before_defs.items():
        if name in today_defs:
            yield from _compare(definition, today_defs[name], name)
        else:
            yield f"{name} is gone"


def _compare(before: Json, today: Json, path: str) -> Iterator[str]:
    here = path or "the event"
    there, now = before.get("properties", {}), today.get("properties", {})
    for name in there:
        where = f"{path}.{name}".lstrip(".")
        yield from _compare(there[name], now[name], where) if name in now else [f"{where} is gone"]
    was, must = set(before.get("required", ())), set(today.get("required", ()))
    yield from (f"{f'{path}.{name}'.lstrip('.')} is required now" for name in sorted(must - was))
    yield from (f"{f'{path}.{name}'.lstrip('.')} may be left out now" for name in sorted((was - must) & set(now)))
    for word in sorted((set(before) | set(today)) - _WORDS):
        old, new = before.get(word), today.get(word)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _compare(old, new, f"{here}.{word}")
        elif word == "enum" and set(old or ()) <= set(new or ()):
            continue
        elif old != new:
            yield f"{here}.{word} was {old!r}, is {new!r}"
