"""Keeps contacts unreadable."""

import base64
import json
import os
from dataclasses import asdict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.errors import Misconfigured
from common.people import Contact

_KEY_BYTES, _NONCE_BYTES = 32, 12


class Vault:
    """Contacts encrypted with AES-256-GCM: base64 of nonce and ciphertext, bound to the person's id."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise Misconfigured(f"YISHI_VAULT_KEY must be {_KEY_BYTES} bytes, base64; it has {len(key)}")
        self._cipher = AESGCM(key)

    def lock(self, person_id: str, contact: Contact) -> str:
        """Encrypt a contact."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(asdict(contact)).encode()
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, person_id.encode())).decode()

    def unlock(self, person_id: str, locked: str) -> Contact:
        """Decrypt a contact. Raises Misconfigured where it was locked with another key, or for another person."""
        raw = base64.b64decode(locked)
        try:
            plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], person_id.encode())
        except InvalidTag as error:
            raise Misconfigured("YISHI_VAULT_KEY is not the key that contacts were encrypted with") from error
        return Contact(**json.loads(plain))
