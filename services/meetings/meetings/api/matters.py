"""Translates HTTP: options, replies, votes, and whom to ask, beside the meetings of a topic."""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel

from common.auth import allow
from common.events import Title
from common.web import Cursor, Limit, Listing
from meetings.api.bodies import Considered, NewOption, NewVote, Proposal, Reason, VoteResult
from meetings.api.who import HIDDEN, Caller, Publisher, Reader
from meetings.domain import LAWS, Count, Deliberation, Suggestion, Tally, VoteKind
from meetings.handlers import Comparison, Matters


class VoteRule(BaseModel):
    """What a vote takes, by which law."""

    kind: VoteKind
    body: str
    source: str
    thresholds: tuple[str, ...]


def routes(app: FastAPI, matters: Matters) -> None:
    """Put them into the application."""
    _options(app, matters)
    _votes(app, matters)

    @app.get("/topics/{topic_id}/suggestions", dependencies=[Reader])
    async def suggest(
        topic_id: str,
        skill: Annotated[list[Title] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> list[Suggestion]:
        return await matters.suggest(topic_id, skill or [], limit)

    @app.post("/topics/{topic_id}/dissent/reply", response_model_exclude=HIDDEN)
    async def reply(topic_id: str, body: Considered, origin: Publisher) -> Deliberation:
        return await matters.reply(topic_id, body.party, body.option, body.text, origin)


def _options(app: FastAPI, matters: Matters) -> None:
    @app.post("/topics/{topic_id}/options", status_code=201, response_model_exclude=HIDDEN)
    async def propose(topic_id: str, body: NewOption, origin: Caller) -> Deliberation:
        return await matters.propose(topic_id, body.title, body.text, origin)

    @app.post("/topics/{topic_id}/options/{key}/drop", response_model_exclude=HIDDEN)
    async def drop(topic_id: str, key: str, body: Reason, origin: Publisher) -> Deliberation:
        return await matters.drop(topic_id, key, body.reason, origin)

    @app.get("/topics/{topic_id}/rounds", dependencies=[Reader])
    async def compare(topic_id: str, after: Cursor = None, limit: Limit = 50) -> Listing[Comparison]:
        found = await matters.compare(topic_id, after, limit)
        return Listing(items=found, next=found[-1].meeting_id if len(found) == limit else None)


def _votes(app: FastAPI, matters: Matters) -> None:
    @app.get("/votes", dependencies=[allow()])
    async def list_votes() -> list[VoteRule]:
        return [
            VoteRule(kind=kind, body=law.body, source=law.source, thresholds=law.words()) for kind, law in LAWS.items()
        ]

    @app.post("/topics/{topic_id}/vote", response_model_exclude=HIDDEN)
    async def leave_to(topic_id: str, body: NewVote, origin: Publisher) -> Deliberation:
        return await matters.leave_to(topic_id, body.kind, origin)

    @app.post("/topics/{topic_id}/vote/call", response_model_exclude=HIDDEN)
    async def send_to_vote(topic_id: str, body: Proposal, origin: Publisher) -> Deliberation:
        return await matters.send_to_vote(topic_id, body.proposal, origin)

    @app.post("/topics/{topic_id}/vote/result", response_model_exclude=HIDDEN)
    async def take_back(topic_id: str, body: VoteResult, origin: Publisher) -> Deliberation:
        counts = tuple(Count(**dict(count)) for count in body.counts)
        tally = Tally(**dict(body) | {"counts": counts})
        return await matters.take_back(topic_id, tally, origin)
