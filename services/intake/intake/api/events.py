"""Translates CloudEvents over HTTP: the bus's way in, for department systems that cannot speak NATS.

What is taken, and what is wrong, is decided where events from the bus are; the answer is told on the bus all the same,
and here to whoever asked. Nothing is laid among the dead: the sender has the event, and its answer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from common.aggregate import Origin, derived_id
from common.auth import Role, allow
from common.bus import dead
from common.bus.cloudevents import BATCH, Incoming, read, read_batch, validate
from common.bus.listen import WEATHER
from common.errors import DomainError, Forbidden, Refusal, Stale
from common.events import DeptIssue, DeptIssueAnswer
from intake.domain import Issue
from intake.handlers import Intake
from intake.handlers.many import side_by_side

Tell = Callable[[DeptIssueAnswer, str, str], Awaitable[None]]
Result = tuple[int, dict[str, object]]

TAKEN = {"raise": "received", "supplement": "supplemented", "withdraw": "withdrawn"}
FORMS = {
    form: {"schema": {"type": "object" if "batch" not in form else "array"}}
    for form in ("application/json", "application/cloudevents+json", "application/cloudevents-batch+json")
}


def routes(app: FastAPI, intake: Intake, is_system: Callable[[str], bool], tell: Tell) -> None:
    """Put the route into the application. `tell` says an answer on the bus, once for the same id."""

    @app.post("/events", openapi_extra={"requestBody": {"content": FORMS}})
    async def take_events(request: Request, origin: Annotated[Origin, allow(Role.DEPARTMENT)]) -> Response:
        """Take one CloudEvent (binary or structured mode), or a batch; the token's subject is the department system.

        One is answered 200, or with the status of its fault. A batch is answered 207, with a result for each event.
        """
        if not is_system(origin.by):
            raise Forbidden(f"{origin.by!r}, whose token this is, is not a department system of this county")
        desk = _Desk(intake, tell, origin)
        body = await request.body()
        if request.headers.get("content-type", "").lower().startswith(BATCH):
            events = read_batch(body, request.headers.get("traceparent"))
            results = await side_by_side(events, desk.take, _belongs)
            return JSONResponse({"results": [{"code": code, **told} for code, told in results]}, 207)
        code, told = await desk.take(read(request.headers, body))
        return JSONResponse(told, code)


class _Desk:
    """Takes the events of one request."""

    def __init__(self, intake: Intake, tell: Tell, origin: Origin) -> None:
        self._intake = intake
        self._tell = tell
        self._origin = origin

    async def take(self, incoming: Incoming) -> Result:
        """Take one event, or answer with what is wrong."""
        try:
            fact = validate(DeptIssue, incoming)
            issue = await self._intake.receive(fact, replace(self._origin, id=str(incoming.id)))
        except DomainError as error:
            return await self._refused(incoming, error)
        except (*WEATHER, Stale):
            return _later(incoming)
        return 200, _told(incoming, fact, issue)

    async def _refused(self, incoming: Incoming, error: DomainError) -> Result:
        refusal = Refusal(incoming.id, self._origin.by, incoming.data, dead.verdict(error, 1).faults)
        answer = self._intake.refuse(refusal)
        told = answer.model_dump(mode="json")
        once = derived_id("answer", self._origin.by, str(incoming.id), answer.model_dump_json())
        try:
            await self._tell(answer, self._origin.by, once)
        except WEATHER:
            return _later(incoming)
        return error.status, told


def _told(incoming: Incoming, fact: DeptIssue, issue: Issue) -> dict[str, object]:
    answer = DeptIssueAnswer.model_validate(
        {
            "system": issue.source,
            "status": TAKEN[fact.action],
            "external_id": fact.external_id,
            "version": fact.version,
            "in_reply_to": incoming.id,
            "issue_id": issue.id,
            "topic_id": issue.topic_id,
            "reason": issue.reason,
        }
    )
    return answer.model_dump(mode="json") | {"state": issue.state}


def _later(incoming: Incoming) -> Result:
    return 503, {"status": "unavailable", "in_reply_to": incoming.id, "reason": "ask again: nothing is wrong with it"}


def _belongs(incoming: Incoming) -> str:
    """Events about the same issue are taken in the order they stand in."""
    data = incoming.data if isinstance(incoming.data, dict) else {}
    return str(data.get("external_id"))
