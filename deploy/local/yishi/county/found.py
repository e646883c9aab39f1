"""Makes a MongoDB server its own replica set: the official image starts it as a member of none."""

from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from common.errors import Misconfigured
from yishi.servers import found, mask

WITHIN_MS = 20_000


async def replica_set(url: str, member: str) -> None:
    """Make it once; afterwards there is nothing to do. Raises Misconfigured where nobody answers, or lets us in."""
    given = parse_uri(url)
    credentials = {"username": given["username"], "password": given["password"], "authSource": "admin"}
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        member,
        directConnection=True,
        serverSelectionTimeoutMS=WITHIN_MS,
        **(credentials if given["username"] else {}),
    )
    try:
        if (await client.admin.command("hello")).get("setName") is None:
            await found(client, member)
    except PyMongoError as error:
        raise Misconfigured(
            f"{mask(url)} at {member} is no replica set yet: {type(error).__name__}: {error}"
        ) from error
    finally:
        await client.close()
