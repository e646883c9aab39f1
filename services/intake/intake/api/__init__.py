"""Translates HTTP: what intake is asked."""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import AwareDatetime, BaseModel, Field

from common.aggregate import Origin
from common.auth import Role, allow
from common.events import Attachment, DeptIssue, DivisionCode, Id, Place, Reporter, Text, Title
from common.web import Cursor, Limit, Listing, listing
from intake.domain import Issue, IssueState, Topic
from intake.handlers import Intake

Screener = Annotated[Origin, allow(Role.CLERK, Role.OFFICE)]
Reader = allow(Role.CLERK, Role.OFFICE, Role.CONVENOR, Role.HOST, Role.LEADER, Role.OBSERVER)
HIDDEN = {"taken", "claimed_at"}
HIDDEN_IN_LISTS = {"items": {"__all__": HIDDEN}}


class NewIssue(BaseModel):
    """An issue as a resident, or a clerk for a resident, raises it."""

    title: Title
    description: Text
    division: DivisionCode
    category: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    location: Place | None = None
    reporter: Reporter | None = None
    attachments: list[Attachment] = Field(default_factory=list, max_length=50)
    urgency: str = Field(default="normal", pattern="^(low|normal|high)$")


class Reason(BaseModel):
    """Why: public, told to whoever brought the issue."""

    reason: Text


class Merge(Reason):
    """The issue that this one becomes part of."""

    into: Id


class Redirect(Reason):
    """The channel an issue belongs to."""

    to: Title


class NewTopic(BaseModel):
    """A decision on a topic (定题): the issues it is made of, and the parties that must be heard."""

    title: Title
    issue_ids: list[Id] = Field(min_length=1, max_length=1000)
    parties: list[Title] = Field(min_length=1, max_length=100)
    needs_research: bool = True


def routes(app: FastAPI, intake: Intake) -> None:
    """Put intake's routes into the application."""
    _issues(app, intake)
    _screening(app, intake)
    _topics(app, intake)


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


def _screening(app: FastAPI, intake: Intake) -> None:
    @app.post("/issues/{issue_id}/merge", response_model_exclude=HIDDEN)
    async def merge(issue_id: str, body: Merge, _: Screener) -> Issue:
        return await intake.merge(issue_id, body.into, body.reason)

    @app.post("/issues/{issue_id}/redirect", response_model_exclude=HIDDEN)
    async def redirect(issue_id: str, body: Redirect, _: Screener) -> Issue:
        return await intake.redirect(issue_id, body.to, body.reason)

    @app.post("/issues/{issue_id}/reject", response_model_exclude=HIDDEN)
    async def reject(issue_id: str, body: Reason, _: Screener) -> Issue:
        return await intake.reject(issue_id, body.reason)

    @app.post("/issues/{issue_id}/withdraw", response_model_exclude=HIDDEN)
    async def withdraw(issue_id: str, body: Reason, _: Screener) -> Issue:
        return await intake.withdraw(issue_id, body.reason)


def _topics(app: FastAPI, intake: Intake) -> None:
    @app.post("/topics", status_code=201, response_model_exclude=HIDDEN)
    async def decide(body: NewTopic, origin: Annotated[Origin, allow(Role.OFFICE, Role.CONVENOR)]) -> Topic:
        return await intake.decide(
            body.title, body.issue_ids, body.parties, needs_research=body.needs_research, origin=origin
        )

    @app.get("/topics", dependencies=[Reader], response_model_exclude=HIDDEN_IN_LISTS)
    async def list_topics(after: Cursor = None, limit: Limit = 50) -> Listing[Topic]:
        return listing(await intake.topics.page(after, limit), limit)

    @app.get("/topics/{topic_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_topic(topic_id: str) -> Topic:
        return await intake.topics.get(topic_id)
