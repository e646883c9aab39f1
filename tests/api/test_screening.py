"""The routes of the screening desk and of topics, in process."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fakes import MemoryAggregates, bearer, client, county, sealer
from intake import api
from intake.api import lists
from intake.domain import Issue, Topic
from intake.handlers import Intake
from intake.handlers.lists import Lists
from intake_lists import MemoryLibrary, MemoryQueue

NEW = {
    "title": "供暖不热",
    "description": "三单元冬天只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
}
STRICT = county(screening={"required": True, "seconds": 1}, deciding={"approval": "all"})


@pytest.fixture
def intake() -> TestClient:
    issues, topics = MemoryAggregates(Issue), MemoryAggregates(Topic)

    def routes(app: FastAPI) -> None:
        api.routes(app, Intake(issues, topics, STRICT, sealer))
        lists.routes(app, Lists(MemoryQueue(issues), MemoryLibrary(topics), STRICT))

    return client("intake", routes)


def raised(intake: TestClient) -> str:
    return str(intake.post("/issues", json=NEW, headers=bearer("resident")).json()["id"])


def test_an_issue_goes_from_the_queue_to_the_library(intake: TestClient) -> None:
    id_ = raised(intake)
    clerk, office = bearer("clerk", subject="c1"), bearer("office", subject="o1")
    waiting = intake.get("/queue", headers=clerk).json()
    assert [(item["issue"]["id"], item["colour"]) for item in waiting["items"]] == [(id_, None)]
    assert "taken" not in waiting["items"][0]["issue"]
    topic = {"title": "老旧小区供暖", "issue_ids": [id_], "parties": ["居民"], "weight": "urgent", "tier": "township"}
    assert "screen it first" in intake.post("/topics", json=topic, headers=office).json()["detail"]

    assert intake.post(f"/issues/{id_}/register", headers=clerk).json()["state"] == "REGISTERED"
    screened = intake.post(f"/issues/{id_}/screen", json={"reason": "事关全小区"}, headers=clerk).json()
    assert screened["state"] == "SCREENED"
    assert intake.get("/queue", headers=clerk).json()["items"] == []
    assert intake.post(f"/issues/{id_}/second", headers=bearer("member")).json()["state"] == "SECONDED"
    proposed = intake.post("/topics", json=topic, headers=office).json()
    assert (proposed["state"], proposed["division"]) == ("PROPOSED", "620102007000")
    way = f"/topics/{proposed['id']}"
    assert intake.post(f"{way}/approve", headers=office).status_code == 403
    approved = intake.post(f"{way}/approve", headers=bearer("committee", subject="m1")).json()
    assert (approved["state"], approved["weight"]) == ("DECIDED", "urgent")
    up = {"division": "620102000000", "reason": "热源跨街道"}
    assert intake.post(f"{way}/refer", json=up, headers=office).json()["chain"][0]["direction"] == "up"
    found = intake.get("/library", params={"q": "供暖"}, headers=office).json()["items"]
    assert [topic["id"] for topic in found] == [proposed["id"]]
    assert "pieces" not in found[0]


def test_the_second_clerk_gets_a_problem_that_says_who_has_it_and_until_when(intake: TestClient) -> None:
    id_ = raised(intake)
    first, second = bearer("clerk", subject="clerk-1"), bearer("clerk", subject="clerk-2")
    until = intake.post(f"/issues/{id_}/hold", headers=first).json()["lease"]["until"]
    answer = intake.post(f"/issues/{id_}/hold", headers=second)
    assert answer.status_code == 409
    assert "clerk-1" in answer.json()["detail"]
    assert until[:19] in answer.json()["detail"]
    assert intake.post(f"/issues/{id_}/reject", json={"reason": "no"}, headers=second).status_code == 409
    assert intake.post(f"/issues/{id_}/release", headers=first).json()["lease"] is None
    assert intake.post(f"/issues/{id_}/hold", headers=second).status_code == 200


def test_what_must_not_be_read_does_not_come_back(intake: TestClient) -> None:
    said = NEW | {"title": "举报", "description": "收受财物", "restricted": "accusation"}
    answer = intake.post("/issues", json=said, headers=bearer("resident"))
    assert (answer.status_code, answer.json()["state"]) == (201, "REDIRECTED")
    assert "财物" not in answer.text
    found = raised(intake)
    gone = intake.post(f"/issues/{found}/exclude", json={"kind": "litigation"}, headers=bearer("clerk"))
    assert "十三度" not in gone.text


@pytest.mark.parametrize(
    ("way", "role"),
    [("issues/x/hold", "resident"), ("issues/x/second", "clerk"), ("topics/x/approve", "convenor")],
)
def test_everyone_does_only_what_is_theirs(intake: TestClient, way: str, role: str) -> None:
    assert intake.post(f"/{way}", headers=bearer(role)).status_code == 403
    assert intake.get("/queue", headers=bearer("resident")).status_code == 403
