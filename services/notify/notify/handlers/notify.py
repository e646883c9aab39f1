"""All that notify does, put together from its parts; the sender alone works by itself."""

from dataclasses import dataclass

from common.aggregate import Origin
from common.events import PersonMet
from notify.handlers.answers import Answers
from notify.handlers.campaigns import Campaigns
from notify.handlers.contacts import Contacts
from notify.handlers.news import Fact, News


@dataclass(frozen=True)
class Notify:
    """Knows people, tells them news, runs campaigns, and takes answers."""

    contacts: Contacts
    news: News
    campaigns: Campaigns
    answers: Answers

    async def meet(self, fact: PersonMet, origin: Origin) -> None:
        """Hear that a service met somebody."""
        await self.contacts.meet(fact, origin)

    async def tell(self, fact: Fact, origin: Origin) -> None:
        """Hear news."""
        await self.news.tell(fact, origin)
