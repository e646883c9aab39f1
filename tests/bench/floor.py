"""The floor: the same durable work by hand, on nats-py and the driver alone, as fast as we know how to write it.

An event comes in, a document is stored by the majority, the facts go out acknowledged, the event is acknowledged. There
is no validation, no second version, no answer to a bad event, no guarantee after a crash between document and facts.
"""

import asyncio
import json
import sys
from contextlib import suppress

import nats
import uvloop
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import NotFoundError
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

Document = dict[str, object]

BATCH = 500
AT_ONCE = 2
FACTS = 3
"""As many as intake tells for an issue with a reporter: received, the person met, the answer."""


async def main(nats_url: str, mongo_url: str, many: int) -> None:
    """Take `many` events from FLOOR_IN in batches; with 0, each as it comes, until a signal."""
    client = await nats.connect(nats_url)
    mongo: AsyncMongoClient[Document] = AsyncMongoClient(mongo_url, w="majority", journal=True)
    collection = mongo.get_database("floor").get_collection("issues")
    await (in_batches if many else one_by_one)(client.jetstream(), collection, many)
    await mongo.close()
    await client.close()


async def in_batches(js: JetStreamContext, collection: AsyncCollection[Document], many: int) -> None:
    """Fetch, store and tell in batches, two of them at a time."""
    done = 0

    async def work() -> None:
        nonlocal done
        config = ConsumerConfig(max_ack_pending=5000)
        subscription = await js.pull_subscribe("floor.in", "floor", "FLOOR_IN", config)
        while done < many:
            try:
                messages = await subscription.fetch(BATCH, timeout=0.5)
            except TimeoutError:
                continue
            await take(messages, collection, js)
            done += len(messages)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def one_by_one(js: JetStreamContext, collection: AsyncCollection[Document], _: int) -> None:
    """Take each event as it is pushed: what is fastest where little comes."""
    tasks: set[asyncio.Task[None]] = set()

    async def taken(message: Msg) -> None:
        task = asyncio.create_task(take([message], collection, js))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    await js.subscribe("floor.in", durable="floor-push", stream="FLOOR_IN", cb=taken, manual_ack=True)
    await asyncio.Event().wait()


async def take(messages: list[Msg], collection: AsyncCollection[Document], js: JetStreamContext) -> None:
    """Store a batch, tell its facts, acknowledge it."""
    events = [json.loads(message.data) for message in messages]
    await collection.insert_many([{"_id": event["external_id"], **event} for event in events], ordered=False)
    facts = [
        js.publish(
            "floor.out.fact",
            json.dumps({"issue_id": event["external_id"], "title": event["title"]}).encode(),
            stream="FLOOR_OUT",
            headers={
                "Nats-Msg-Id": f"{event['external_id']}.{number}",
                "ce-type": "fact",
                "ce-id": event["external_id"],
            },
        )
        for event in events
        for number in range(FACTS)
    ]
    await asyncio.gather(*facts)
    await asyncio.gather(*(message.ack() for message in messages))


async def prepare(js: JetStreamContext) -> None:
    """Make the floor's own streams anew."""
    for name, subject in (("FLOOR_IN", "floor.in"), ("FLOOR_OUT", "floor.out.*")):
        with suppress(NotFoundError):
            await js.delete_stream(name)
        await js.add_stream(StreamConfig(name=name, subjects=[subject], duplicate_window=120))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
