"""The routes of outcomes, in process."""

import pytest
from fastapi.testclient import TestClient

from common.events import TaskUrged, TopicClosed
from counter import DEPARTMENT, OFFICE, REPORT, reported, say, serve
from fakes import MemoryAggregates, bearer, client
from outcomes import api
from outcomes.domain.task import Task
from outcomes.handlers import Outcomes


@pytest.fixture
def tasks() -> MemoryAggregates[Task]:
    return MemoryAggregates(Task)


@pytest.fixture
def outcomes(tasks: MemoryAggregates[Task]) -> Outcomes:
    return serve(tasks)


@pytest.fixture
def web(outcomes: Outcomes) -> TestClient:
    return client("outcomes", lambda app: api.routes(app, outcomes))


def test_an_outcome_is_reported_and_its_tasks_can_be_read(web: TestClient) -> None:
    first, _ = reported(web)
    task = web.get(f"/tasks/{first}", headers=DEPARTMENT).json()
    assert (task["department"], task["system"], task["state"]) == ("housing", "grid", "ASSIGNED")
    by_topic = web.get("/tasks", params={"topic_id": "t1"}, headers=OFFICE).json()["items"]
    by_department = web.get("/tasks", params={"department": "police", "state": "ASSIGNED"}, headers=OFFICE).json()
    assert (len(by_topic), len(by_department["items"])) == (2, 1)
    (outcome,) = web.get("/outcomes", params={"topic_id": "t1"}, headers=OFFICE).json()["items"]
    assert web.get(f"/outcomes/{outcome['id']}", headers=OFFICE).json()["state"] == "REPORTED"
    assert "taken" not in task.keys() | outcome.keys() | by_topic[0].keys()


def test_the_same_idempotency_key_reports_once(web: TestClient) -> None:
    headers = OFFICE | {"Idempotency-Key": "k1"}
    first, second = (web.post("/outcomes", json=REPORT, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    assert web.post("/outcomes", json=REPORT, headers=OFFICE).status_code == 409


def test_every_fault_of_the_tasks_is_named_by_its_path(web: TestClient) -> None:
    bad = REPORT | {
        "tasks": [
            {"department": "nobody", "title": "一"},
            {"department": "police", "title": "二", "due_on": "2020-01-01"},
        ]
    }
    answer = web.post("/outcomes", json=bad, headers=OFFICE)
    assert answer.status_code == 422
    assert {fault["path"] for fault in answer.json()["faults"]} == {"tasks.0.department", "tasks.1.due_on"}
    malformed = REPORT | {"kind": "order", "tasks": [{"department": "police", "title": "", "working_days": 0}]}
    answer = web.post("/outcomes", json=malformed, headers=OFFICE)
    assert {fault["path"] for fault in answer.json()["faults"]} == {"kind", "tasks.0.title", "tasks.0.working_days"}


def test_a_topic_without_agreement_has_no_outcome_to_report(web: TestClient) -> None:
    assert web.post("/outcomes", json=REPORT | {"topic_id": "t9"}, headers=OFFICE).status_code == 404


def test_a_task_goes_from_acceptance_to_verification(web: TestClient) -> None:
    first, second = reported(web)
    assert say(web, first, "accept", DEPARTMENT) == (200, "ACCEPTED")
    assert say(web, first, "extend", DEPARTMENT, until="2020-01-01") == (422, "invalid")
    assert say(web, first, "extend", DEPARTMENT, until="2099-01-01") == (409, "conflict")
    assert say(web, first, "reply", DEPARTMENT) == (200, "REPLIED")
    assert say(web, first, "rework", OFFICE) == (200, "REWORK")
    assert say(web, first, "reply", DEPARTMENT) == (200, "REPLIED")
    assert say(web, first, "verify", OFFICE) == (200, "VERIFIED")
    assert say(web, second, "return", DEPARTMENT) == (200, "RETURNED")
    assert say(web, second, "accept", DEPARTMENT) == (403, "forbidden")
    assert say(web, second, "accept", OFFICE) == (200, "ACCEPTED")


def test_an_extension_says_until_when(web: TestClient) -> None:
    first, _ = reported(web)
    answer = web.post(f"/tasks/{first}/extend", json={"text": "材料未到"}, headers=DEPARTMENT)
    assert [fault["path"] for fault in answer.json()["faults"]] == ["until"]


def test_a_leader_urges_but_never_edits(web: TestClient, tasks: MemoryAggregates[Task]) -> None:
    first, _ = reported(web)
    leader = bearer("leader", subject="chair")
    assert say(web, first, "urge", leader) == (200, "ASSIGNED")
    assert [event.by for event in tasks.said if isinstance(event, TaskUrged)] == ["chair"]
    assert say(web, first, "comment", leader) == (200, "ASSIGNED")
    more = {"until": "2027-01-01", "department": "police", "milestone": "勘测"}
    for verb in ("accept", "return", "reply", "extend", "progress", "verify", "rework", "reassign", "pause", "resume"):
        assert say(web, first, verb, leader, **more) == (403, "forbidden")
    for path, body in (
        ("/outcomes", REPORT),
        ("/topics/t1/submit", {}),
        ("/topics/t1/adopt", {"grade": "A", "by": "committee", "text": "同意"}),
        ("/topics/t1/rate", {"score": 5}),
        ("/topics/t1/close", {}),
        ("/topics/t1/reopen", {"text": "再议"}),
    ):
        assert web.post(path, json=body, headers=leader).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/outcomes", "department"),
        ("GET", "/outcomes", "resident"),
        ("GET", "/tasks", "resident"),
        ("POST", "/tasks/x/verify", "department"),
        ("POST", "/tasks/x/urge", "department"),
        ("POST", "/topics/t1/rate", "department"),
        ("POST", "/topics/t1/close", "leader"),
        ("POST", "/tasks/x/comment", "department"),
        ("POST", "/tasks/x/reassign", "department"),
        ("POST", "/tasks/x/pause", "department"),
        ("GET", "/tasks/x/deadline", "resident"),
        ("GET", "/supervision/leaders", "department"),
        ("GET", "/supervision", "department"),
        ("GET", "/kpi", "resident"),
    ],
)
def test_nobody_gets_in_without_the_right_role(web: TestClient, method: str, path: str, role: str) -> None:
    assert web.request(method, path, json={"text": "x"}).status_code == 401
    assert web.request(method, path, json={"text": "x"}, headers=bearer(role)).status_code == 403


def test_a_name_that_is_too_long_is_a_fault_and_no_crash(web: TestClient) -> None:
    assert say(web, "x" * 200, "accept", DEPARTMENT) == (422, "invalid")
    assert say(web, "task-none", "accept", DEPARTMENT) == (404, "not found")


def test_people_rate_a_publicised_topic_without_seeing_others_and_it_is_closed(
    web: TestClient, outcomes: Outcomes
) -> None:
    resident = bearer("resident", subject="p1")
    assert web.post("/topics/t1/rate", json={"score": 5}, headers=resident).status_code == 409
    for task_id in reported(web):
        say(web, task_id, "reply", DEPARTMENT)
        say(web, task_id, "verify", OFFICE)
    # no bus here: closing looks at the tasks itself, and then asks for a rating
    unrated = web.post("/topics/t1/close", headers=OFFICE)
    assert (unrated.status_code, "nobody has rated" in unrated.json()["detail"]) == (409, True)
    assert web.post("/topics/t1/rate", json={"score": 6}, headers=resident).status_code == 422
    assert web.post("/topics/t1/rate", json={"score": 1, "person_id": "p2"}, headers=resident).status_code == 403
    assert "ratings" not in web.post("/topics/t1/rate", json={"score": 2}, headers=resident).json()
    bad = web.post("/topics/t1/close", headers=OFFICE)
    assert (bad.status_code, "2.00" in bad.json()["detail"]) == (409, True)
    assert web.post("/topics/t1/rate", json={"score": 5, "person_id": "p2"}, headers=OFFICE).status_code == 200
    assert web.post("/topics/t1/close", headers=OFFICE).json()["state"] == "CLOSED"
    memory = outcomes.outcomes
    assert isinstance(memory, MemoryAggregates)
    assert [event.score for event in memory.said if isinstance(event, TopicClosed)] == [3.5]


def test_supervision_shows_the_cards_of_a_day(web: TestClient) -> None:
    first, second = reported(web)
    leader = bearer("leader")
    assert web.get("/supervision", headers=leader).json() == {"items": []}
    cards = web.get("/supervision", params={"on": "2099-12-31"}, headers=leader).json()["items"]
    assert [(card["colour"], card["task"]["id"]) for card in cards] == [("red", first), ("yellow", second)]
    assert "taken" not in cards[0]["task"]
    assert web.get("/supervision", params={"on": "soon"}, headers=leader).status_code == 422


def test_each_key_figure_explains_itself(web: TestClient) -> None:
    figures = web.get("/kpi", headers=bearer("observer")).json()
    assert figures["topics_agreed"]["value"] == 1
    assert figures["mean_score"]["value"] is None
    assert all(figure.keys() == {"value", "formula", "as_of", "denominator"} for figure in figures.values())
