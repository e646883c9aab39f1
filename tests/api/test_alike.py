"""Intake's routes for issues that are alike, in process."""

import pytest
from fastapi.testclient import TestClient

from common.events import IntakePersonMet, IssueMerged
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, sealer
from intake import api
from intake.api import alike, events
from intake.domain import Issue, Topic
from intake.handlers import Intake
from intake.handlers.alike import Alike
from intake_marked import MemoryMarked

CLERK = bearer("clerk")
NEW = {
    "title": "金桂园3号楼暖气不热",
    "description": "客厅只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
}


@pytest.fixture
def issues() -> MemoryAggregates[Issue]:
    return MemoryAggregates(Issue)


@pytest.fixture
def intake(issues: MemoryAggregates[Issue]) -> TestClient:
    handlers = Intake(issues, MemoryAggregates(Topic), COUNTY, sealer)

    async def answer(*_: object) -> None:
        """Answer nobody."""

    def routes(app: object) -> None:
        api.routes(app, handlers)  # type: ignore[arg-type]
        events.routes(app, handlers, COUNTY.has_system, answer)  # type: ignore[arg-type]
        alike.routes(app, handlers, Alike(issues, MemoryMarked(issues)))  # type: ignore[arg-type]

    return client("intake", routes)


def raised(intake: TestClient, key: str, **changes: object) -> str:
    headers = bearer("resident") | {"Idempotency-Key": key}
    answer = intake.post("/issues", json=NEW | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_same_matter_is_suggested_with_a_score_and_why_and_another_is_not(intake: TestClient) -> None:
    one = raised(intake, "a")
    same = raised(intake, "b", title="供热温度低", description="金桂园三号楼这几天屋里太冷")
    raised(intake, "c", title="金桂园电梯困人", description="关了两次人")
    answer = intake.get(f"/issues/{one}/alike", headers=CLERK)
    assert answer.status_code == 200
    (found,) = answer.json()
    assert (found["issue_id"], found["do"], found["source"]) == (same, "merge", "residents")
    assert 0.5 <= found["score"] <= 1
    parts = {why["part"]: why["says"] for why in found["why"]}
    assert parts["matter"] == "both are about 供暖"
    assert "金桂" in parts["words"]
    assert parts["time"] == "they are 0 days apart"


def test_what_is_merged_already_is_suggested_no_more(intake: TestClient) -> None:
    one, same, third = (raised(intake, key) for key in "abc")
    merged = intake.post(f"/issues/{same}/merge", json={"into": third, "reason": "同一楼"}, headers=CLERK)
    assert merged.json()["state"] == "MERGED"
    found = intake.get(f"/issues/{one}/alike", headers=CLERK).json()
    assert [suggestion["issue_id"] for suggestion in found] == [third]


def test_an_issue_is_parted_again_and_what_is_kept_for_the_machine_does_not_show(intake: TestClient) -> None:
    one, other = raised(intake, "a"), raised(intake, "b")
    intake.post(f"/issues/{one}/merge", json={"into": other, "reason": "同一楼"}, headers=CLERK)
    parted = intake.post(f"/issues/{one}/unmerge", json={"reason": "另一栋"}, headers=CLERK)
    assert (parted.status_code, parted.json()["state"], parted.json()["into"]) == (200, "RECEIVED", None)
    shown = intake.get(f"/issues/{other}", headers=CLERK).json()
    assert not {"joined", "before", "taken"} & set(shown)
    assert "marks" not in shown["content"]
    assert "marks" not in intake.get("/issues", headers=CLERK).json()["items"][0]["content"]


def test_only_what_two_systems_brought_is_linked(intake: TestClient) -> None:
    one, other = raised(intake, "a"), raised(intake, "b")
    refused = intake.post(f"/issues/{one}/link", json={"to": other, "reason": "同一件"}, headers=CLERK)
    assert (refused.status_code, "merge these" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (bearer("resident"), 403), (CLERK, 404)])
def test_suggestions_are_for_clerks(intake: TestClient, headers: dict[str, str], status: int) -> None:
    assert intake.get("/issues/issue-none/alike", headers=headers).status_code == status


def test_all_who_brought_a_merged_issue_are_in_the_fact_that_tells_them(
    intake: TestClient, issues: MemoryAggregates[Issue]
) -> None:
    people = [{"name": "王玉萍", "phone": PHONE}, {"name": "李建国", "phone": "19900000002"}]
    one, second = (raised(intake, str(number), reporter=person) for number, person in enumerate(people))
    last = raised(intake, "last")
    for merged, into in ((one, second), (second, last)):
        intake.post(f"/issues/{merged}/merge", json={"into": into, "reason": "同一楼"}, headers=CLERK)
    met = [fact.person_id for fact in issues.said if isinstance(fact, IntakePersonMet)]
    told = [fact.people for fact in issues.said if isinstance(fact, IssueMerged)]
    assert [sorted(people) for people in told] == [[met[0]], sorted(met)]
