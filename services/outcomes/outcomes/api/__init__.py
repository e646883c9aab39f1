"""Translates HTTP: what outcomes is asked."""

from datetime import date
from typing import Annotated

from fastapi import FastAPI, Path, Query

from common.aggregate import Origin
from common.auth import Role, allow, public
from common.events import DeptTask
from common.web import Cursor, Limit, Listing, listing
from outcomes.api import archive, bodies, figures
from outcomes.domain.outcome import Outcome
from outcomes.domain.task import Task, TaskState
from outcomes.handlers import Explanation, Outcomes

Reader = allow(
    Role.CLERK, Role.OFFICE, Role.CONVENOR, Role.HOST, Role.RECORDER, Role.DEPARTMENT, Role.LEADER, Role.OBSERVER
)
Office = Annotated[Origin, allow(Role.OFFICE)]
Holder = Annotated[Origin, allow(Role.DEPARTMENT, Role.OFFICE)]
Supervisor = Annotated[Origin, allow(Role.LEADER, Role.OFFICE)]
Rater = Annotated[Origin, allow(Role.RESIDENT, Role.PARTY, Role.OFFICE)]
PathId = Annotated[str, Path(max_length=128)]
Wanted = Annotated[str | None, Query(max_length=128)]
HIDDEN = {"taken"}
HIDDEN_IN_PAGES = {"items": {"__all__": HIDDEN}}
HIDDEN_FROM_RATERS = HIDDEN | {"ratings", "earlier", "people"}


def routes(app: FastAPI, outcomes: Outcomes) -> None:
    """Put the routes of outcomes into the application."""
    _outcomes(app, outcomes)
    _topics(app, outcomes)
    _tasks(app, outcomes)
    _holders(app, outcomes)
    _checks(app, outcomes)
    _clocks(app, outcomes)
    _supervision(app, outcomes)
    figures.routes(app, outcomes)
    archive.routes(app, outcomes)


def _outcomes(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/outcomes", status_code=201, response_model_exclude=HIDDEN)
    async def report(body: bodies.Report, origin: Office) -> Outcome:
        tasks = [task.assignment() for task in body.tasks]
        return await outcomes.report(body.topic_id, body.kind, tasks, origin, body.to)

    @app.get("/outcomes", dependencies=[Reader], response_model_exclude=HIDDEN_IN_PAGES)
    async def list_outcomes(after: Cursor = None, limit: Limit = 50, topic_id: Wanted = None) -> Listing[Outcome]:
        return listing(await outcomes.outcomes.page(after, limit, topic_id=topic_id), limit)

    @app.get("/outcomes/{outcome_id}", dependencies=[Reader], response_model_exclude=HIDDEN)
    async def get_outcome(outcome_id: PathId) -> Outcome:
        return await outcomes.outcomes.get(outcome_id)


def _topics(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/topics/{topic_id}/submit", response_model_exclude=HIDDEN)
    async def submit(topic_id: PathId, body: bodies.Submission, origin: Office) -> Outcome:
        return await outcomes.submit(topic_id, body.kind, body.to, origin)

    @app.post("/topics/{topic_id}/adopt", response_model_exclude=HIDDEN)
    async def adopt(topic_id: PathId, body: bodies.Adoption, origin: Office) -> Outcome:
        tasks = [task.assignment() for task in body.tasks]
        return await outcomes.adopt(topic_id, body.grade, body.by, body.text, tasks, origin)

    @app.post("/topics/{topic_id}/rate", response_model_exclude=HIDDEN_FROM_RATERS)
    async def rate(topic_id: PathId, body: bodies.Score, origin: Rater) -> Outcome:
        return await outcomes.feedback.rate(topic_id, body.score, body.person_id, origin)

    @app.post("/topics/{topic_id}/close", response_model_exclude=HIDDEN)
    async def close(topic_id: PathId, origin: Office) -> Outcome:
        return await outcomes.feedback.close(topic_id, origin)

    @app.post("/topics/{topic_id}/reopen", response_model_exclude=HIDDEN)
    async def reopen(topic_id: PathId, body: bodies.Words, origin: Office) -> Outcome:
        return await outcomes.feedback.reopen(topic_id, body.text, origin)

    @app.get("/publicity", dependencies=[public])
    async def publicity(after: Cursor = None, limit: Limit = 50) -> bodies.Publications:
        items, more = await outcomes.feedback.public(after, limit)
        return bodies.Publications(items=items, next=more)


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

    @app.get("/tasks/{task_id}/deadline", dependencies=[Reader])
    async def get_deadline(task_id: PathId) -> Explanation:
        return await outcomes.work.explain(task_id)


def _holders(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/accept", response_model_exclude=HIDDEN)
    async def accept(task_id: PathId, body: bodies.Answer, origin: Holder) -> Task:
        return await outcomes.work.act(DeptTask(task_id=task_id, action="accept", **dict(body)), origin)

    @app.post("/tasks/{task_id}/reply", response_model_exclude=HIDDEN)
    async def reply(task_id: PathId, body: bodies.Answer, origin: Holder) -> Task:
        return await outcomes.work.act(DeptTask(task_id=task_id, action="reply", **dict(body)), origin)

    @app.post("/tasks/{task_id}/return", response_model_exclude=HIDDEN)
    async def return_(task_id: PathId, body: bodies.Return, origin: Holder) -> Task:
        return await outcomes.work.act(DeptTask(task_id=task_id, action="return", **dict(body)), origin)

    @app.post("/tasks/{task_id}/extend", response_model_exclude=HIDDEN)
    async def extend(task_id: PathId, body: bodies.Extension, origin: Holder) -> Task:
        return await outcomes.work.act(DeptTask(task_id=task_id, action="extend", **dict(body)), origin)

    @app.post("/tasks/{task_id}/progress", response_model_exclude=HIDDEN)
    async def progress(task_id: PathId, body: bodies.Progress, origin: Holder) -> Task:
        return await outcomes.work.act(DeptTask(task_id=task_id, action="progress", **dict(body)), origin)


def _checks(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/verify", response_model_exclude=HIDDEN)
    async def verify(task_id: PathId, body: bodies.Verification, origin: Office) -> Task:
        return await outcomes.work.verify(task_id, body.text, origin, body.answer)

    @app.post("/tasks/{task_id}/rework", response_model_exclude=HIDDEN)
    async def rework(task_id: PathId, body: bodies.Words, origin: Office) -> Task:
        return await outcomes.feedback.rework(task_id, body.text, origin)

    @app.post("/tasks/{task_id}/reassign", response_model_exclude=HIDDEN)
    async def reassign(task_id: PathId, body: bodies.Reassignment, origin: Office) -> Task:
        until = body.working_days, body.due_on
        return await outcomes.work.reassign(task_id, body.department, body.text, *until, origin)


def _clocks(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/pause", response_model_exclude=HIDDEN)
    async def pause(task_id: PathId, body: bodies.Pause, origin: Office) -> Task:
        return await outcomes.work.pause(task_id, body.text, body.until, origin)

    @app.post("/tasks/{task_id}/resume", response_model_exclude=HIDDEN)
    async def resume(task_id: PathId, body: bodies.Words, origin: Office) -> Task:
        return await outcomes.work.resume(task_id, body.text, origin)


def _supervision(app: FastAPI, outcomes: Outcomes) -> None:
    @app.post("/tasks/{task_id}/urge", response_model_exclude=HIDDEN)
    async def urge(task_id: PathId, body: bodies.Words, origin: Supervisor) -> Task:
        return await outcomes.work.urge(task_id, body.text, origin)

    @app.post("/tasks/{task_id}/comment", response_model_exclude=HIDDEN)
    async def comment(task_id: PathId, body: bodies.Words, origin: Supervisor) -> Task:
        return await outcomes.work.comment(task_id, body.text, origin)

    @app.get("/supervision", response_model_exclude={"items": {"__all__": {"task": HIDDEN}}})
    async def supervision(origin: Supervisor, on: date | None = None) -> bodies.Cards:
        return bodies.Cards(items=await outcomes.supervision.supervise(on, origin))

    @app.get("/supervision/leaders", dependencies=[allow(Role.LEADER, Role.OFFICE, Role.OBSERVER)])
    async def leaders() -> bodies.Covers:
        return bodies.Covers(items=outcomes.supervision.covers())
