"""Connectors that are broken on purpose, each a department's own of deploy/connectors with something done wrong."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

SOURCE = Path(__file__).parents[2] / "deploy/connectors/connector.py"


def load() -> Any:  # noqa: ANN401  a file to copy, not a package of ours
    spec = importlib.util.spec_from_file_location("connector", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rename(good: Any) -> None:  # noqa: ANN401
    """Say everything under a new name each time, and number the messages otherwise than the events."""
    read, headers, count = good.read, good.headers, iter(range(10**6))
    good.read = lambda file: (found := read(file)) and found | {"external_id": f"{found['external_id']}.{next(count)}"}
    good.headers = lambda *about: headers(*about) | {"ce-id": str(uuid4()), "Nats-Msg-Id": str(uuid4())}


def insist(good: Any) -> None:  # noqa: ANN401
    """Take no answer for an answer, say everything again without end, and count versions down."""
    read = good.read
    good.read = lambda file: (found := read(file)) and found | {"version": 3 - found["version"]}

    async def deaf(*_: object) -> None:
        """Hear nothing."""

    good.Connector.hear = deaf
    good.LONGEST_DELAY_S = 0.2


def break_down(good: Any) -> None:  # noqa: ANN401
    """Read everybody's answers, give the number away, and end on the first word that is not known."""
    read, hear, subscribe = good.read, good.Connector.hear, good.nats.aio.client.Client.subscribe
    good.read = lambda file: (found := read(file)) and found | {"description": "请打19900000001"}

    async def brittle(self: Any, message: Any) -> None:  # noqa: ANN401
        if b"future" in message.data:
            os._exit(1)
        await hear(self, message)

    async def curious(self: Any, subject: str, **more: object) -> Any:  # noqa: ANN401
        return await subscribe(self, "dept.>" if subject.startswith("dept.") else subject, **more)

    good.Connector.hear = brittle
    good.nats.aio.client.Client.subscribe = curious


if __name__ == "__main__":
    connector = load()
    changes: dict[str, Any] = {"rename": rename, "insist": insist, "break_down": break_down}
    kind = sys.argv.pop(1)
    if kind in changes:
        changes[kind](connector)
    connector.main()
