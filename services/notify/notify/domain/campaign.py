"""Decides about campaigns: one message to everyone in a group."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate
from common.events import CampaignFinished
from notify.domain.notice import OPEN, NoticeState


class CampaignState(StrEnum):
    """Where a campaign stands."""

    SENDING = "SENDING"
    FINISHED = "FINISHED"


@dataclass(kw_only=True)
class Campaign(Aggregate):
    """A campaign. `recipients` counts those in the group; `queued` says that a notice for each of them is stored."""

    group: str
    template: str
    values: dict[str, str]
    recipients: int
    started_by: str
    started_at: datetime
    topic_id: str | None = None
    queued: bool = False
    state: CampaignState = CampaignState.SENDING
    counts: dict[str, int] = field(default_factory=dict)

    def stored(self) -> None:
        """Know that there is a notice for everyone."""
        self.queued = True

    def finish(self, counts: dict[NoticeState, int]) -> None:
        """End, once every notice has reached its end; says so once."""
        if self.state is CampaignState.FINISHED or not self.queued or any(counts.get(state) for state in OPEN):
            return
        self.state, self.counts = CampaignState.FINISHED, {str(state): count for state, count in counts.items()}
        self.say(
            CampaignFinished(
                campaign_id=self.id,
                topic_id=self.topic_id,
                delivered=counts.get(NoticeState.DELIVERED, 0),
                failed=counts.get(NoticeState.FAILED, 0),
                suppressed=counts.get(NoticeState.SUPPRESSED, 0),
            )
        )
