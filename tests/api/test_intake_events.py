"""CloudEvents over HTTP: the same faults and the same answers as on the bus."""

import asyncio
import json

import pytest
from fastapi.testclient import TestClient

from common.events import DeptIssue, DeptIssueAnswer
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, sealer
from intake.api import events
from intake.domain import Issue, Topic
from intake.handlers import Intake

GRID = bearer("department", subject="grid")
ISSUE = {
    "external_id": "WG-1",
    "version": 1,
    "title": "供暖不热",
    "description": "三单元只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
    "reporter": {"name": "王玉萍", "phone": PHONE},
}
BINARY = {"ce-id": "e1", "ce-type": DeptIssue.type, "ce-source": "grid", "ce-specversion": "1.0"}


class Desk:
    """Intake behind HTTP, and what it tells on the bus about what it refuses."""

    def __init__(self) -> None:
        self.issues = MemoryAggregates(Issue)
        self.told: dict[str, DeptIssueAnswer] = {}
        self.bus_is_away = False
        intake = Intake(self.issues, MemoryAggregates(Topic), COUNTY, sealer)
        self.http: TestClient = client("intake", lambda app: events.routes(app, intake, COUNTY.has_system, self._tell))

    async def _tell(self, answer: DeptIssueAnswer, system: str, id_: str) -> None:
        if self.bus_is_away:
            raise TimeoutError
        assert system == answer.system
        self.told[id_] = answer


@pytest.fixture
def desk() -> Desk:
    return Desk()


def event(id_: str, **changes: object) -> dict[str, object]:
    attributes = {"id": id_, "type": DeptIssue.type, "source": "grid", "specversion": "1.0"}
    return attributes | {"data": ISSUE | changes}


def test_binary_and_structured_mode_lead_to_the_same_issue(desk: Desk) -> None:
    binary = desk.http.post("/events", json=ISSUE, headers=GRID | BINARY)
    kind = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
    structured = desk.http.post("/events", content=json.dumps(event("e1")), headers=GRID | kind)
    assert binary.status_code == structured.status_code == 200
    assert binary.json() == structured.json()
    assert binary.json()["status"] == "received"
    (issue,) = desk.issues.all()
    assert (issue.source, issue.id) == ("grid", binary.json()["issue_id"])
    (answer,) = [said for said in desk.issues.said if isinstance(said, DeptIssueAnswer)]
    assert answer.in_reply_to == "e1"


def test_a_batch_is_answered_event_by_event(desk: Desk) -> None:
    batch = [
        event("e1"),
        event("e2", version=2, action="supplement", title="供暖仍不热"),
        event("e3", external_id="WG-2", division="620102999999", category="weather"),
        "no event",
        event("e5", external_id="WG-3", title=""),
        event("e1"),
    ]
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    answer = desk.http.post("/events", content=json.dumps(batch), headers=GRID | kind)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["code"] for result in results] == [200, 200, 422, 422, 422, 200]
    assert [result["in_reply_to"] for result in results] == ["e1", "e2", "e3", None, "e5", "e1"]
    assert {fault["path"] for fault in results[2]["faults"]} == {"division", "category"}
    assert "ce-id" in {fault["path"] for fault in results[3]["faults"]}
    assert [fault["path"] for fault in results[4]["faults"]] == ["title"]
    (issue,) = desk.issues.all()
    assert (issue.version, issue.content.title) == (2, "供暖仍不热")
    assert PHONE not in answer.text


def test_what_is_refused_is_told_on_the_bus_as_well_and_once(desk: Desk) -> None:
    bad = ISSUE | {"division": "620102999999", "reporter": {"phone": PHONE}, "title": 1}
    first = desk.http.post("/events", json=bad, headers=GRID | BINARY)
    again = desk.http.post("/events", json=bad, headers=GRID | BINARY)
    assert first.status_code == again.status_code == 422
    (told,) = desk.told.values()
    assert told.model_dump(mode="json") == first.json() == again.json()
    assert (told.status, told.in_reply_to, {fault.path for fault in told.faults}) == (
        "refused",
        "e1",
        {"title", "division"},
    )
    assert PHONE not in first.text


def test_a_system_that_has_moved_on_is_told_what_stands_in_the_way(desk: Desk) -> None:
    id_ = desk.http.post("/events", json=ISSUE, headers=GRID | BINARY).json()["issue_id"]
    asyncio.run(desk.issues.change(id_, lambda issue: issue.reject("不属协商范围")))
    answer = desk.http.post("/events", json=ISSUE | {"version": 2}, headers=GRID | BINARY | {"ce-id": "e2"})
    assert answer.status_code == 409
    assert "cannot be changed" in answer.json()["faults"][0]["problem"]


def test_bad_weather_asks_for_the_event_again(desk: Desk) -> None:
    desk.bus_is_away = True
    answer = desk.http.post("/events", json=ISSUE | {"title": ""}, headers=GRID | BINARY)
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (bearer("clerk", subject="grid"), 403), (bearer("department", subject="nobody.out.>"), 403)],
)
def test_only_a_department_system_of_the_county_speaks_here(desk: Desk, headers: dict[str, str], status: int) -> None:
    assert desk.http.post("/events", json=ISSUE, headers=headers | BINARY).status_code == status
    assert desk.issues.all() == []


def test_a_batch_that_is_no_list_is_refused_whole(desk: Desk) -> None:
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    assert desk.http.post("/events", content=b"{}", headers=GRID | kind).status_code == 422
    assert desk.http.post("/events", content=b"[", headers=GRID | kind).status_code == 422
