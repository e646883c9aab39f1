"""Both stores in a folder, and back again.

The order makes the two fit together. What departments said and nobody has taken yet is copied first: it is in that
copy, or its effect is in MongoDB's, which is one moment's and comes second. What the services said is copied last, so
that no fact is missing that MongoDB takes for said. After a restore every consumer begins anew, and all of it is heard
again: whatever comes twice has no effect, and what was on its way is finished.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.aggregate import utc_now
from common.bus import apply
from common.bus.streams import DEAD, DEPT_IN, EVENTS, TIMERS
from common.errors import Misconfigured
from yishi.backup import documents, streams

FORMAT = 1
MANIFEST = "manifest.json"
LATEST = "latest"
BEFORE, AFTER = (DEPT_IN,), (EVENTS, TIMERS, DEAD)

Manifest = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Stores:
    """Where a county's data lies."""

    county: str
    nats_url: str
    replicas: int
    mongo_url: str
    database: str


async def backup(stores: Stores, into: Path, keep: int, tell: Tell) -> list[str]:
    """Copy both stores into a new folder under `into`; tells what has become less since the copy before.

    A folder is there whole or not at all. The newest `keep` stay. Raises Misconfigured where a copy cannot be made.
    """
    before = _previous(into)
    name = utc_now().strftime("%Y%m%dT%H%M%S.%fZ")
    draft = into / f".{name}"
    draft.mkdir(mode=0o700, parents=True)
    manifest: Manifest = {"format": FORMAT, "county": stores.county, "at": utc_now().isoformat(), "streams": {}}
    try:
        for stream in BEFORE:
            manifest["streams"][stream] = await streams.save(stores.nats_url, stream, draft, tell)
        manifest["collections"] = await documents.save(stores.mongo_url, stores.database, draft, tell)
        for stream in AFTER:
            manifest["streams"][stream] = await streams.save(stores.nats_url, stream, draft, tell)
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        draft.rename(into / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _point(into, name)
    _thin(into, keep)
    tell(f"{into / name} holds both stores")
    return _less(before, manifest)


async def restore(stores: Stores, folder: Path, tell: Tell) -> None:
    """Bring both stores back. Raises Misconfigured before anything is touched: a damaged copy, or stores in use."""
    manifest = verify(folder)
    if manifest["county"] != stores.county:
        raise Misconfigured(f"{folder} is of county {manifest['county']}, this is {stores.county}")
    there = await documents.present(stores.mongo_url, stores.database)
    there += await streams.present(stores.nats_url, list(manifest["streams"]))
    if there:
        lines = "\n".join(f"  {one}" for one in there)
        raise Misconfigured(f"nothing is restored over data; stop the services, then move away what is there:\n{lines}")
    await documents.load(stores.mongo_url, stores.database, folder, list(manifest["collections"]), tell)
    for stream in manifest["streams"]:
        await streams.load(stores.nats_url, stream, folder, stores.replicas, tell)
    changes = await apply(stores.nats_url, stores.county, stores.replicas)
    tell(f"the bus is set up ({len(changes)} changes); the services may start")


def verify(folder: Path) -> Manifest:
    """Read a copy's manifest and compare every file with it. Raises Misconfigured with each that differs."""
    try:
        manifest: Manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{folder} is no backup: {error}") from error
    if manifest.get("format") != FORMAT:
        raise Misconfigured(f"{folder} is of format {manifest.get('format')}, this Yishi reads {FORMAT}")
    parts = {**manifest["collections"], **manifest["streams"]}
    wrong = [
        f"  {part['file']}" for part in parts.values() if documents.digest(folder / part["file"]) != part["sha256"]
    ]
    if wrong:
        raise Misconfigured(f"{folder} is damaged; these differ from what was written:\n" + "\n".join(wrong))
    return manifest


def _previous(into: Path) -> Manifest:
    try:
        manifest: Manifest = json.loads((into / LATEST / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"collections": {}, "streams": {}}
    return manifest


def _thin(into: Path, keep: int) -> None:
    copies = sorted(path for path in into.iterdir() if (path / MANIFEST).exists() and not path.is_symlink())
    for old in copies[:-keep]:
        shutil.rmtree(old)


def _point(into: Path, name: str) -> None:
    draft = into / f".{LATEST}.{os.getpid()}"
    draft.symlink_to(name)
    draft.replace(into / LATEST)


def _less(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Find what there is less of: no collection loses documents, no stream goes back."""
    counts = (("collections", "documents"), ("streams", "last"))
    return [
        f"{name}: {part[count]} {count} before, {now[kind].get(name, {}).get(count, 0)} now"
        for kind, count in counts
        for name, part in before[kind].items()
        if now[kind].get(name, {}).get(count, 0) < part[count]
    ]
