"""Decides what an SMS may look like, what it costs, and which replies ask for silence (退订)."""

import string
import unicodedata

ALONE, PART = 70, 67
"""UTF-16 units in a message that stands alone, and in each part of a longer one; the signature counts."""

LONGEST = 500
"""UTF-16 units that the providers take in one message, signature included."""

LONGEST_VALUE = 100
"""UTF-16 units that one field may fill."""

_STOP = frozenset({"退订", "TD", "T", "R", "N"})
_BEYOND_BMP = 0xFFFF


def units(text: str) -> int:
    """Count UTF-16 units, as carriers do: rare characters (𠮷) count two."""
    return len(text) + sum(ord(character) > _BEYOND_BMP for character in text)


def segments(text: str) -> int:
    """Count the messages that a text is billed as; no part ends in the middle of a character."""
    if units(text) <= ALONE:
        return 1
    parts, room = 1, PART
    for character in text:
        size = units(character)
        if size > room:
            parts, room = parts + 1, PART
        room -= size
    return parts


def clip(text: str, limit: int) -> str:
    """Shorten to `limit` UTF-16 units; what was cut ends in `…`."""
    if units(text) <= limit:
        return text
    while units(text) > limit - 1:
        text = text[: limit - 1] if len(text) >= limit else text[:-1]
    return text + "…"


def plain(value: str) -> str:
    """Make a value fit to stand inside a message: one line, and no 【】, which only the signature may have."""
    return " ".join(value.replace("【", "[").replace("】", "]").split())


def fields(text: str) -> list[str]:
    """List the fields of a template. Raises ValueError where its braces are not plain `{field}`."""
    found = []
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            message = "only plain {field} is allowed between braces"
            raise ValueError(message)
        found.append(name)
    return list(dict.fromkeys(found))


def asks_to_stop(reply: str) -> bool:
    """Whether a reply asks for no more messages: 退订, TD, T, R or N in any width and case, spaces and dots aside."""
    known = unicodedata.normalize("NFKC", reply).upper()
    return "".join(character for character in known if character.isalnum()) in _STOP
