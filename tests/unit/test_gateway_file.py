"""The gateway that writes to a file answers as a provider does."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from common import county
from common.errors import Misconfigured
from common.settings import Settings
from fakes import PHONE
from notify import gateways
from notify.domain import Accepted, Again, Delivered, Failed, Refused
from notify.gateways.file import FileGateway
from notify.handlers import Message, Receipt


class Receipts:
    """Takes receipts."""

    def __init__(self) -> None:
        self.taken: list[Receipt] = []

    async def __call__(self, gateway: str, receipts: Sequence[Receipt]) -> None:
        assert gateway == "file"
        self.taken += receipts


class NamedSettings:
    """As much of Settings as gateways look at."""

    def __init__(self, sms_file: Path | None) -> None:
        self.sms_file = sms_file


def settings(sms_file: Path | None) -> Settings:
    return cast("Settings", NamedSettings(sms_file))


def message(reference: str = "notice-1") -> Message:
    return Message(reference, PHONE, "议" * 71, "service")


def test_each_message_is_a_line_and_is_delivered_once(tmp_path: Path) -> None:
    path, receipts = tmp_path / "sms.jsonl", Receipts()

    async def play() -> list[object]:
        gateway = FileGateway("file", path, receipts)
        answers = await asyncio.gather(*(gateway.submit(message(f"notice-{n}")) for n in range(250)))
        await gateway.close()
        return list(answers)

    answers = asyncio.run(play())
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert answers[7] == Accepted("file-notice-7", 2)
    assert [line["reference"] for line in lines] == [f"notice-{n}" for n in range(250)]
    assert lines[0] | {"at": ""} == {
        "reference": "notice-0", "phone": PHONE, "text": "议" * 71, "segments": 2, "at": "",
    }  # fmt: skip
    assert receipts.taken == [Receipt(f"notice-{n}", Delivered()) for n in range(250)]
    assert path.stat().st_mode & 0o077 == 0


def test_what_another_process_wrote_can_be_asked_after(tmp_path: Path) -> None:
    async def play() -> list[object]:
        first = FileGateway("file", tmp_path / "sms.jsonl", Receipts())
        await first.submit(message("notice-1"))
        await first.close()
        second = FileGateway("file", tmp_path / "sms.jsonl", Receipts())
        found = [await second.query("notice-1"), await second.query("notice-10"), await second.query("notice-")]
        await second.close()
        return list(found)

    assert asyncio.run(play()) == [Delivered(), Failed("never taken"), Failed("never taken")]


def test_a_full_disk_is_a_definite_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError(28, "No space left on device")

    async def play() -> object:
        gateway = FileGateway("file", tmp_path / "sms.jsonl", Receipts())
        with monkeypatch.context() as patch:
            patch.setattr("notify.gateways.file.os.write", full)
            answer = await gateway.submit(message())
        await gateway.close()
        return answer

    assert asyncio.run(play()) == Refused("file: No space left on device", Again.LATER)


def test_receipts_that_are_not_taken_do_not_stop_the_gateway(tmp_path: Path) -> None:
    async def fail(_: str, __: Sequence[Receipt]) -> None:
        raise ConnectionError

    async def play() -> object:
        gateway = FileGateway("file", tmp_path / "sms.jsonl", fail)
        await gateway.submit(message())
        answer = await gateway.submit(message("notice-2"))
        await gateway.close()
        return answer

    assert asyncio.run(play()) == Accepted("file-notice-2", 2)


def test_gateways_are_made_by_their_kind_and_every_fault_is_listed(tmp_path: Path) -> None:
    good, carrier = county.Gateway(name="file", kind="file", weight=2), county.Gateway(name="x", kind="cmpp")
    ways = gateways.make([good], settings(tmp_path / "sms.jsonl"), Receipts())
    assert (list(ways), ways["file"].weight) == (["file"], 2)
    asyncio.run(ways["file"].gateway.close())
    with pytest.raises(Misconfigured) as caught:
        gateways.make([good, carrier], settings(None), Receipts())
    assert [fault.path for fault in caught.value.faults] == ["gateways.0", "gateways.1.kind"]
    with pytest.raises(Misconfigured, match="cannot be written"):
        gateways.make([good], settings(tmp_path / "no" / "folder"), Receipts())
    with pytest.raises(Misconfigured, match="weight"):
        gateways.make([], settings(None), Receipts())
