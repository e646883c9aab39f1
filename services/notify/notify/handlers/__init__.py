"""Arranges: what notify does when something is heard, asked, or due."""

from notify.handlers.answers import Answers, Receipt, Reply
from notify.handlers.campaigns import Campaigns
from notify.handlers.contacts import Contacts, NewPerson
from notify.handlers.news import Fact, News
from notify.handlers.notify import Notify
from notify.handlers.ports import Gateway, Message, Notices, People, Tally, Vault
from notify.handlers.sender import Sender
from notify.handlers.texts import Texts, Wording

__all__ = [
    "Answers",
    "Campaigns",
    "Contacts",
    "Fact",
    "Gateway",
    "Message",
    "NewPerson",
    "News",
    "Notices",
    "Notify",
    "People",
    "Receipt",
    "Reply",
    "Sender",
    "Tally",
    "Texts",
    "Vault",
    "Wording",
]
