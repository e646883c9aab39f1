"""Gateways as plug-ins, lines with TLS, and alerts to staff."""

import asyncio
import logging
import ssl
from datetime import timedelta
from importlib.metadata import EntryPoint
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carrier import Carrier
from carriers import Smsc
from common.aggregate import utc_now
from common.county import Gateway as Described
from common.errors import Misconfigured
from common.settings import Settings
from fakes import PHONE, county
from gateway_world import Listener, making, message, opened, play, until
from notify import gateways
from notify.domain import Accepted, Again, Refused, Unknown
from notify.gateways import GROUP, staff
from notify.handlers import Gateway, Message
from provider import Provider

OFFICE = {"office": "YISHI_OFFICE"}


def certificate(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 and its key into one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = utc_now()
    subject = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    signed = built.add_extension(subject, critical=True).sign(key, hashes.SHA256())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "carrier.pem"
    path.write_bytes(signed.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption()))
    return path


@pytest.mark.parametrize("on_uvloop", [False, True])
def test_a_line_with_tls_is_bound_and_one_whose_certificate_nobody_knows_is_not(
    tmp_path: Path, *, on_uvloop: bool
) -> None:
    pem = certificate(tmp_path)

    def carrier() -> Smsc:
        smsc = Smsc()
        smsc.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        smsc.tls.load_cert_chain(pem)
        return smsc

    async def known(gateway: Gateway, _: Carrier, listener: Listener) -> None:
        assert isinstance(await gateway.submit(message()), Accepted)
        await until(lambda: listener.taken)

    async def unknown(gateway: Gateway, _: Carrier, __: Listener) -> None:
        assert isinstance(await gateway.submit(message()), Refused)

    assert play(carrier(), known, on_uvloop=on_uvloop, tls=True, tls_ca=str(pem)).taken
    assert not play(carrier(), unknown, on_uvloop=on_uvloop, tls=True, patience_s=0.3).logins


def test_a_plug_in_is_found_by_its_entry_point_and_a_broken_one_refuses_and_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    points = [EntryPoint("good", "gateway_world:making", GROUP), EntryPoint("broken", "no_such_package:make", GROUP)]
    monkeypatch.setattr(gateways, "entry_points", lambda **_: points)
    settings = type("Named", (), {"sms_file": tmp_path / "sms.jsonl"})()
    described = [Described(name="ours", kind="file"), Described(name="theirs", kind="broken")]
    with caplog.at_level(logging.CRITICAL):
        ways = gateways.make(county(gateways=described), cast("Settings", settings), Listener())

    async def submit() -> list[object]:
        answers = [await way.gateway.submit(message()) for way in ways.values()]
        for way in ways.values():
            await way.gateway.close()
        return list(answers)

    ours, theirs = asyncio.run(submit())
    assert isinstance(ours, Accepted)
    assert theirs == Refused("broken cannot be made: ModuleNotFoundError", Again.ELSEWHERE)


def test_staff_is_told_through_apprise_and_a_failure_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told(status: int) -> tuple[object, list[dict[str, object]]]:
        async with Provider(lambda _: "", lambda _: {}, {}, status=status) as peer:
            monkeypatch.setenv("YISHI_OFFICE", peer.url.replace("http://", "json://"))
            async with opened(staff.make, making("apprise", Listener(), OFFICE)) as way:
                answer = await way.submit(Message("alert-1", "", "短信通道发不出短信", "staff"))
            return answer, [asked.said for asked in peer.asked]

    answer, said = asyncio.run(told(200))
    assert answer == Accepted("alert-1", 1)
    assert said[0]["message"] == "短信通道发不出短信"
    assert isinstance(asyncio.run(told(500))[0], Unknown)


def test_only_addresses_that_apprise_knows_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("wecombot://abcdefabcdef", "dingtalk://secret@" + "a" * 64, "mailtos://u:p@example.cn"):
        monkeypatch.setenv("YISHI_OFFICE", address)
        assert staff.make(making("apprise", Listener(), OFFICE)).capabilities.staff
    monkeypatch.setenv("YISHI_OFFICE", "pigeon://coop")
    with pytest.raises(Misconfigured) as caught:
        staff.make(making("apprise", Listener(), OFFICE))
    assert [fault.path for fault in caught.value.faults] == ["secrets.office"]
    assert PHONE not in str(caught.value)
