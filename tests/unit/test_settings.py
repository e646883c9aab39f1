"""Settings: read from the environment, every fault named at once."""

import base64

import pytest

from common.errors import Misconfigured
from common.settings import Settings

KEY = base64.b64encode(b"k" * 32).decode()
WHOLE = {
    "NATS_URL": "nats://127.0.0.1:4222",
    "MONGO_URL": "mongodb://me:secret@127.0.0.1/",
    "COUNTY": "county.yaml",
    "PORT": "8101",
    "JWKS": "jwks.json",
    "COUNTY_KEY": KEY,
    "SEAL_PUBLIC": KEY,
}


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"YISHI_{name.upper()}", raising=False)
    for name, value in values.items():
        monkeypatch.setenv(f"YISHI_{name}", value)


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **WHOLE)
    settings = Settings.from_environment()
    assert (settings.mongo_driver, settings.host, settings.log_level) == ("motor", "127.0.0.1", "INFO")
    assert settings.county_key == b"k" * 32
    assert settings.seal_private is None


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **WHOLE)
    assert "secret" not in repr(Settings.from_environment())


def test_every_missing_and_bad_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = WHOLE | {"PORT": "99999", "MONGO_DRIVER": "sqlite", "LOG_LEVEL": "LOUD"}
    del bad["NATS_URL"], bad["COUNTY_KEY"]
    given(monkeypatch, **bad)
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment()
    names = {"YISHI_NATS_URL", "YISHI_COUNTY_KEY", "YISHI_PORT", "YISHI_MONGO_DRIVER", "YISHI_LOG_LEVEL"}
    assert {fault.path for fault in refused.value.faults} == names
    assert all(name in refused.value.detail for name in names)


@pytest.mark.parametrize("key", ["geheim", base64.b64encode(b"k" * 31).decode(), base64.b64encode(b"k" * 33).decode()])
def test_a_key_has_32_bytes_and_a_bad_one_is_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    given(monkeypatch, **WHOLE | {"COUNTY_KEY": key, "SEAL_PRIVATE": key})
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment()
    assert {fault.path for fault in refused.value.faults} == {"YISHI_COUNTY_KEY", "YISHI_SEAL_PRIVATE"}
    assert key not in refused.value.detail
