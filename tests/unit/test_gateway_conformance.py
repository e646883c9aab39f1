"""Every gateway of ours passes the kit that others are examined with; one that sends twice does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway_trials import SETUPS, gateway, provider
from notify.domain import Outcome
from notify.gateways.conformance import Behaviour, Peer, examine
from notify.gateways.conformance.__main__ import main
from notify.handlers import Ear, Gateway, Message


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHI_TEST_PASSWORD", "secret")
    monkeypatch.setattr("notify.gateways.web.ANSWER_WITHIN_S", 0.15)


@pytest.mark.parametrize("kind", SETUPS)
def test_our_own_gateways_conform(kind: str, tmp_path: Path) -> None:
    setup = SETUPS[kind](tmp_path)
    assert asyncio.run(examine(setup, within_s=5)) == []


def test_a_gateway_that_tries_again_or_lies_is_found_out() -> None:
    class Eager:
        """Tries again whatever happened, and calls silence a refusal."""

        def __init__(self, inner: Gateway) -> None:
            self.open, self.close, self.query, self.capabilities = (
                inner.open, inner.close, inner.query, inner.capabilities,
            )  # fmt: skip
            self._inner = inner

        async def submit(self, message: Message) -> Outcome:
            await self._inner.submit(message)
            return await self._inner.submit(message)

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        async with provider("http") as peer:
            yield Eager(gateway("http", peer, ear)), peer

    faults = asyncio.run(examine(setup, within_s=3))
    assert {fault.path for fault in faults} >= {
        "accepts, with an id, and tells of the receipt",
        "silence is unknown, and never sent again",
        "a cut connection is unknown, and never sent again",
    }


def test_a_gateway_that_raises_or_hangs_is_found_out() -> None:
    class Bad:
        def __init__(self, inner: Gateway, peer: Peer) -> None:
            self.open, self.close, self.query, self.capabilities = (
                inner.open, inner.close, inner.query, inner.capabilities,
            )  # fmt: skip
            self._inner, self._peer = inner, peer

        async def submit(self, message: Message) -> Outcome:
            answer = await self._inner.submit(message)
            if getattr(self._peer, "how", None) is Behaviour.REFUSE:
                raise ConnectionError
            return answer

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        async with provider("aliyun") as peer:
            yield Bad(gateway("aliyun", peer, ear), peer), peer

    faults = asyncio.run(examine(setup, within_s=3))
    assert [str(fault) for fault in faults][1:] == [
        "a refusal is one, and nothing was taken: raised ConnectionError instead of answering"
    ]


def test_the_kit_is_a_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_trials.trial", SETUPS["http"](Path()), raising=False)
    assert main(["gateway_trials:trial"]) == 0
    assert main([]) == 2
    assert "conformance" in capsys.readouterr().err
