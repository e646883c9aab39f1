"""One way of writing a thing down, so that its hash is the same wherever and whenever it is made."""

import hashlib
import json


def canonical(thing: object) -> bytes:
    """Write JSON as RFC 8785 does, for what holds no fractions: keys in order, no space, UTF-8.

    Raises TypeError where it is no JSON or holds a fraction, whose digits are nobody's business to agree on.
    """
    _require_whole(thing)
    text = json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(thing: object) -> str:
    """Hash it: SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(thing)).hexdigest()


def _require_whole(thing: object) -> None:
    if isinstance(thing, float):
        raise TypeError("a number with a fraction cannot be written canonically")
    if isinstance(thing, dict):
        for name, value in thing.items():
            if not isinstance(name, str):
                raise TypeError("a name in JSON is a text")
            _require_whole(value)
    if isinstance(thing, list | tuple):
        for value in thing:
            _require_whole(value)
