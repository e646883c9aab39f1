"""Remembers people, notices, campaigns, receipts and leases; contacts lie in a vault."""

from notify.store.leases import MongoLeases
from notify.store.notices import MongoNotices
from notify.store.people import MongoCampaigns, MongoPeople
from notify.store.receipts import MongoReceipts
from notify.store.vault import Vault

__all__ = ["MongoCampaigns", "MongoLeases", "MongoNotices", "MongoPeople", "MongoReceipts", "Vault"]
