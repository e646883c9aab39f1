"""Decides what an SMS may look like, what it costs, and which replies ask for silence (退订)."""

import re
import string
import unicodedata

ALONE, PART = 70, 67
"""UTF-16 units in a message that stands alone, and in each part of a longer one; the signature counts."""

LONGEST = 500
"""UTF-16 units that the providers take in one message, signature included."""

LONGEST_VALUE = 100
"""UTF-16 units that one field may fill."""

_STOP = frozenset({"退订", "TD", "T", "R", "N"})
_RAISES = re.compile(r"(?:反映|诉求|建议)[\s:：,，.。;；、]+(\S.{3,})", re.DOTALL)
_BEYOND_BMP = 0xFFFF
_ZWJ = "\u200d"
_JOINERS = frozenset((_ZWJ, *map(chr, range(0x1F3FB, 0x1F400))))
"""Characters that are no marks, and belong to the one before all the same."""


def units(text: str) -> int:
    """Count UTF-16 units, as carriers do: rare characters (𠮷) count two."""
    return len(text) + sum(ord(character) > _BEYOND_BMP for character in text)


def parts(text: str) -> list[str]:
    """Cut a text into the messages it is sent as; none ends inside a character or before a mark that belongs to it."""
    if units(text) <= ALONE:
        return [text]
    found, room = [""], PART
    for cluster in _clusters(text):
        size = units(cluster)
        if size > room and found[-1]:
            found.append("")
            room = PART
        found[-1] += cluster
        room -= size
    return found


def segments(text: str) -> int:
    """Count the messages that a text is sent and billed as."""
    return len(parts(text))


def _clusters(text: str) -> list[str]:
    """Cut into what readers see as one character: Tibetan vowels and subjoined letters stay with their base."""
    found: list[str] = []
    for character in text:
        joins = unicodedata.category(character).startswith("M") or character in _JOINERS
        if found and (joins or found[-1][-1] == _ZWJ) and units(found[-1]) < PART // 2:
            found[-1] += character
        else:
            found.append(character)
    return found


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


def raises(reply: str) -> str | None:
    """Tell what a reply brings in as a new issue: whatever stands behind 反映, 诉求 or 建议 at its beginning."""
    found = _RAISES.match(reply.strip())
    return found[1].strip() if found else None
