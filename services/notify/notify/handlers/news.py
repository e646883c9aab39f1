"""Hears news that concerns people, and queues one notice for each of them."""

import asyncio

from common.aggregate import Origin, derived_id
from common.errors import NotFound
from common.events import (
    IssueLinked,
    IssueMerged,
    IssueReceived,
    IssueRedirected,
    IssueRejected,
    IssueUnmerged,
    MeetingCancelled,
    MeetingConvened,
    MeetingPostponed,
    TopicAgreed,
    TopicClosed,
    TopicDecided,
    TopicEnded,
    TopicPublicised,
    TopicReopened,
)
from common.telemetry import traceparent
from notify.domain import Notice, segments
from notify.handlers.ports import Notices, People
from notify.handlers.texts import Texts, template_of

Fact = (
    IssueReceived
    | IssueMerged
    | IssueLinked
    | IssueUnmerged
    | IssueRedirected
    | IssueRejected
    | TopicDecided
    | MeetingConvened
    | MeetingPostponed
    | MeetingCancelled
    | TopicAgreed
    | TopicEnded
    | TopicPublicised
    | TopicClosed
    | TopicReopened
)
"""What people are told of, where the county has a template for it."""


class News:
    """Tells people what became of their matter. `wake` rouses the sender."""

    def __init__(self, people: People, notices: Notices, texts: Texts, wake: asyncio.Event) -> None:
        self.notices = notices
        self.texts = texts
        self._people = people
        self._wake = wake

    async def tell(self, fact: Fact, origin: Origin) -> None:
        """Queue a notice for everyone concerned; a repeated event finds them there.

        Raises NotFound where somebody is not known yet, after the others' notices are queued: the event comes again.
        """
        template = template_of(type(fact))
        ids = list(dict.fromkeys(fact.people))
        if not ids or not self.texts.has(template):
            return
        known = await self._people.some(ids)
        values = self.texts.of(fact)
        text, trace = self.texts.write(template, values), traceparent()
        topic_id: str | None = getattr(fact, "topic_id", None)
        notices = [
            Notice(
                id=derived_id("notice", origin.id, id_),
                person_id=id_,
                template=template,
                values=values,
                text=text,
                segments=segments(text),
                queued_at=origin.at,
                due_at=origin.at,
                topic_id=topic_id,
                asks_rating=isinstance(fact, TopicPublicised),
                traceparent=trace,
            )
            for id_ in ids
            if id_ in known
        ]
        if notices:
            await self.notices.queue(notices)
            self._wake.set()
        if missing := [id_ for id_ in ids if id_ not in known]:
            raise NotFound("person", missing[0])
