"""A message is stored when the server says so, whenever it says so; what it does not say in time is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import OutboundBufferLimitError

from common.bus import publish
from common.bus.publish import Publisher


class Wire:
    """A connection that answers before it has let go of a message, or not at all, or takes nothing."""

    def __init__(self, *, answers: bool = True, full: bool = False) -> None:
        self.answers, self.full = answers, full

    def new_inbox(self) -> str:
        return "_INBOX.x"

    async def subscribe(self, _: str, cb: Callable[[Msg], Awaitable[None]]) -> None:
        self.hear = cb

    async def publish(self, _: str, __: bytes, reply: str, ___: dict[str, str]) -> None:
        if self.full:
            raise OutboundBufferLimitError
        if self.answers:
            await self.hear(Msg(cast("Client", self), reply, data=b'{"stream":"EVENTS","seq":1}'))


async def _open(wire: Wire) -> Publisher:
    publisher = Publisher(cast("Client", wire))
    await publisher.open()
    return publisher


def test_an_answer_that_comes_before_the_message_has_left_counts() -> None:
    async def story() -> None:
        publisher = await _open(Wire())
        stored = await publisher.send("a", b"", {}, "EVENTS")
        assert stored.done()
        assert publisher._waiting == {}
        publisher.close()

    asyncio.run(story())


def test_what_is_not_answered_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "TIMEOUT_S", 0)
    monkeypatch.setattr(publish, "LOOK_EVERY_S", 0.001)

    async def story() -> None:
        publisher = await _open(Wire(answers=False))
        with pytest.raises(TimeoutError, match="not acknowledged"):
            await (await publisher.send("a", b"", {}, "EVENTS"))
        assert publisher._waiting == {}
        publisher.close()

    asyncio.run(story())


def test_what_the_connection_does_not_take_is_not_waited_for() -> None:
    async def story() -> None:
        publisher = await _open(Wire(full=True))
        with pytest.raises(OutboundBufferLimitError):
            await publisher.send("a", b"", {}, "EVENTS")
        assert publisher._waiting == {}
        publisher.close()

    asyncio.run(story())
