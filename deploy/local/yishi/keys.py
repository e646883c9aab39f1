"""The county's keys on this machine: made on first use, never made anew where data depends on them."""

import base64
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from common.auth import AUDIENCE
from common.errors import Misconfigured

FILES = ("county.key", "vault.key", "seal.key", "token.key")
ISSUER = "yishi"
NOTIFY = "notify"
NOTIFY_ALONE = ("YISHI_SEAL_PRIVATE", "YISHI_VAULT_KEY", "YISHI_SMS_FILE")
"""What no other service may know: with these a contact is opened."""


_RESTORE = "bring it back from a copy, or take another folder with --data"


@dataclass(frozen=True)
class Keys:
    """32 bytes each: `county` makes person ids, `vault` encrypts contacts, `seal` unseals them, `signing` signs."""

    data: Path
    county: bytes
    vault: bytes
    seal: bytes
    signing: bytes

    @classmethod
    def at(cls, data: Path) -> Self:
        """Read `<data>/keys`, or make it. Raises Misconfigured where keys are missing that data was written with."""
        folder = data / "keys"
        if not folder.exists():
            if (data / "mongo").exists():
                raise Misconfigured(f"{folder} is missing, and the data beside it cannot be read without; {_RESTORE}")
            _make(folder)
        missing = [name for name in (*FILES, "jwks.json") if not (folder / name).exists()]
        if missing:
            raise Misconfigured(f"{', '.join(missing)} missing in {folder}; {_RESTORE}")
        return cls(data, *(base64.b64decode((folder / name).read_text()) for name in FILES))

    @property
    def seal_public(self) -> bytes:
        """What contacts are sealed to."""
        return X25519PrivateKey.from_private_bytes(self.seal).public_key().public_bytes_raw()

    @property
    def jwks(self) -> Path:
        """Where the services find the public key that tokens are verified with."""
        return self.data / "keys" / "jwks.json"

    def environment(self, service: str, nats_url: str, mongo_url: str, county: Path, port: int) -> dict[str, str]:
        """Give a service's environment: this process's own, and the settings over it."""
        mine = {name: value for name, value in os.environ.items() if name not in NOTIFY_ALONE}
        mine |= {
            "YISHI_NATS_URL": nats_url,
            "YISHI_MONGO_URL": mongo_url,
            "YISHI_COUNTY": str(county),
            "YISHI_HOST": "127.0.0.1",
            "YISHI_PORT": str(port),
            "YISHI_JWKS": str(self.jwks),
            "YISHI_ISSUER": ISSUER,
            "YISHI_COUNTY_KEY": _text(self.county),
            "YISHI_SEAL_PUBLIC": _text(self.seal_public),
        }
        if service == NOTIFY:
            sms = str(self.data / "sms.jsonl")
            mine |= dict(zip(NOTIFY_ALONE, (_text(self.seal), _text(self.vault), sms), strict=True))
        return mine

    def token(
        self,
        roles: Sequence[str],
        subject: str,
        county: str,
        divisions: Sequence[str] = (),
        hours: float = 12,
        department: str | None = None,
    ) -> str:
        """Sign a bearer token that is good for `hours`."""
        now = datetime.now(UTC)
        claims = {
            "sub": subject,
            "roles": list(roles),
            "county": county,
            "divisions": list(divisions),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + timedelta(hours=hours),
        }
        if department:
            claims["department"] = department
        key = Ed25519PrivateKey.from_private_bytes(self.signing)
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": _jwk(key)["kid"]})


def _make(folder: Path) -> None:
    """Make all keys or none: a folder with half of them would be taken for a loss."""
    draft = folder.with_name(f".keys.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    signing = Ed25519PrivateKey.generate()
    seal = X25519PrivateKey.generate()
    raw = (secrets.token_bytes(32), secrets.token_bytes(32), seal.private_bytes_raw(), signing.private_bytes_raw())
    for name, key in zip(FILES, raw, strict=True):
        _write(draft / name, _text(key))
    _write(draft / "jwks.json", json.dumps({"keys": [_jwk(signing)]}, indent=1))
    draft.rename(folder)


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
    # the thumbprint of RFC 7638: required members alone, sorted, without spaces
    print_ = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    kid = base64.urlsafe_b64encode(print_).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"}


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
