"""Devices (记录设备) that may bring recordings, each the county's office has registered."""

from dataclasses import dataclass
from datetime import datetime

from common.aggregate import Aggregate, Origin


@dataclass(kw_only=True)
class Device(Aggregate):
    """A device, named after its public key (Ed25519, hexadecimal). `holder` is the subject of who records with it."""

    label: str
    holder: str
    public_key: str
    registered_by: str
    registered_at: datetime
    revoked_at: datetime | None = None

    def revoke(self, origin: Origin) -> None:
        """Take nothing from it any more: it is lost, or its holder has gone."""
        if self.take(origin) and self.revoked_at is None:
            self.revoked_at = origin.at
