"""Our own gateways, put together with stand-ins for their providers, as the conformance kit wants them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from carrier import Carrier, Manners
from carriers import Ismg, Smsc
from gateway_world import SECRETS, Listener, carrier_options, making
from notify.gateways import aliyun, cmpp, http, smpp, tencent
from notify.gateways.conformance import Behaviour, Peer, Setup
from notify.gateways.file import FileGateway
from notify.handlers import Ear, Gateway
from provider import Asked, Provider

KEYS = dict.fromkeys(("key_id", "key_secret", "token"), "YISHI_TEST_PASSWORD")
HTTP_OPTIONS: dict[str, object] = {
    "headers": {"Authorization": "Bearer {secret.key}"},
    "body": {"mobile": "{phone}", "content": "{text}", "ref": "{reference}"},
    "code": "result",
    "accepted": ["0"],
    "refused": {"7": "never"},
    "id": "data.0.msgid",
    "receipts": {
        "id": "msgid", "phone": "mobile", "status": "state", "delivered": ["DELIVRD"], "pending": ["ACCEPTD"],
    },
    "replies": {"phone": "mobile", "text": "content", "id": "moid"},
}  # fmt: skip


class CarrierPeer:
    """A carrier, as the kit wants it."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier

    async def behave(self, how: Behaviour) -> None:
        next_ = self.carrier.seen + 1
        always = frozenset(range(next_, next_ + 100))
        self.carrier.manners = {
            Behaviour.ACCEPT: Manners(),
            Behaviour.REFUSE: Manners(refuse=dict.fromkeys(always, 5)),
            Behaviour.SILENT: Manners(mute=always),
            Behaviour.CUT: Manners(cut_at=always),
            Behaviour.NONSENSE: Manners(garbage=next_),
            Behaviour.AWAY: Manners(),
        }[how]
        if how is Behaviour.AWAY:
            await self.carrier.away()
        elif not self.carrier.listening:
            await self.carrier.listen()

    def taken(self, phone: str) -> int:
        return self.carrier.taken[phone]


class Disk:
    """A disk: `away` and `refuse` are a full one; it is never silent, nor cut."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self._path, self._patch = path, patch
        path.write_text("")

    async def behave(self, how: Behaviour) -> None:
        if how in (Behaviour.REFUSE, Behaviour.AWAY):
            self._patch.setattr("notify.gateways.file.os.write", _full)
        elif how is Behaviour.ACCEPT:
            self._patch.undo()
        else:
            self._patch.setattr("notify.gateways.file.os.write", lambda _, line: len(line) - 1)

    def taken(self, phone: str) -> int:
        return self._path.read_text(encoding="utf-8").count(phone)


def _full(_: int, __: bytes) -> int:
    raise OSError(28, "No space left on device")


def carrier(new: Callable[[], Carrier]) -> Setup:
    """Put a carrier's gateway together."""

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        async with new() as peer:
            options = {"answer_s": 0.15, "patience_s": 1, "reconnect_s": 0.02}
            kind, own = carrier_options(peer, **options)
            make = smpp.make if kind == "smpp" else cmpp.make
            yield make(making(kind, ear, SECRETS, **own)), CarrierPeer(peer)

    return setup


def over_http(kind: str) -> Setup:
    """Put a gateway over HTTP together."""

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        async with provider(kind) as peer:
            yield gateway(kind, peer, ear), peer

    return setup


def provider(kind: str) -> Provider:
    """Make the provider of a kind."""
    return {
        "aliyun": lambda: Provider(
            lambda asked: asked.query.get("PhoneNumbers", ""),
            lambda number: {"Code": "OK", "BizId": f"{number}^0"},
            {"Code": "isv.AMOUNT_NOT_ENOUGH"},
        ),
        "tencent": lambda: Provider(
            _tencent_phone,
            lambda number: {"Response": {"SendStatusSet": [{"Code": "Ok", "SerialNo": f"{number}:0", "Fee": 2}]}},
            {"Response": {"SendStatusSet": [{"Code": "FailedOperation.InsufficientBalanceInSmsPackage"}]}},
        ),
        "http": lambda: Provider(
            lambda asked: str(asked.said["mobile"]),
            lambda number: {"result": 0, "data": [{"msgid": f"m{number}"}]},
            {"result": 7},
        ),
    }[kind]()


def _tencent_phone(asked: Asked) -> str:
    phones = asked.said.get("PhoneNumberSet")
    return str(phones[0]).removeprefix("+86") if isinstance(phones, list) else ""


def gateway(
    kind: str, peer: Provider, ear: Ear | None = None, **secrets: str
) -> aliyun.Aliyun | tencent.Tencent | http.HttpGateway:
    """Make the gateway of a kind."""
    ear = ear or Listener()
    if kind == "aliyun":
        return aliyun.make(making(kind, ear, KEYS, url=peer.url, signature="城关议事"))
    if kind == "tencent":
        return tencent.make(making(kind, ear, KEYS, url=peer.url, signature="城关议事", app="1400006666"))
    keys = {"key": "YISHI_TEST_PASSWORD", **secrets}
    return http.make(making(kind, ear, keys, url=f"{peer.url}/send", **HTTP_OPTIONS))


def file(path: Path) -> Setup:
    """Put the gateway that writes to a file together."""

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        with pytest.MonkeyPatch.context() as patch:
            yield FileGateway("file", path, ear), Disk(path, patch)

    return setup


SETUPS: dict[str, Callable[[Path], Setup]] = {
    "smpp": lambda _: carrier(Smsc),
    "cmpp3": lambda _: carrier(Ismg),
    "cmpp2": lambda _: carrier(lambda: Ismg(v3=False)),
    "aliyun": lambda _: over_http("aliyun"),
    "tencent": lambda _: over_http("tencent"),
    "http": lambda _: over_http("http"),
    "file": lambda path: file(path / "sms.jsonl"),
}
