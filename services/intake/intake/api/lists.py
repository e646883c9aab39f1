"""Translates HTTP: what is looked up, the queue of the screening desk and the library of topics."""

from typing import Annotated

from fastapi import FastAPI, Query

from common.aggregate import Origin
from common.auth import Role, allow
from common.web import Cursor, Limit, Listing, listing
from intake.api.bodies import HIDDEN, HIDDEN_IN_LISTS, Reader
from intake.domain import Topic, TopicState
from intake.handlers.lists import Colour, Lists, Waiting

Desk = Annotated[Origin, allow(Role.CLERK, Role.OFFICE, Role.LEADER)]


def routes(app: FastAPI, lists: Lists) -> None:
    """Put the routes into the application."""

    @app.get("/queue", response_model_exclude={"items": {"__all__": {"issue": HIDDEN}}})
    async def queue(
        origin: Desk, after: Cursor = None, limit: Limit = 50, colour: Annotated[Colour | None, Query()] = None
    ) -> Listing[Waiting]:
        """List what waits for screening, the first due first: yellow is nearly overdue, red is overdue."""
        found = await lists.queue(after, limit, colour, origin.at)
        return Listing(items=found, next=found[-1].issue.id if len(found) == limit else None)

    @app.get("/library", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def library(
        q: Annotated[str, Query(min_length=1, max_length=100)],
        after: Cursor = None,
        limit: Limit = 50,
        state: Annotated[TopicState | None, Query()] = None,
    ) -> Listing[Topic]:
        """Find topics by words of their title, category and parties, in Chinese or otherwise."""
        return listing(await lists.search(q, after, limit, state), limit)
