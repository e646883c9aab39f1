"""The gateway that writes to a file answers as a provider does."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from common.county import Gateway
from common.errors import Misconfigured
from common.settings import Settings
from fakes import NOON, PHONE, county
from notify import gateways
from notify.domain import Accepted, Again, Delivered, Failed, Refused
from notify.gateways.file import FileGateway
from notify.handlers import Message, Question, Reply, Status


class Receipts:
    """Takes receipts."""

    def __init__(self) -> None:
        self.taken: list[Status] = []

    async def statuses(self, gateway: str, statuses: Sequence[Status]) -> None:
        assert gateway == "file"
        self.taken += statuses

    async def heard_back(self, gateway: str, replies: Sequence[Reply]) -> None:
        raise NotImplementedError


def question(reference: str) -> Question:
    return Question(reference, PHONE, (), NOON)


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
    assert receipts.taken == [Status(Delivered(), f"notice-{n}") for n in range(250)]
    assert path.stat().st_mode & 0o077 == 0


def test_what_another_process_wrote_can_be_asked_after(tmp_path: Path) -> None:
    async def play() -> list[object]:
        first = FileGateway("file", tmp_path / "sms.jsonl", Receipts())
        await first.submit(message("notice-1"))
        await first.close()
        second = FileGateway("file", tmp_path / "sms.jsonl", Receipts())
        found = [await second.query(question(id_)) for id_ in ("notice-1", "notice-10", "notice-")]
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
    class Deaf(Receipts):
        async def statuses(self, _: str, __: Sequence[Status]) -> None:
            raise ConnectionError

    async def play() -> object:
        gateway = FileGateway("file", tmp_path / "sms.jsonl", Deaf())
        await gateway.submit(message())
        answer = await gateway.submit(message("notice-2"))
        await gateway.close()
        return answer

    assert asyncio.run(play()) == Accepted("file-notice-2", 2)


def test_gateways_are_made_by_their_kind_and_every_fault_is_listed(tmp_path: Path) -> None:
    good, carrier = Gateway(name="file", kind="file", weight=2), Gateway(name="x", kind="pigeon")
    ways = gateways.make(county(gateways=[good]), settings(tmp_path / "sms.jsonl"), Receipts())
    assert (list(ways), ways["file"].weight) == (["file"], 2)
    asyncio.run(ways["file"].gateway.close())
    with pytest.raises(Misconfigured) as caught:
        gateways.make(county(gateways=[good, carrier]), settings(None), Receipts())
    assert [fault.path for fault in caught.value.faults] == ["gateways.0", "gateways.1.kind"]
    with pytest.raises(Misconfigured, match="cannot be written"):
        gateways.make(county(gateways=[good]), settings(tmp_path / "no" / "folder"), Receipts())
    with pytest.raises(Misconfigured, match="weight"):
        gateways.make(county(gateways=[]), settings(None), Receipts())
