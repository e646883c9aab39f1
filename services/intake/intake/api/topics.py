"""Translates HTTP: what is asked about topics."""

from typing import Annotated

from fastapi import FastAPI

from common.aggregate import Origin
from common.auth import Role, allow
from common.web import Cursor, Limit, Listing, listing
from intake.api.bodies import HIDDEN, HIDDEN_IN_LISTS, Committee, NewTopic, Reader, Reason, Referral
from intake.domain import How, Topic
from intake.handlers import Intake


def routes(app: FastAPI, intake: Intake) -> None:
    """Put the routes into the application."""

    @app.post("/topics", status_code=201, response_model_exclude=HIDDEN)
    async def decide(body: NewTopic, origin: Annotated[Origin, allow(Role.OFFICE, Role.CONVENOR)]) -> Topic:
        """Decide on a topic, or propose it (`PROPOSED`) where this county's committee must approve."""
        how = How(body.tier, body.form, body.weight, body.steps)
        return await intake.decide(
            body.title, body.issue_ids, body.parties, needs_research=body.needs_research, origin=origin, how=how
        )

    @app.post("/topics/{topic_id}/approve", response_model_exclude=HIDDEN)
    async def approve(topic_id: str, origin: Committee) -> Topic:
        return await intake.approve(topic_id, origin)

    @app.post("/topics/{topic_id}/decline", response_model_exclude=HIDDEN)
    async def decline(topic_id: str, body: Reason, origin: Committee) -> Topic:
        return await intake.decline(topic_id, body.reason, origin)

    @app.post("/topics/{topic_id}/refer", response_model_exclude=HIDDEN)
    async def refer(
        topic_id: str, body: Referral, origin: Annotated[Origin, allow(Role.OFFICE, Role.COMMITTEE)]
    ) -> Topic:
        """Let it go on one tier higher or lower, with its id and the chain of all referrals."""
        return await intake.refer(topic_id, body.division, body.reason, origin)

    @app.get("/topics", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_topics(after: Cursor = None, limit: Limit = 50) -> Listing[Topic]:
        return listing(await intake.topics.page(after, limit), limit)

    @app.get("/topics/{topic_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_topic(topic_id: str) -> Topic:
        return await intake.topics.get(topic_id)
