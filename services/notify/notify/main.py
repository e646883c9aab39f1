"""Wires notify: the only place that constructs things."""

import asyncio
from typing import get_args

from common.errors import Misconfigured
from common.people import Opener
from common.service import Service
from notify import api, bus, gateways
from notify.handlers import (
    Addresses,
    Answers,
    Campaigns,
    Contacts,
    Fact,
    Matching,
    News,
    Notify,
    Sender,
    Texts,
    accounts_of,
)
from notify.store import MongoCampaigns, MongoLeases, MongoNotices, MongoPeople, MongoReceipts, Vault


async def main() -> None:
    """Run until a signal."""
    service = Service("notify")
    county, settings, store, wake = service.county, service.settings, service.store, asyncio.Event()
    if settings.vault_key is None or settings.seal_private is None:
        raise Misconfigured("notify needs YISHI_VAULT_KEY and YISHI_SEAL_PRIVATE, 32 bytes each, base64")
    vault, texts = Vault(settings.vault_key), Texts(county, get_args(Fact))
    people, notices = MongoPeople(store), MongoNotices(store)
    contacts = Contacts(people, vault, Opener(settings.seal_private), service.sealer, settings.seal_public)
    news, matching = News(people, notices, texts, wake), Matching(notices, MongoReceipts(store))
    campaigns = Campaigns(MongoCampaigns(store), people, notices, texts, wake)
    answers = Answers(people, notices, matching, service.sealer, vault)
    answers.gateways = gateways.make(county, settings, answers)
    accounts = accounts_of(answers.gateways, MongoLeases(store))
    sender = Sender(Addresses(people, vault), notices, matching, accounts, county.quiet_hours, campaigns.follow, wake)
    notify = Notify(contacts, news, campaigns, answers)
    bus.listen(service.bus, notify)
    api.routes(service.api, notify)
    service.background(sender.run)
    await service.run()
