"""The routes of outcomes beside the plain way of a task: due days, other departments, suggestions, publicity."""

import pytest
from fastapi.testclient import TestClient

from counter import DEPARTMENT, OFFICE, REPORT, reported, say, serve
from fakes import MemoryAggregates, bearer, client
from outcomes import api
from outcomes.domain.task import Task

OFFICERS = {"department": "police", "title": "高峰时段警力", "due_on": "2099-12-31"}


@pytest.fixture
def web() -> TestClient:
    outcomes = serve(MemoryAggregates(Task))
    return client("outcomes", lambda app: api.routes(app, outcomes))


def test_a_deadline_explains_itself_line_by_line(web: TestClient) -> None:
    first, second = reported(web)
    assert say(web, first, "pause", OFFICE, until="2020-01-01") == (422, "invalid")
    why = web.get(f"/tasks/{second}/deadline", headers=DEPARTMENT).json()
    assert why["due_on"] == "2099-12-31"
    assert [step["why"] for step in why["steps"]] == ["assigned"]
    assert "指定截止日期为2099年12月31日" in why["lines"][0]
    assert any("2099年的放假调休安排尚未录入" in warning for warning in why["warnings"])
    assert why["rungs"].keys() == {"department", "office", "leader", "group"}


def test_a_returned_task_is_given_to_another_department(web: TestClient) -> None:
    first, _ = reported(web)
    assert say(web, first, "return", DEPARTMENT) == (200, "RETURNED")
    assert say(web, first, "reassign", OFFICE, department="police", due_on="2020-01-01") == (422, "invalid")
    assert say(web, first, "reassign", OFFICE, department="police") == (200, "ASSIGNED")
    assert say(web, first, "return", DEPARTMENT, whose="housing") == (200, "RETURNED"), "who returned it has it not"


def test_a_suggestion_goes_to_committee_and_government_and_its_answer_is_public(web: TestClient) -> None:
    assert web.post("/topics/t1/submit", json={"to": ["mayor"]}, headers=OFFICE).status_code == 422
    submitted = web.post("/topics/t1/submit", json={"to": ["government"]}, headers=OFFICE).json()
    assert (submitted["state"], submitted["reported_to"]) == ("SUBMITTED", ["government"])
    answer = {"grade": "C", "by": "government", "text": "规划未定，留作参考"}
    assert web.post("/topics/t1/adopt", json=answer, headers=OFFICE).json()["state"] == "PUBLICISED"
    (shown,) = web.get("/publicity").json()["items"]
    assert (shown["title"], shown["explanation"], shown["tasks"]) == ("校门口", "规划未定，留作参考", [])
    assert web.get("/publicity", params={"limit": 1}).json()["next"] is not None
    assert web.post("/topics/t1/reopen", json={"text": "再议"}, headers=OFFICE).json()["state"] == "REOPENED"


def test_helpers_and_milestones_are_part_of_a_task(web: TestClient) -> None:
    step = {"title": "勘测", "due_on": "2099-12-01"}
    task = OFFICERS | {"helpers": ["housing"], "milestones": [step]}
    made = web.post("/outcomes", json=REPORT | {"tasks": [task]}, headers=OFFICE).json()["commitments"][0]
    assert say(web, made["task_id"], "progress", DEPARTMENT, milestone="验收") == (422, "invalid")
    assert say(web, made["task_id"], "progress", DEPARTMENT, milestone="勘测") == (200, "ASSIGNED")
    found = web.get(f"/tasks/{made['task_id']}", headers=DEPARTMENT).json()
    assert found["milestones"][0]["reached_on"] is not None
    assert found["helpers"] == [{"department": "housing", "system": "grid"}]


def test_who_covers_the_townships_can_be_read(web: TestClient) -> None:
    (cover,) = web.get("/supervision/leaders", headers=bearer("observer")).json()["items"]
    assert (cover["name"], cover["posts"], cover["gap"]) == ("白银路街道", ["政协主席"], None)
