"""Translates HTTP: which issues are alike, and how they go on together."""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel

from common.auth import Role, allow
from common.events import Id
from intake.api.bodies import HIDDEN, Reason, Screener
from intake.domain import Issue, Why
from intake.handlers import Intake
from intake.handlers.alike import Alike


class Link(Reason):
    """The issue of another system that is the same matter."""

    to: Id


class Suggestion(BaseModel):
    """An issue that is probably the same matter: how probably, why, and what to do with this one then."""

    issue_id: str
    title: str
    source: str
    score: float
    do: str
    why: tuple[Why, ...]


def routes(app: FastAPI, intake: Intake, alike: Alike) -> None:
    """Put the routes into the application."""

    @app.get("/issues/{issue_id}/alike", dependencies=[allow(Role.CLERK, Role.OFFICE)])
    async def list_alike(issue_id: str, limit: Annotated[int, Query(ge=1, le=20)] = 3) -> list[Suggestion]:
        """List what goes on and is probably the same matter, the likest first; nothing is merged by this."""
        found = await alike.alike(issue_id, limit)
        return [
            Suggestion(issue_id=o.id, title=o.title, source=o.source, score=likeness.score, do=verb, why=likeness.why)
            for o, verb, likeness in found
        ]

    @app.post("/issues/{issue_id}/link", response_model_exclude=HIDDEN)
    async def link(issue_id: str, body: Link, origin: Screener) -> Issue:
        """Let it go on with what another department system brought: one matter, and both systems are told."""
        return await intake.link(issue_id, body.to, body.reason, origin)

    @app.post("/issues/{issue_id}/unmerge", response_model_exclude=HIDDEN)
    async def unmerge(issue_id: str, body: Reason, origin: Screener) -> Issue:
        """Let it go on alone again, from where it stood; its people are not heard with the other one any longer."""
        return await intake.unmerge(issue_id, body.reason, origin)
