"""MongoDB's part of a copy: every collection at one moment, as BSON in the form of `mongodump --gzip`."""

import gzip
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from bson import json_util
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from common.errors import Misconfigured

Database = AsyncDatabase[dict[str, Any]]
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_AT_ONCE = 1000


async def save(url: str, database: str, folder: Path, tell: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Write each collection to `<name>.bson.gz`, its indexes to `<name>.indexes.json`; tells how many, of what sum.

    All of it is read at one moment, which the server keeps for five minutes (minSnapshotHistoryWindowInSeconds).
    """
    found = {}
    async with _opened(url, database) as (client, db):
        names = sorted(await db.list_collection_names(filter={"type": "collection"}))
        async with client.start_session(snapshot=True) as moment:
            for name in (name for name in names if not name.startswith("system.")):
                file = folder / f"{name}.bson.gz"
                count = 0
                with gzip.open(file, "wb", compresslevel=6) as out:
                    async for batch in db[name].find_raw_batches(session=moment, batch_size=_AT_ONCE):
                        data = cast("bytes", batch)  # whatever its type says
                        out.write(data)
                        count += sum(1 for _ in _split(data))
                indexes = [index async for index in await db[name].list_indexes()]
                (folder / f"{name}.indexes.json").write_text(json_util.dumps(indexes, indent=1), encoding="utf-8")
                found[name] = {"documents": count, "file": file.name, "sha256": digest(file)}
                tell(f"{name}: {count} documents")
    return found


async def load(url: str, database: str, folder: Path, names: list[str], tell: Callable[[str], None]) -> None:
    """Bring collections back, indexes and all."""
    async with _opened(url, database) as (_, db):
        for name in names:
            collection = db.get_collection(name, codec_options=_RAW)
            count = 0
            for batch in _batches(folder / f"{name}.bson.gz"):
                await collection.insert_many(batch)
                count += len(batch)
            indexes = json_util.loads((folder / f"{name}.indexes.json").read_text(encoding="utf-8"))
            wanted = [{k: v for k, v in index.items() if k not in ("v", "ns")} for index in indexes]
            await db.command({"createIndexes": name, "indexes": wanted})
            tell(f"{name}: {count} documents")


async def present(url: str, database: str) -> list[str]:
    """List the collections that hold anything."""
    async with _opened(url, database) as (_, db):
        names = sorted(await db.list_collection_names(filter={"type": "collection"}))
        return [f"collection {database}.{name}" for name in names if await db[name].find_one()]


def digest(file: Path) -> str:
    """Sum up a file (SHA-256); nothing for one that is not there."""
    if not file.exists():
        return ""
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


@asynccontextmanager
async def _opened(url: str, database: str) -> AsyncIterator[tuple[AsyncMongoClient[dict[str, Any]], Database]]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, serverSelectionTimeoutMS=10_000)
    try:
        yield client, client[database]
    except PyMongoError as error:
        raise Misconfigured(f"MongoDB refused: {type(error).__name__}: {str(error)[:500]}") from error
    finally:
        await client.close()


def _split(data: bytes) -> Iterator[RawBSONDocument]:
    """Take documents apart: each begins with its length in four bytes."""
    begin = 0
    while begin < len(data):
        end = begin + int.from_bytes(data[begin : begin + 4], "little")
        yield RawBSONDocument(data[begin:end])
        begin = end


def _batches(file: Path) -> Iterator[list[RawBSONDocument]]:
    with gzip.open(file, "rb") as source:
        while True:
            batch: list[RawBSONDocument] = []
            while len(batch) < _AT_ONCE and (head := source.read(4)):
                batch.append(RawBSONDocument(head + source.read(int.from_bytes(head, "little") - 4)))
            if not batch:
                return
            yield batch
