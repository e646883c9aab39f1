"""Decides by which pieces a text is found: Chinese has no spaces, so single characters and pairs of neighbours.

What a query's pieces find contains every pair of it, so hardly anything else than texts with the words in them.
"""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

LONGEST = 400
"""Characters of a text that count: what is kept of one topic stays small, whatever is written in it."""


def pieces(texts: Iterable[str]) -> list[str]:
    """Cut texts into the pieces under which they are kept."""
    letters = _letters(" ".join(texts))[:LONGEST]
    return list(dict.fromkeys([*_pairs(letters), *(letter for letter in letters if letter != " ")]))


def sought(query: str) -> list[str]:
    """Cut a query into the pieces that what it finds must have: pairs, and characters that stand alone."""
    words = _letters(query)[:LONGEST].split()
    return list(dict.fromkeys(piece for word in words for piece in (_pairs(word) if len(word) > 1 else [word])))


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter if letter.isalnum() else " " for letter in folded)


def _pairs(letters: str) -> list[str]:
    return [one + two for one, two in pairwise(letters) if " " not in (one, two)]
