"""People at the boundary: a phone number is sealed as soon as it arrives, and everything else knows a person id.

Sealing is HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) to notify's public key, so whoever seals cannot open.
"""

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from common.errors import Fault, Invalid

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_IN_TEXT = re.compile(r"(?<!\d)((?:(?:\+|00)?86[\s-]?)?1[3-9]\d)[\s-]?\d{4}[\s-]?(\d{4})(?!\d)")


@dataclass(frozen=True)
class Contact:
    """How to reach a person: `phone` in national digits, `name` as given, `language` as BCP 47."""

    phone: str
    name: str = ""
    language: str = "zh"


@dataclass(frozen=True)
class Known:
    """What the rest of the system knows of a person: the id, and the contact that only notify can open."""

    person_id: str
    contact: str


def national_number(phone: str) -> str:
    """Reduce a phone number to national digits: 11 for a mobile, area code and number for a landline.

    Raises Invalid for anything else, without repeating it.
    """
    digits = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", phone))
    digits = re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", digits)
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    raise Invalid([Fault("reporter.phone", "is not a Chinese mobile or landline number")])


def mask_phones(text: str) -> str:
    """Blot out the middle of every mobile number in a text."""
    return _IN_TEXT.sub(r"\1****\2", text)


def mask_name(name: str) -> str:
    """Keep the family name alone, as published lists do: 王玉萍 becomes 王**."""
    return name[:1] + "*" * (len(name) - 1)


class Sealer:
    """Seals contacts and other secrets to notify's public key, and derives person ids."""

    def __init__(self, county_key: bytes, public_key: bytes) -> None:
        self._county_key = county_key
        self._public_key = X25519PublicKey.from_public_bytes(public_key)

    def person_id(self, phone: str) -> str:
        """Name the person behind a number: the same number gives the same id in this county, and nobody can go back."""
        return self._id(national_number(phone))

    def meet(self, phone: str, name: str = "", language: str = "zh") -> Known:
        """Take a contact in at a boundary. Raises Invalid where the number is none."""
        contact = Contact(national_number(phone), name, language)
        return Known(self._id(contact.phone), seal_contact(contact, self._public_key))

    def _id(self, national: str) -> str:
        digest = hmac.digest(self._county_key, national.encode(), hashlib.sha256)
        return "person-" + base64.b32encode(digest[:16]).decode().rstrip("=").lower()

    def seal(self, secret: bytes) -> str:
        """Seal anything: base64 text that only the holder of the private key can open."""
        return base64.b64encode(_SUITE.encrypt(secret, self._public_key)).decode()


def seal_contact(contact: Contact, public_key: X25519PublicKey) -> str:
    """Seal a contact as an outside party does that knows only the public key."""
    return base64.b64encode(_SUITE.encrypt(json.dumps(vars(contact)).encode(), public_key)).decode()


class Opener:
    """Opens what was sealed. notify has one; and the operator who requeues a dead letter."""

    def __init__(self, private_key: bytes) -> None:
        self._private_key = X25519PrivateKey.from_private_bytes(private_key)

    def open(self, sealed: str) -> bytes:
        """Open base64 text made by `Sealer.seal`. Raises Invalid where it was sealed to another key."""
        try:
            return _SUITE.decrypt(base64.b64decode(sealed, validate=True), self._private_key)
        except (InvalidTag, ValueError) as error:  # differing by cause; to us they are one
            raise Invalid([Fault("contact", "is not sealed to this county's key")]) from error

    def contact(self, sealed: str) -> Contact:
        """Open a sealed contact. Raises Invalid where it is none."""
        try:
            contact = Contact(**json.loads(self.open(sealed)))
            return Contact(national_number(contact.phone), contact.name, contact.language)
        except (TypeError, ValueError) as error:
            raise Invalid([Fault("contact", "is sealed, but holds no contact")]) from error
