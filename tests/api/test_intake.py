"""Intake's routes, in process."""

import pytest
from fastapi.testclient import TestClient

from common.events import IssueReceived
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, sealer
from intake import api
from intake.domain import Issue, Topic
from intake.handlers import Intake

NEW = {
    "title": "供暖不热",
    "description": "三单元冬天只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
    "reporter": {"name": "王玉萍", "phone": PHONE},
}


@pytest.fixture
def issues() -> MemoryAggregates[Issue]:
    return MemoryAggregates(Issue)


@pytest.fixture
def intake(issues: MemoryAggregates[Issue]) -> TestClient:
    handlers = Intake(issues, MemoryAggregates(Topic), COUNTY, sealer)
    return client("intake", lambda app: api.routes(app, handlers))


def test_a_resident_raises_an_issue_and_no_number_comes_back(
    intake: TestClient, issues: MemoryAggregates[Issue]
) -> None:
    answer = intake.post("/issues", json=NEW, headers=bearer("resident"))
    assert answer.status_code == 201
    assert PHONE not in answer.text
    assert "王玉萍" not in answer.text
    assert [type(event).__name__ for event in issues.said] == ["IntakePersonMet", "IssueReceived"]


def test_the_same_idempotency_key_raises_one_issue(intake: TestClient, issues: MemoryAggregates[Issue]) -> None:
    headers = bearer("resident") | {"Idempotency-Key": "k1"}
    first = intake.post("/issues", json=NEW, headers=headers)
    second = intake.post("/issues", json=NEW, headers=headers)
    assert first.json()["id"] == second.json()["id"]
    assert len([event for event in issues.said if isinstance(event, IssueReceived)]) == 1


def test_every_fault_is_listed_in_a_problem_document(intake: TestClient) -> None:
    bad = NEW | {"title": "", "division": "12", "occurred_at": "yesterday"}
    answer = intake.post("/issues", json=bad, headers=bearer("resident"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {fault["path"] for fault in answer.json()["faults"]} == {"title", "division", "occurred_at"}
    assert len(answer.json()["trace_id"] or "") in (0, 32)


def test_an_unknown_division_and_category_are_both_named(intake: TestClient) -> None:
    bad = NEW | {"division": "620102999999", "category": "weather"}
    answer = intake.post("/issues", json=bad, headers=bearer("resident"))
    assert {fault["path"] for fault in answer.json()["faults"]} == {"division", "category"}


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (bearer("provider"), 403)])
def test_nobody_gets_in_without_the_right_role(intake: TestClient, headers: dict[str, str], status: int) -> None:
    answer = intake.post("/issues", json=NEW, headers=headers)
    assert answer.status_code == status
    assert answer.json()["title"] in ("unauthenticated", "forbidden")


def test_a_clerk_sends_an_issue_to_the_channel_it_belongs_to(intake: TestClient) -> None:
    id_ = intake.post("/issues", json=NEW, headers=bearer("resident")).json()["id"]
    body = {"to": "信访局", "reason": "已进入信访程序"}
    assert intake.post(f"/issues/{id_}/redirect", json=body, headers=bearer("clerk")).json()["state"] == "REDIRECTED"
    again = intake.post(f"/issues/{id_}/reject", json={"reason": "no"}, headers=bearer("clerk"))
    assert again.status_code == 409
    assert "REDIRECTED" in again.json()["detail"]


def test_lists_come_in_pages(intake: TestClient) -> None:
    for n in range(5):
        intake.post("/issues", json=NEW, headers=bearer("resident") | {"Idempotency-Key": str(n)})
    seen, after = [], None
    while True:
        page = intake.get("/issues", params={"limit": 2, "after": after or ""}, headers=bearer("clerk")).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5


def test_a_topic_needs_issues_that_exist(intake: TestClient) -> None:
    body = {"title": "供暖", "issue_ids": ["issue-none"], "parties": ["居民"]}
    assert intake.post("/topics", json=body, headers=bearer("office")).status_code == 404


def test_a_request_that_is_too_large_is_refused(intake: TestClient) -> None:
    answer = intake.post("/issues", content=b"x" * (1024 * 1024 + 1), headers=bearer("resident"))
    assert answer.status_code == 413
