"""Decides how receipts (状态报告) find their messages: providers write one id in several ways."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from common.aggregate import derived_id
from notify.domain.outcome import Delivered, Failed

_DECIMAL, _HEX = re.compile(r"\d{1,20}"), re.compile(r"[0-9a-f]{1,16}")


@dataclass(frozen=True)
class Part:
    """A part of a message, by the provider's id for it (in one way of writing, and as given), and its fate."""

    id: str
    given: str = ""
    delivered: bool = False
    code: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What a provider says became of a message (by our `reference`), or of a part of one (by its own `id`).

    Both may be missing where `person_id`, whom it was sent to, is known; then it can only be matched to a message
    of which nobody could say whether it was taken.
    """

    reference: str | None
    result: Delivered | Failed
    id: str | None = None
    person_id: str | None = None

    @property
    def key(self) -> str:
        """Name what it says: the same again is the same receipt."""
        code = self.result.code if isinstance(self.result, Failed) else ""
        said = type(self.result).__name__
        return derived_id("receipt", self.reference or "", self.id or "", self.person_id or "", said, code)


@dataclass(frozen=True)
class Kept:
    """A receipt as it is stored: first of all, before anybody knows what it is a receipt for."""

    id: str
    gateway: str
    receipt: Receipt
    at: datetime
    readings: list[str] = field(default_factory=list)


def normal(id_: str) -> str:
    """Reduce a provider's id to one way of writing it: lower case, no leading zeros."""
    return id_.strip().lower().lstrip("0") or "0"


def readings(id_: str) -> list[str]:
    """List what an id may have been in the answer to the submission, likeliest first: as it is, in hex, in decimal."""
    plain = normal(id_)
    found = [plain]
    if _DECIMAL.fullmatch(plain):
        found.append(f"{int(plain):x}")
    if _HEX.fullmatch(plain):
        found.append(str(int(plain, 16)))
    return list(dict.fromkeys(found))
