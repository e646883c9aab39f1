"""Translates HTTP: what intake is asked."""

from typing import Annotated

from fastapi import FastAPI, Query

from common.aggregate import Origin
from common.auth import Role, allow
from common.events import DeptIssue
from common.web import Cursor, Limit, Listing, listing
from intake.api import screening, topics
from intake.api.bodies import HIDDEN, HIDDEN_IN_LISTS, NewIssue, Reader
from intake.domain import Issue, IssueState
from intake.handlers import Intake


def routes(app: FastAPI, intake: Intake) -> None:
    """Put intake's routes into the application."""
    _issues(app, intake)
    screening.routes(app, intake)
    topics.routes(app, intake)


def _issues(app: FastAPI, intake: Intake) -> None:
    @app.post("/issues", status_code=201, response_model_exclude=HIDDEN)
    async def raise_issue(body: NewIssue, origin: Annotated[Origin, allow(Role.RESIDENT, Role.CLERK)]) -> Issue:
        fact = DeptIssue(external_id=origin.id, version=1, action="raise", **dict(body))
        return await intake.raise_(fact, origin)

    @app.get("/issues", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_issues(
        after: Cursor = None,
        limit: Limit = 50,
        state: Annotated[IssueState | None, Query()] = None,
        topic_id: Annotated[str | None, Query(max_length=128)] = None,
    ) -> Listing[Issue]:
        return listing(await intake.issues.page(after, limit, state=state, topic_id=topic_id), limit)

    @app.get("/issues/{issue_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_issue(issue_id: str) -> Issue:
        return await intake.issues.get(issue_id)
