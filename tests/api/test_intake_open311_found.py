"""Open311 GeoReport v2, as its clients speak it: requests are found again, and what became of them."""

import asyncio

import pytest

from fakes import PHONE, origin
from portal import GRID, Portal, text, texts, xml

UPDATES = "servicerequestupdates"


@pytest.fixture
def portal() -> Portal:
    return Portal()


def test_requests_are_found_by_what_marks_them(portal: Portal) -> None:
    code = portal.code("管网")
    one, other = portal.report(), portal.report({"service_code": code, "lat": "36.1", "long": "104.0"})
    asyncio.run(portal.intake.screening.reject(other, "不属协商范围", origin("reject")))

    def found(**params: str) -> set[str]:
        return {request["service_request_id"] for request in portal.get("requests.json", params).json()}

    assert found() == {one, other}
    assert found(status="open") == {one}
    assert found(status="closed") == {other}
    assert found(status="open,closed") == {one, other}
    assert found(service_code=code) == {other}
    assert found(service_code=f"{code},heating") == {one, other}
    assert found(service_request_id=f"{one},{other},none", status="open") == {one, other}
    assert found(bbox="103.8,36,103.9,36.1") == {one}
    assert found(start_date="2020-01-01T00:00:00Z") == set()
    assert len(found(page="1", page_size="1") | found(page="2", page_size="1")) == 2
    (rejected,) = portal.get(f"requests/{other}.json", {"extensions": "true"}).json()
    assert rejected["extended_attributes"]["detailed_status"] == "rejected"
    assert rejected["status_notes"] == "不属协商范围"


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("requests/none.json", {}, 404),
        ("requests/none.xml", {}, 404),
        ("requests.json", {"status": "lost"}, 400),
        ("requests.json", {"start_date": "soon"}, 400),
        ("requests.json", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"}, 400),
        ("requests.json", {"page_size": "1001"}, 400),
        ("requests.json", {"jurisdiction_id": "x"}, 404),
        ("requests.json", {"bbox": "1,2"}, 400),
        ("services/none.json", {}, 404),
        (f"{UPDATES}.xml", {"end_date": "soon"}, 400),
    ],
)
def test_questions_at_fault_are_answered_in_the_same_form(
    portal: Portal, path: str, params: dict[str, str], status: int
) -> None:
    answer = portal.get(path, params, status)
    told = answer.json()[0]["code"] if path.endswith("json") else text(xml(answer), "error/code")
    assert str(told) == str(status)


def test_a_plus_that_got_lost_on_the_way_is_put_back(portal: Portal) -> None:
    portal.report()
    assert portal.get("requests.json", {"start_date": "2026-01-01T00:00:00 08:00"}).json() == []


def test_updates_tell_what_became_of_a_request_in_order(portal: Portal) -> None:
    id_ = portal.report(GRID)
    more = {"api_key": "grid:department", "service_request_id": id_, "update_id": "5", "status": "OPEN"}
    more["description"] = f"今天更冷了，请打{PHONE}"
    for _ in range(2):
        portal.post(more, path=f"{UPDATES}.json")
    (issue,) = portal.issues.all()
    assert issue.version == 2
    assert issue.content.description.count("今天更冷了") == 1
    portal.post(more | {"update_id": "6", "status": "FIXED", "description": "已经修好"}, path=f"{UPDATES}.xml")
    updates = portal.get(f"{UPDATES}.json", headers={}).json()
    told = [(update["status"], update["description"]) for update in updates]
    assert told == [("open", "已收到"), ("open", "已补充"), ("closed", "已经修好")]
    assert len({update["update_id"] for update in updates}) == 3
    found = xml(portal.get(f"{UPDATES}.xml", headers={}))
    assert texts(found, "request_update/service_request_id") == [id_] * 3


def test_nobody_adds_to_what_another_brought(portal: Portal) -> None:
    fields = {"api_key": "grid:department", "service_request_id": portal.report(), "description": "不归我们"}
    portal.post(fields, 403, f"{UPDATES}.json")
    errors = portal.post(fields | {"status": "melted", "description": ""}, 400, f"{UPDATES}.json").json()
    assert len(errors) == 2
    portal.post(fields | {"api_key": "somebody:clerk"}, path=f"{UPDATES}.json")
