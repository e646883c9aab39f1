"""One database, by either driver.

Motor and PyMongo's own async client differ in five calls (aggregate, watch, start_session, start_transaction, close).
They are made in this package and nowhere else, through `settled`.
"""

import inspect
from collections.abc import Awaitable
from datetime import date
from typing import Protocol, TypeVar, cast

from bson.codec_options import CodecOptions, TypeEncoder, TypeRegistry
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from common.outbox import Outbox
from common.store.commit import Document

T = TypeVar("T")

SERVER_SELECTION_MS = 5_000


class _DateAsText(TypeEncoder):
    """BSON has no days without a time; they are stored as ISO 8601 text."""

    python_type = date

    def transform_python(self, value: date) -> str:
        return value.isoformat()


async def settled(answer: Awaitable[T]) -> T:
    """Await what PyMongo answers with an awaitable; Motor answers these calls at once, whatever the types say."""
    return await answer if inspect.isawaitable(answer) else answer


class Prepared(Protocol):
    """Something with indexes to make."""

    async def prepare(self) -> None:
        """Make them."""


class Store:
    """One database, by either driver."""

    def __init__(self, url: str, database: str, driver: str, outbox: Outbox, source: str) -> None:
        # the types are PyMongo's: Motor's client has the same calls
        make = cast("type[AsyncMongoClient[Document]]", AsyncIOMotorClient) if driver == "motor" else AsyncMongoClient
        self._client = make(
            url, tz_aware=True, w="majority", journal=True, serverSelectionTimeoutMS=SERVER_SELECTION_MS, appname=source
        )
        codec: CodecOptions[Document] = CodecOptions(tz_aware=True, type_registry=TypeRegistry([_DateAsText()]))
        self._database = self._client.get_database(database, codec_options=codec)
        self._collections: list[Prepared] = []
        self.outbox = outbox
        self.source = source

    def hold(self, documents: Prepared) -> None:
        """Remember a collection, to prepare it."""
        self._collections.append(documents)

    def collection(self, name: str) -> AsyncCollection[Document]:
        """Give a collection."""
        return self._database[name]

    async def prepare(self) -> None:
        """Make the indexes. Doing it twice does nothing."""
        for documents in self._collections:
            await documents.prepare()

    async def troubles(self) -> list[str]:
        """Ask the primary whether it is there; raises the driver's error where it is not."""
        await self._client.admin.command("ping")
        return []

    async def close(self) -> None:
        """Close the connections."""
        await settled(self._client.close())
