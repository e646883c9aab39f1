"""Wires notify: the only place that constructs things."""

import asyncio
from typing import get_args

from common.errors import Misconfigured
from common.people import Opener
from common.service import Service
from notify import api, bus, gateways
from notify.handlers import Answers, Campaigns, Contacts, Fact, News, Notify, Sender, Texts
from notify.store import MongoCampaigns, MongoNotices, MongoPeople, Vault


async def main() -> None:
    """Run until a signal."""
    service = Service("notify")
    county, settings, sealer, wake = service.county, service.settings, service.sealer, asyncio.Event()
    if settings.vault_key is None or settings.seal_private is None:
        raise Misconfigured("notify needs YISHI_VAULT_KEY and YISHI_SEAL_PRIVATE, 32 bytes each, base64")
    vault, opener, texts = Vault(settings.vault_key), Opener(settings.seal_private), Texts(county, get_args(Fact))
    people, notices = MongoPeople(service.store), MongoNotices(service.store)
    contacts = Contacts(people, vault, opener, sealer, settings.seal_public)
    news = News(people, notices, texts, wake)
    campaigns = Campaigns(MongoCampaigns(service.store), people, notices, texts, wake)
    answers = Answers(people, notices, sealer, [gateway.name for gateway in county.gateways])
    ways = gateways.make(county.gateways, settings, answers.receipts)
    sender = Sender(people, notices, vault, ways, county.quiet_hours, campaigns.follow, wake)
    notify = Notify(contacts, news, campaigns, answers)
    bus.listen(service.bus, notify)
    api.routes(service.api, notify)
    service.background(sender.run)
    await service.run()
