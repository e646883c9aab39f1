"""Translates HTTP: what outcomes is asked."""

from datetime import date
from typing import Annotated

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, Field

from common.aggregate import Origin
from common.auth import Role, allow
from common.events import Attachment, DeptTask, Id, Text, Title
from common.web import Cursor, Limit, Listing, listing
from outcomes.domain.activity import KeyFigure
from outcomes.domain.outcome import Assignment, Kind, Outcome
from outcomes.domain.task import Task, TaskState
from outcomes.handlers import Card, Outcomes

Reader = allow(
    Role.CLERK, Role.OFFICE, Role.CONVENOR, Role.HOST, Role.RECORDER, Role.DEPARTMENT, Role.LEADER, Role.OBSERVER
)
Office = Annotated[Origin, allow(Role.OFFICE)]
Holder = Annotated[Origin, allow(Role.DEPARTMENT, Role.OFFICE)]
Supervisor = Annotated[Origin, allow(Role.LEADER, Role.OFFICE)]
Rater = Annotated[Origin, allow(Role.RESIDENT, Role.PARTY, Role.OFFICE)]
Counter = Annotated[Origin, allow(Role.OFFICE, Role.LEADER, Role.OBSERVER)]
PathId = Annotated[str, Path(max_length=128)]
Wanted = Annotated[str | None, Query(max_length=128)]
HIDDEN = {"taken"}
HIDDEN_IN_PAGES = {"items": {"__all__": HIDDEN}}


class NewTask(BaseModel):
    """What a department is to do, within so many working days or until a day; with neither, the county's deadline."""

    department: Id
    title: Title
    evidence: str = Field(default="", max_length=2_000)
    working_days: int | None = Field(default=None, ge=1, le=250)
    due_on: date | None = None


class Report(BaseModel):
    """The outcome of a topic as it goes to committee and government (成果报送)."""

    topic_id: Id
    kind: Kind = Kind.CONSENSUS
    tasks: list[NewTask] = Field(min_length=1, max_length=100)


class Words(BaseModel):
    """What is said about a task."""

    text: Text


class Answer(Words):
    """What a department says, with what proves it."""

    evidence: list[Attachment] = Field(default_factory=list, max_length=50)


class Extension(Answer):
    """Why a task needs longer, and until when."""

    until: date


class Score(BaseModel):
    """A rating from 1 (very unsatisfied) to 5 (very satisfied); `person_id` where the office records it."""

    score: int = Field(ge=1, le=5)
    person_id: Id | None = None


class Cards(BaseModel):
    """The yellow and red cards of a day."""

    items: list[Card]


def routes(app: FastAPI, outcomes: Outcomes) -> None:
    """Put the routes of outcomes into the application."""
    _outcomes(app, outcomes)
    _topics(app, outcomes)
    _tasks(app, outcomes)
    _holders(app, outcomes)
    _checks(app, outcomes)
    _figures(app, outcomes)


def _outcomes(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/outcomes", status_code=201, response_model_exclude=HIDDEN)
    async def report(body: Report, origin: Office) -> Outcome:
        tasks = [Assignment(**dict(task)) for task in body.tasks]
        return await outcomes.report(topic_id=body.topic_id, kind=body.kind, tasks=tasks, origin=origin)

    @app.get("/outcomes", dependencies=[Reader], response_model_exclude=HIDDEN_IN_PAGES)
    async def list_outcomes(after: Cursor = None, limit: Limit = 50, topic_id: Wanted = None) -> Listing[Outcome]:
        return listing(await outcomes.outcomes.page(after, limit, topic_id=topic_id), limit)

    @app.get("/outcomes/{outcome_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_outcome(outcome_id: PathId) -> Outcome:
        return await outcomes.outcomes.get(outcome_id)


def _topics(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/topics/{topic_id}/rate", response_model_exclude=HIDDEN | {"ratings", "earlier", "people"})
    async def rate(topic_id: PathId, body: Score, origin: Rater) -> Outcome:
        return await outcomes.rate(topic_id=topic_id, score=body.score, person_id=body.person_id, origin=origin)

    @app.post("/topics/{topic_id}/close", response_model_exclude=HIDDEN)
    async def close(topic_id: PathId, origin: Office) -> Outcome:
        return await outcomes.close(topic_id=topic_id, origin=origin)


def _tasks(app: FastAPI, outcomes: Outcomes) -> None:
    @app.get("/tasks", dependencies=[Reader], response_model_exclude=HIDDEN_IN_PAGES)
    async def list_tasks(
        after: Cursor = None,
        limit: Limit = 50,
        topic_id: Wanted = None,
        state: TaskState | None = None,
        department: Wanted = None,
    ) -> Listing[Task]:
        found = await outcomes.tasks.page(after, limit, topic_id=topic_id, state=state, department=department)
        return listing(found, limit)

    @app.get("/tasks/{task_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_task(task_id: PathId) -> Task:
        return await outcomes.tasks.get(task_id)


def _holders(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/accept", response_model_exclude=HIDDEN)
    async def accept(task_id: PathId, body: Answer, origin: Holder) -> Task:
        return await outcomes.act(fact=DeptTask(task_id=task_id, action="accept", **dict(body)), origin=origin)

    @app.post("/tasks/{task_id}/reply", response_model_exclude=HIDDEN)
    async def reply(task_id: PathId, body: Answer, origin: Holder) -> Task:
        return await outcomes.act(fact=DeptTask(task_id=task_id, action="reply", **dict(body)), origin=origin)

    @app.post("/tasks/{task_id}/return", response_model_exclude=HIDDEN)
    async def return_(task_id: PathId, body: Answer, origin: Holder) -> Task:
        return await outcomes.act(fact=DeptTask(task_id=task_id, action="return", **dict(body)), origin=origin)

    @app.post("/tasks/{task_id}/extend", response_model_exclude=HIDDEN)
    async def extend(task_id: PathId, body: Extension, origin: Holder) -> Task:
        return await outcomes.act(fact=DeptTask(task_id=task_id, action="extend", **dict(body)), origin=origin)


def _checks(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/verify", response_model_exclude=HIDDEN)
    async def verify(task_id: PathId, body: Words, origin: Office) -> Task:
        return await outcomes.verify(task_id=task_id, text=body.text, origin=origin)

    @app.post("/tasks/{task_id}/rework", response_model_exclude=HIDDEN)
    async def rework(task_id: PathId, body: Words, origin: Office) -> Task:
        return await outcomes.rework(task_id=task_id, text=body.text, origin=origin)

    @app.post("/tasks/{task_id}/urge", response_model_exclude=HIDDEN)
    async def urge(task_id: PathId, body: Words, origin: Supervisor) -> Task:
        return await outcomes.urge(task_id=task_id, text=body.text, origin=origin)


def _figures(app: FastAPI, outcomes: Outcomes) -> None:
    @app.get("/supervision", response_model_exclude={"items": {"__all__": {"task": HIDDEN}}})
    async def supervision(origin: Supervisor, on: date | None = None) -> Cards:
        return Cards(items=await outcomes.supervise(on=on, origin=origin))

    @app.get("/kpi")
    async def kpi(origin: Counter) -> dict[str, KeyFigure]:
        return await outcomes.kpi(origin=origin)
