"""A county's categories (类别): a plain list, or a tree of up to three levels in county.yaml or in a file beside it."""

import csv
from pathlib import Path

from common.errors import Misconfigured

SEPARATOR = "/"
FILE = "file"


def flat(given: object) -> object:
    """Make the list of a tree: `{a: {b: [c]}}` is `a`, `a/b` and `a/b/c`. Whatever is malformed is left as it is."""
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        return given
    paths = list(_paths(given, ""))
    malformed = any(SEPARATOR in name for _, name in paths)
    return given if malformed or not paths else [path for path, _ in paths]


def beside(document: object, county_file: Path) -> object:
    """Put in the tree where a county file names a table `{file: categories.csv}`, with a column for each level.

    Raises Misconfigured where it cannot be read.
    """
    scope = document.get("scope") if isinstance(document, dict) else None
    named = scope.get("categories") if isinstance(scope, dict) else None
    if not (isinstance(document, dict) and isinstance(scope, dict) and isinstance(named, dict)) or [*named] != [FILE]:
        return document
    path = county_file.parent / str(named[FILE])
    if path.parent != county_file.parent:
        raise Misconfigured(f"scope.categories.file: {named[FILE]} must stand beside {county_file.name}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
    except (OSError, ValueError, csv.Error) as error:
        raise Misconfigured(f"{path} cannot be read: {error}") from error
    return document | {"scope": scope | {"categories": _tree(rows)}}


def _tree(rows: list[list[str]]) -> dict[str, object]:
    root: dict[str, object] = {}
    for row in rows:
        here = root
        for name in filter(None, map(str.strip, row)):
            below = here.setdefault(name, {})
            here = below if isinstance(below, dict) else {}
    return root


def _paths(given: object, above: str) -> list[tuple[str, str]]:
    """List what stands at and below a node: its path, and its own name."""
    if isinstance(given, str):
        return [(above + given, given)]
    if isinstance(given, list):
        return [pair for item in given for pair in _paths(item, above)]
    if isinstance(given, dict):
        found = []
        for name, below in given.items():
            path = f"{above}{name}"
            found += [(path, str(name)), *_paths(below, path + SEPARATOR)]
        return found
    return []
