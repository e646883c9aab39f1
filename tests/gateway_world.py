"""Gateways with somebody who listens to them, and what they are made with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import pytest
import uvloop

from carrier import Carrier
from carriers import Ismg
from common.county import Gateway as Described
from common.settings import Settings
from fakes import NOON, PHONE
from notify.gateways import cmpp, smpp
from notify.gateways.making import Approved, Making
from notify.handlers import Ear, Gateway, Message, Question, Reply, Status

LONG = "议" * 66 + "𠮷" + "事" * 80
SECRETS = {"password": "YISHI_TEST_PASSWORD"}


class Listener:
    """Notes what it is told; `deaf` for so many times first."""

    def __init__(self) -> None:
        self.taken: list[Status] = []
        self.replies: list[Reply] = []
        self.deaf = 0

    async def statuses(self, _: str, statuses: Sequence[Status]) -> None:
        if self.deaf:
            self.deaf -= 1
            raise ConnectionError
        self.taken += statuses

    async def heard_back(self, _: str, replies: Sequence[Reply]) -> None:
        self.replies += replies


def making(kind: str, listener: Ear, secrets: dict[str, str] | None = None, **options: object) -> Making:
    """Say what a gateway is made with."""
    described = Described.model_validate({"name": "way", "kind": kind, "options": options, "secrets": secrets or {}})
    approved = {"intake.issue.received": Approved("SMS_1", ("title", "division"))}
    return Making(described, cast("Settings", None), listener, approved)


def carrier_options(peer: Carrier, **more: object) -> tuple[str, dict[str, object]]:
    """Describe the gateway for a peer: its kind and options."""
    own: dict[str, object] = {"host": "127.0.0.1", "port": peer.port, "reconnect_s": 0.05, "patience_s": 2}
    if isinstance(peer, Ismg):
        own |= {"company": "901234", "source": "10690", "version": "3.0" if peer.v3 else "2.0"}
        return "cmpp", own | more
    return "smpp", own | {"system_id": "yishi", "source": "10690"} | more


@asynccontextmanager
async def opened(make: Callable[[Making], Gateway], with_: Making) -> AsyncIterator[Gateway]:
    """Open a gateway, and close it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YISHI_TEST_PASSWORD", "secret")
        gateway = make(with_)
    await gateway.open()
    try:
        yield gateway
    finally:
        await gateway.close()


def message(number: int = 1, text: str = "【议事】您反映的供暖不热已收到。") -> Message:
    """Make a message to a number of its own."""
    values = {"title": "供暖不热", "division": "酒泉路街道", "more": "x"}
    return Message(f"notice-{number}", str(int(PHONE) + number), text, "service", "intake.issue.received", values)


def question(number: int = 1, *ids: str) -> Question:
    """Ask after it."""
    return Question(f"notice-{number}", str(int(PHONE) + number), ids, NOON)


async def until(true: Callable[[], object], within_s: float = 5) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110  what is waited for happens in another task
            await asyncio.sleep(0.005)


Story = Callable[[Gateway, Carrier, Listener], Awaitable[None]]


def play(peer: Carrier, story: Story, *, on_uvloop: bool = False, **options: object) -> Carrier:
    """Tell a story about a gateway and a carrier; returns the carrier."""

    async def told() -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(peer)
            kind, own = carrier_options(peer, **options)
            listener = Listener()
            make = smpp.make if kind == "smpp" else cmpp.make
            gateway = await stack.enter_async_context(opened(make, making(kind, listener, SECRETS, **own)))
            await asyncio.wait_for(story(gateway, peer, listener), 20)

    (uvloop if on_uvloop else asyncio).run(told())
    return peer
