"""Arranges: what notify does when something is heard, asked, or due."""

from notify.handlers.account import Account, Way, accounts_of
from notify.handlers.alerts import Alerts
from notify.handlers.answers import Answers
from notify.handlers.campaigns import Campaigns
from notify.handlers.contacts import Contacts, NewPerson
from notify.handlers.gateway import Call, Called, Capabilities, Ear, Gateway, Heard, Message, Question, Reply, Status
from notify.handlers.matching import Matching
from notify.handlers.news import Fact, News
from notify.handlers.notify import Notify
from notify.handlers.ports import Leases, Notices, People, Receipts, Tally, Vault
from notify.handlers.sender import Addresses, Sender
from notify.handlers.texts import Texts, Wording

__all__ = [
    "Account",
    "Addresses",
    "Alerts",
    "Answers",
    "Call",
    "Called",
    "Campaigns",
    "Capabilities",
    "Contacts",
    "Ear",
    "Fact",
    "Gateway",
    "Heard",
    "Leases",
    "Matching",
    "Message",
    "NewPerson",
    "News",
    "Notices",
    "Notify",
    "People",
    "Question",
    "Receipts",
    "Reply",
    "Sender",
    "Status",
    "Tally",
    "Texts",
    "Vault",
    "Way",
    "Wording",
    "accounts_of",
]
