"""The floor of HTTP: a bare FastAPI route that inserts the same document, acknowledged by the majority."""

import asyncio
import secrets
import sys
from datetime import datetime

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import BaseModel
from pymongo import AsyncMongoClient


class Issue(BaseModel):
    """What is posted."""

    title: str
    description: str
    division: str
    category: str
    occurred_at: datetime
    reporter: dict[str, str]


async def main(mongo_url: str, port: int) -> None:
    """Serve until a signal."""
    mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongo_url, w="majority", journal=True)
    collection = mongo.get_database("floor").get_collection("posted")
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> str:
        return "ready"

    @app.post("/issues", status_code=201)
    async def post(issue: Issue) -> Issue:
        await collection.insert_one({"_id": secrets.token_hex(16), **issue.model_dump()})
        return issue

    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    await asyncio.gather(uvicorn.Server(config).serve())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
