"""Tells one thing to everyone in a group."""

import asyncio
from collections.abc import Mapping

from common.aggregate import Aggregates, Origin, derived_id
from common.errors import Fault, Invalid
from common.telemetry import traceparent
from notify.domain import OPEN, Campaign, CampaignState, Notice, plain, segments
from notify.handlers.ports import Notices, People, Tally
from notify.handlers.texts import Texts

_AT_ONCE = 1000


class Campaigns:
    """Starts campaigns, and follows them to their end."""

    def __init__(
        self,
        campaigns: Aggregates[Campaign],
        people: People,
        notices: Notices,
        texts: Texts,
        wake: asyncio.Event,
    ) -> None:
        self._campaigns = campaigns
        self._people = people
        self._notices = notices
        self._texts = texts
        self._wake = wake

    async def start(
        self, group: str, template: str, values: Mapping[str, str], topic_id: str | None, origin: Origin
    ) -> Campaign:
        """Tell everyone in a group; the same request again finds the first. Raises Invalid with every fault."""
        self._texts.check(template, values)
        ids = await self._people.group(group)
        if not ids:
            raise Invalid([Fault("group", f"nobody is in {group!r}; bring people in with POST /people")])
        campaign = Campaign(
            id=derived_id("campaign", origin.id),
            group=group,
            template=template,
            values={name: plain(value) for name, value in values.items()},
            recipients=len(ids),
            started_by=origin.by,
            started_at=origin.at,
            topic_id=topic_id,
        )
        stored = await self._campaigns.change(campaign.id, lambda _: None, new=lambda: campaign)
        return stored if stored.queued else await self._queue(stored)

    async def get(self, campaign_id: str) -> tuple[Campaign, list[Tally]]:
        """Load a campaign, and how its notices stand now."""
        return await self._campaigns.get(campaign_id), await self._notices.tally(campaign_id=campaign_id)

    async def follow(self) -> None:
        """Queue what a crash kept from being queued, and finish campaigns of which every notice has ended."""
        for campaign in await self._campaigns.page(state=CampaignState.SENDING, limit=1000):
            if not campaign.queued:
                await self._queue(campaign)
            elif not await self._is_open(campaign.id):
                await self._finish(campaign.id)

    async def _finish(self, campaign_id: str) -> None:
        counts = {tally.state: tally.notices for tally in await self._notices.tally(campaign_id=campaign_id)}
        await self._campaigns.change(campaign_id, lambda campaign: campaign.finish(counts))

    async def _is_open(self, campaign_id: str) -> bool:
        for state in OPEN:
            if await self._notices.page(limit=1, campaign_id=campaign_id, state=state):
                return True
        return False

    async def _queue(self, campaign: Campaign) -> Campaign:
        ids = await self._people.group(campaign.group)
        text, trace = self._texts.write(campaign.template, campaign.values), traceparent()
        for start in range(0, len(ids), _AT_ONCE):
            notices = [_notice(campaign, id_, text, trace) for id_ in ids[start : start + _AT_ONCE]]
            await self._notices.queue(notices)
            self._wake.set()
        return await self._campaigns.change(campaign.id, lambda found: found.stored())


def _notice(campaign: Campaign, person_id: str, text: str, trace: str | None) -> Notice:
    return Notice(
        id=derived_id("notice", campaign.id, person_id),
        person_id=person_id,
        template=campaign.template,
        values=campaign.values,
        text=text,
        segments=segments(text),
        queued_at=campaign.started_at,
        due_at=campaign.started_at,
        topic_id=campaign.topic_id,
        campaign_id=campaign.id,
        traceparent=trace,
    )
