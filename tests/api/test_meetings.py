"""The routes of meetings, in process."""

import asyncio

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from common.events import TopicDecided
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, origin, sealer
from meetings import api
from meetings.domain import Council, Deliberation, Meeting, Member
from meetings.handlers import Meetings

TOPIC = "topic-water"
COUNCIL = {"name": "天锦苑议事会", "division": "620102007004", "kind": "协商议事会"}
FINDING = {"method": "visit", "finding": f"渠口一处,联系人{PHONE}", "with": ["村委会"]}
HOST, RECORDER = bearer("host", subject="li"), bearer("recorder", subject="ma")


@pytest.fixture
def meetings() -> TestClient:
    handlers = Meetings(
        MemoryAggregates(Council),
        MemoryAggregates(Member),
        MemoryAggregates(Deliberation),
        MemoryAggregates(Meeting),
        COUNTY,
        sealer,
    )
    fact = TopicDecided(
        topic_id=TOPIC,
        title="农田浇水",
        division="620102007004",
        category="property",
        issue_ids=["issue-1"],
        parties=["上游", "下游"],
        steps="gansu6",
    )
    asyncio.run(handlers.begin(fact, origin()))
    return client("meetings", lambda app: api.routes(app, handlers))


def council(meetings: TestClient) -> str:
    return str(meetings.post("/councils", json=COUNCIL, headers=bearer("office")).json()["id"])


def call(meetings: TestClient, **changes: object) -> Response:
    plan = {
        "council_id": council(meetings),
        "venue": "渠边",
        "starts_at": "2026-11-25T09:00:00+08:00",
        "agenda": ["轮水顺序"],
        "host": "li",
        "recorder": "ma",
    }
    return meetings.post(f"/topics/{TOPIC}/meetings", json=plan | changes, headers=bearer("convenor"))


@pytest.fixture
def meeting(meetings: TestClient) -> str:
    """Tell the path of a meeting that is open."""
    assert meetings.post(f"/topics/{TOPIC}/research", json=FINDING, headers=bearer("member")).status_code == 200
    answer = call(meetings)
    assert answer.status_code == 201
    path = f"/meetings/{answer.json()['id']}"
    assert meetings.post(f"{path}/open", headers=HOST).json()["state"] == "IN_SESSION"
    return path


def hear_everyone(meetings: TestClient, meeting: str) -> None:
    for party in ("上游", "下游"):
        said = {"party": party, "text": "轮流来"}
        assert meetings.post(f"{meeting}/speak", json=said, headers=bearer("party")).status_code == 200


def test_a_meeting_runs_from_the_call_to_the_published_minutes(meetings: TestClient, meeting: str) -> None:
    hear_everyone(meetings, meeting)
    meetings.post(f"{meeting}/position", json={"party": "上游", "stance": "live_with"}, headers=RECORDER)
    end = {"result": "CONSENSUS", "summary": "谈成了", "conclusion": "单双日轮水"}
    assert meetings.post(f"{meeting}/adjourn", json=end, headers=HOST).json()["state"] == "ADJOURNED"
    topic = meetings.get(f"/topics/{TOPIC}", headers=bearer("office")).json()
    assert (topic["state"], topic["open_meeting"], len(topic["rounds"])) == ("AGREED", None, 1)
    assert meetings.post(f"{meeting}/minutes", json={"text": "纪要"}, headers=RECORDER).json()["state"] == "MINUTED"
    meetings.post(f"{meeting}/sign", headers=RECORDER)
    assert meetings.post(f"{meeting}/sign", headers=HOST).json()["state"] == "SIGNED"
    assert meetings.post(f"{meeting}/publish", headers=bearer("office")).json()["state"] == "PUBLISHED"
    assert meetings.get(meeting, headers=bearer("observer")).json()["minutes"] == "纪要"


def test_no_name_and_no_number_comes_back(meetings: TestClient, meeting: str) -> None:
    who = {"party": "上游", "name": "王玉萍", "phone": PHONE, "heads": 2}
    answers = [meetings.post(f"{meeting}/check-in", json=who, headers=HOST) for _ in range(2)]
    said = {"party": "上游", "text": f"打{PHONE}找我"}
    answers.append(meetings.post(f"{meeting}/speak", json=said, headers=RECORDER))
    answers.append(meetings.get(f"/topics/{TOPIC}", headers=bearer("clerk")))
    assert all(PHONE not in answer.text and "王玉萍" not in answer.text for answer in answers)
    assert answers[1].json()["attendance"] == [
        {"party": "上游", "person_id": sealer.person_id(PHONE), "heads": 2},
    ]


def test_every_fault_of_a_check_in_is_listed_without_the_number(meetings: TestClient, meeting: str) -> None:
    answer = meetings.post(f"{meeting}/check-in", json={"party": "", "phone": "12345", "heads": 0}, headers=HOST)
    assert answer.status_code == 422
    assert {fault["path"] for fault in answer.json()["faults"]} == {"party", "phone", "heads"}
    assert "12345" not in answer.text


def test_research_cannot_be_skipped(meetings: TestClient) -> None:
    answer = call(meetings)
    assert answer.status_code == 409
    assert "调研" in answer.json()["detail"]


def test_every_fault_of_a_call_is_listed(meetings: TestClient) -> None:
    answer = call(meetings, agenda=[], starts_at="tomorrow", host="")
    assert {fault["path"] for fault in answer.json()["faults"]} == {"agenda", "starts_at", "host"}
    assert call(meetings, council_id="council-none").status_code == 404


def test_parties_not_heard_and_the_conclusion_are_named_together(meetings: TestClient, meeting: str) -> None:
    answer = meetings.post(f"{meeting}/adjourn", json={"result": "CONSENSUS", "summary": "好"}, headers=HOST)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["faults"]] == ["parties", "parties", "conclusion"]


def test_an_objection_stops_consensus_and_a_second_meeting_can_be_called(meetings: TestClient, meeting: str) -> None:
    hear_everyone(meetings, meeting)
    against = {"party": "下游", "stance": "object", "reason": "水不够", "remedy": "多给一天"}
    meetings.post(f"{meeting}/position", json=against, headers=bearer("party"))
    end = {"result": "CONSENSUS", "summary": "好", "conclusion": "轮水"}
    answer = meetings.post(f"{meeting}/adjourn", json=end, headers=HOST)
    assert answer.status_code == 409
    assert "下游" in answer.json()["detail"]
    assert call(meetings).status_code == 409
    meetings.post(f"{meeting}/adjourn", json=end | {"result": "PARTIAL"}, headers=HOST)
    assert call(meetings).json()["sequence"] == 2


@pytest.mark.parametrize(
    ("verb", "role", "status"),
    [
        ("open", "convenor", 403),
        ("check-in", "party", 403),
        ("speak", "host", 403),
        ("position", "leader", 403),
        ("adjourn", "leader", 403),
        ("adjourn", "recorder", 403),
        ("minutes", "leader", 403),
        ("minutes", "host", 403),
        ("sign", "office", 403),
        ("publish", "host", 403),
        ("cancel", "host", 403),
        ("open", "", 401),
    ],
)
def test_nobody_acts_without_the_right_role(
    meetings: TestClient, meeting: str, verb: str, role: str, status: int
) -> None:
    headers = bearer(role, subject="li") if role else {}
    assert meetings.post(f"{meeting}/{verb}", json={}, headers=headers).status_code == status


def test_another_host_is_not_this_meetings_host(meetings: TestClient, meeting: str) -> None:
    end = {"result": "CONTINUE", "summary": "再议"}
    answer = meetings.post(f"{meeting}/adjourn", json=end, headers=bearer("host", subject="zhao"))
    assert answer.status_code == 403
    assert "own host" in answer.json()["detail"]


def test_a_meeting_is_cancelled_with_a_reason(meetings: TestClient, meeting: str) -> None:
    assert meetings.post(f"{meeting}/cancel", json={}, headers=bearer("convenor")).status_code == 422
    answer = meetings.post(f"{meeting}/cancel", json={"reason": "下雨"}, headers=bearer("convenor"))
    assert (answer.json()["state"], answer.json()["reason"]) == ("CANCELLED", "下雨")
    assert call(meetings).status_code == 201


def test_meetings_of_a_topic_come_in_pages_in_their_order(meetings: TestClient, meeting: str) -> None:
    path = meeting
    for _ in range(4):
        meetings.post(f"{path}/adjourn", json={"result": "CONTINUE", "summary": "再议"}, headers=HOST)
        path = f"/meetings/{call(meetings).json()['id']}"
        meetings.post(f"{path}/open", headers=HOST)
    seen, after = [], None
    while True:
        query = f"limit=2&after={after or ''}"
        page = meetings.get(f"/topics/{TOPIC}/meetings?{query}", headers=bearer("leader")).json()
        seen += [item["sequence"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [1, 2, 3, 4, 5]
    assert meetings.get("/topics/topic-none/meetings", headers=bearer("leader")).status_code == 404


def test_councils_and_members_can_be_read_by_everyone_known(meetings: TestClient) -> None:
    id_ = council(meetings)
    member = {"name": "马委员", "tier": "county", "sector": "农业界", "council_id": id_}
    assert meetings.post("/members", json=member, headers=bearer("convenor")).status_code == 403
    assert meetings.post("/members", json=member, headers=bearer("office")).status_code == 201
    assert meetings.post("/members", json=member | {"tier": "moon"}, headers=bearer("office")).status_code == 422
    assert meetings.post("/members", json=member | {"council_id": "no"}, headers=bearer("office")).status_code == 404
    seen = meetings.get("/members", params={"council_id": id_}, headers=bearer("resident")).json()["items"]
    assert [(item["name"], item["sector"]) for item in seen] == [("马委员", "农业界")]
    assert meetings.get(f"/councils/{id_}", headers=bearer("resident")).json()["kind"] == "协商议事会"
    assert len(meetings.get("/councils", headers=bearer("resident")).json()["items"]) == 1


def test_the_same_idempotency_key_founds_one_council(meetings: TestClient) -> None:
    headers = bearer("office") | {"Idempotency-Key": "k1"}
    ids = {meetings.post("/councils", json=COUNCIL, headers=headers).json()["id"] for _ in range(2)}
    assert len(ids) == 1


def test_what_was_taken_is_nobodys_business(meetings: TestClient, meeting: str) -> None:
    paths = [meeting, f"/topics/{TOPIC}", "/topics", f"/topics/{TOPIC}/meetings"]
    answers = [meetings.get(path, headers=bearer("office")) for path in paths]
    assert all(answer.status_code == 200 for answer in answers)
    assert all('"taken"' not in answer.text and '"called"' not in answer.text for answer in answers)
