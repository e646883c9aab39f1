"""Devices that record where there is no network: each has an Ed25519 key, and signs what it brings."""

import base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common.aggregate import derived_id
from common.canonical import canonical

SIGNATURE = "signature"
FORM = "yishi/bundle/1"
"""The form of a bundle, as POST /bundles takes it."""


def device_id(public_key: bytes) -> str:
    """Name a device after its key, so that no other key can be taken for it."""
    return derived_id("device", public_key.hex())


def sign(bundle: Mapping[str, object], key: Ed25519PrivateKey) -> dict[str, object]:
    """Sign everything in a bundle."""
    whole = {name: value for name, value in bundle.items() if name != SIGNATURE}
    return {**whole, SIGNATURE: base64.b64encode(key.sign(canonical(whole))).decode()}


def signed_by(bundle: Mapping[str, object], public_key: bytes) -> bool:
    """Whether a bundle is signed with this key, and unchanged since."""
    whole = {name: value for name, value in bundle.items() if name != SIGNATURE}
    try:
        signature = base64.b64decode(str(bundle.get(SIGNATURE)), validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, canonical(whole))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
