"""JetStream's part of a copy: the server's own snapshot of a stream, without its consumers."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from common.errors import Misconfigured
from yishi.backup.documents import digest

CHUNK_BYTES = 128 * 1024
WITHIN_S = 60
"""A chunk that takes longer does not come any more."""


async def save(url: str, stream: str, folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write a stream to `<name>.snapshot`, its configuration beside it; tells how many messages and of what sum."""
    file = folder / f"{stream}.snapshot"
    async with _connected(url) as client:
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        request = {"deliver_subject": inbox, "no_consumers": True, "chunk_size": CHUNK_BYTES, "jsck": True}
        about = await _ask(client, f"$JS.API.STREAM.SNAPSHOT.{stream}", request)
        with file.open("wb") as out:
            # the last is empty, and says in a header whether the snapshot is whole
            while chunk := (message := await subscription.next_msg(WITHIN_S)).data:
                out.write(chunk)
                if message.reply:  # asked for now and then, so that we are not overrun
                    await message.respond(b"")
        status = (message.headers or {}).get("Status", "204")
        if status != "204":
            raise Misconfigured(f"the snapshot of {stream} broke off: {(message.headers or {}).get('Description')}")
    kept = {"config": about["config"], "state": about["state"]}
    (folder / f"{stream}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    state = about["state"]
    tell(f"{stream}: {state['messages']} messages")
    return {"messages": state["messages"], "last": state["last_seq"], "file": file.name, "sha256": digest(file)}


async def load(url: str, stream: str, folder: Path, replicas: int, tell: Callable[[str], None]) -> None:
    """Bring a stream back, on as many servers as there are now."""
    kept = json.loads((folder / f"{stream}.json").read_text(encoding="utf-8"))
    kept["config"]["num_replicas"] = replicas
    async with _connected(url) as client:
        with suppress(NotFoundError):  # an empty one would be in the way
            await client.jetstream().delete_stream(stream)
        place = (await _ask(client, f"$JS.API.STREAM.RESTORE.{stream}", kept))["deliver_subject"]
        with (folder / f"{stream}.snapshot").open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                await client.request(place, chunk, timeout=WITHIN_S)
        _checked(stream, json.loads((await client.request(place, b"", timeout=WITHIN_S)).data))
    tell(f"{stream}: {kept['state']['messages']} messages")


async def present(url: str, names: list[str]) -> list[str]:
    """List the streams that hold anything."""
    found = []
    async with _connected(url) as client:
        for name in names:
            with suppress(NotFoundError):
                info = await client.jetstream().stream_info(name)
                found += [f"stream {name}"] if info.state.messages else []
    return found


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Client]:
    client = await nats.connect(url.split(","), allow_reconnect=False, connect_timeout=10)
    try:
        yield client
    except (TimeoutError, NatsError) as error:
        raise Misconfigured(f"NATS did not do it: {type(error).__name__}: {error}") from error
    finally:
        await client.close()


async def _ask(client: Client, subject: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await client.request(subject, json.dumps(request).encode(), timeout=WITHIN_S)
    return _checked(subject.rpartition(".")[2], json.loads(answer.data))


def _checked(stream: str, answer: dict[str, Any]) -> dict[str, Any]:
    if error := answer.get("error"):
        raise Misconfigured(
            f"NATS refused for {stream}: {error.get('description')}; `yishi bus diff` tells what it lacks"
        )
    return answer
