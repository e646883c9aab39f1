"""Speaks on the bus as a department system does: one JSON file becomes one CloudEvent, kept by the stream."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import nats
from nats.errors import Error as NatsError

from common.bus import Outgoing
from common.county import County
from common.errors import Fault, Invalid, Misconfigured
from yishi.programs import NATS
from yishi.servers import answers


@dataclass(frozen=True)
class Kept:
    """Where the stream keeps it; `duplicate` where it had the same event id already."""

    id: str
    subject: str
    stream: str
    sequence: int
    duplicate: bool


def issue(county: County, system: str, file: Path, id_: str | None = None) -> Outgoing:
    """Wrap a file. Raises Invalid where the system is not the county's or the file is not a JSON object."""
    if not county.has_system(system):
        known = ", ".join(s.name for s in county.systems) or "none"
        raise Invalid([Fault("system", f"{system!r} is not a system of county {county.code}; known are {known}")])
    try:
        data = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid([Fault(str(file), f"is not JSON that can be read: {error}")]) from error
    if not isinstance(data, dict):
        raise Invalid([Fault(str(file), "must hold a JSON object")])
    about = str(data.get("external_id", system))
    return Outgoing(
        id_ or str(uuid4()), "dept.in.issue.v1", f"dept/{county.code}/{system}", about, datetime.now(UTC), data
    )


async def send(nats_url: str, told_by: str, county: str, system: str, outgoing: Outgoing) -> Kept:
    """Publish it, and return once the stream has stored it. Raises Misconfigured where no stream takes it."""
    await answers(NATS, nats_url, told_by)
    client = await nats.connect(nats_url.split(","), allow_reconnect=False)
    subject = f"dept.{county}.{system}.{outgoing.type.removeprefix('dept.')}"
    try:
        ack = await client.jetstream().publish(subject, outgoing.body(), timeout=5, headers=outgoing.headers())
    except NatsError as error:
        raise Misconfigured(f"no stream has taken {subject} ({error}); run `yishi bus apply`") from error
    finally:
        await client.close()
    return Kept(outgoing.id, subject, ack.stream, ack.seq, bool(ack.duplicate))
