"""What has become of an issue so far, for whoever asks from outside."""

from dataclasses import dataclass
from datetime import datetime

SETTLED = frozenset(("merged", "linked", "redirected", "rejected", "withdrawn", "refused", "ended", "closed"))
"""Statuses after which nothing more is done about the issue itself; each but these leaves it open."""

FOR_ALL = frozenset(("redirected", "rejected", "withdrawn", "decided", "referred", "ended", "closed", "reopened"))
"""What becomes of an issue becomes of those that go on as part of it: their systems are told as well."""


@dataclass(frozen=True)
class Update:
    """One change of an issue: its status from then on, in the words of the answers to departments, and why."""

    status: str
    at: datetime
    reason: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the issue is dealt with."""
        return self.status in SETTLED
