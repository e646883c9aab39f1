"""Translates HTTP: what is asked about the thread of a topic (全过程), and about the case library (案例库)."""

from typing import Annotated

from fastapi import FastAPI, Path, Query, Response
from pydantic import BaseModel, Field

from common.aggregate import derived_id
from common.auth import Role, allow
from common.events import DivisionCode, Title
from common.web import Cursor, Limit, Listing
from outcomes.api.figures import Asked, Form, sheet
from outcomes.domain.case import Case, Deed
from outcomes.domain.thread import Link, Thread, Violation
from outcomes.handlers import Outcomes

Reader = allow(
    Role.CLERK, Role.OFFICE, Role.CONVENOR, Role.HOST, Role.RECORDER, Role.DEPARTMENT, Role.LEADER, Role.OBSERVER
)
PathId = Annotated[str, Path(max_length=128)]
UNSEEN = {"taken", "revision", "pieces", "shown"}
UNSEEN_IN_LISTS = {"items": {"__all__": UNSEEN}}
UNSEEN_IN_THREADS: dict[str, dict[str, dict[str, set[str]]]] = {
    "chain": {link.value: {"__all__": {"taken", "revision", "about"}} for link in Link}
}
CASE_COLUMNS = ("id", "title", "place", "category", "parties", "meetings", "agreement", "deeds", "score", "source")


class NewDeed(BaseModel):
    """What a department did."""

    department: Title
    title: Title
    answer: str = Field(default="", max_length=2_000)


class NewCase(BaseModel):
    """A case from elsewhere, for the library; `source` says from where."""

    title: Title
    division: DivisionCode
    place: Title
    category: str = Field(default="", max_length=100)
    parties: list[Title] = Field(default=[], max_length=50)
    meetings: int = Field(default=0, ge=0, le=10_000)
    agreement: str = Field(default="", max_length=20_000)
    explanation: str = Field(default="", max_length=20_000)
    deeds: list[NewDeed] = Field(default=[], max_length=100)
    source: Title

    def case(self, id_: str) -> Case:
        """Say it as the domain does."""
        deeds = [Deed(deed.department, deed.title, answer=deed.answer) for deed in self.deeds]
        return Case(id=derived_id("case", id_), **dict(self) | {"deeds": deeds})


class Violations(BaseModel):
    """The tasks of a page that do not go back to an issue; there may be none, and a next page all the same."""

    items: list[Violation]
    next: str | None = None


def routes(app: FastAPI, outcomes: Outcomes) -> None:
    """Put the routes into the application."""
    threads = outcomes.threads

    @app.get("/topics/{topic_id}", dependencies=[Reader], response_model_exclude=UNSEEN_IN_THREADS)
    async def thread(topic_id: PathId) -> Thread:
        """Follow a topic: issues, decision, research, meetings, outcome, tasks, rating; when, and who by id or role."""
        return await threads.thread(topic_id)

    @app.get("/violations", dependencies=[allow(Role.OFFICE, Role.OBSERVER, Role.AUDIT_ADMIN)])
    async def violations(after: Cursor = None, limit: Limit = 500) -> Violations:
        """Look for tasks that no issue led to, a page of tasks at a time."""
        items, more = await threads.violations(after, limit)
        return Violations(items=items, next=more)

    @app.get("/cases", dependencies=[Reader], response_model=Listing[Case], response_model_exclude=UNSEEN_IN_LISTS)
    async def cases(
        q: Annotated[str, Query(max_length=100)] = "",
        after: Cursor = None,
        limit: Limit = 50,
        form: Asked = Form.JSON,
    ) -> Listing[Case] | Response:
        """Find closed topics by words of title, category, place, parties, agreement and tasks."""
        found = await threads.search(q, after, limit)
        if form is Form.JSON:
            return Listing(items=found, next=found[-1].id if len(found) == limit else None)
        return sheet(form, "cases", CASE_COLUMNS, [_line(case) for case in found])

    @app.put("/cases/{case_id}", dependencies=[allow(Role.OFFICE)], response_model_exclude=UNSEEN)
    async def keep(case_id: PathId, body: NewCase) -> Case:
        """Take in a case from elsewhere; a topic of this county's own is told by its outcome alone."""
        return await threads.keep(body.case(case_id))

    @app.get("/cases/{topic_id}", dependencies=[Reader], response_model_exclude=UNSEEN)
    async def case(topic_id: PathId) -> Case:
        return await threads.case(topic_id)


def _line(case: Case) -> list[str | float | None]:
    parties, deeds = "、".join(case.parties), "；".join(f"{deed.department}：{deed.title}" for deed in case.deeds)
    about = [case.id, case.title, case.place, case.category, parties]
    return [*about, case.meetings, case.agreement, deeds, case.score, case.source]
