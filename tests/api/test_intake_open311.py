"""Open311 GeoReport v2, as its clients speak it: services, and reports."""

import pytest

from fakes import PHONE, bearer
from portal import BASE, GRID, REPORT, Portal, text, texts, xml


@pytest.fixture
def portal() -> Portal:
    return Portal()


def test_services_are_the_countys_categories_under_codes_that_fit_an_address(portal: Portal) -> None:
    services = portal.get("services.json", {"jurisdiction_id": "620102"}, headers={}).json()
    assert [service["service_name"] for service in services] == ["管网", "其他", "heating"]
    assert services[0]["group"] == "城乡建设/供热"
    assert all(service["service_code"].isascii() and service["service_code"].isalnum() for service in services)
    found = xml(portal.get("services.xml", headers={}))
    assert found.tag == "services"
    assert texts(found, "service/service_code") == [service["service_code"] for service in services]
    assert text(found, "service/metadata") == "true"


def test_a_definition_asks_for_the_division(portal: Portal) -> None:
    code = portal.code("管网")
    definition = portal.get(f"services/{code}.json", headers={}).json()
    assert definition["service_code"] == code
    assert [a["code"] for a in definition["attributes"]] == ["division", "title", "occurred_at", "external_id"]
    found = xml(portal.get(f"services/{code}.xml", headers={}))
    assert text(found, "attributes/attribute/values/value/key") == "620102000000"


def test_discovery_names_the_endpoint_and_its_extensions(portal: Portal) -> None:
    found = portal.get("discovery.json", headers={}).json()
    assert found["endpoints"][0]["url"].endswith("/open311/v2")
    assert "servicerequestupdates" in found["extensions"]
    assert text(xml(portal.get("discovery.xml", headers={})), "endpoints/endpoint/formats/format") == "text/xml"


def test_a_report_becomes_an_issue_and_is_found_again(portal: Portal) -> None:
    made = portal.post({"media_url": "https://example.org/1.jpg"}).json()
    (issue,) = portal.issues.all()
    assert made == [{"service_request_id": issue.id, "service_notice": None, "account_id": None}]
    assert (issue.source, issue.content.title) == ("residents", "三单元冬天只有十三度")
    assert issue.people
    (found,) = portal.get(f"requests/{issue.id}.json").json()
    assert (found["status"], found["service_code"], found["lat"], found["long"]) == ("open", "heating", 36.05, 103.83)
    assert (found["address"], found["media_url"]) == ("白银路1号", "https://example.org/1.jpg")
    assert found["requested_datetime"].endswith("+08:00")
    said = "".join(event.model_dump_json() for event in portal.issues.said) + str(portal.issues.all())
    assert not any(secret in said for secret in (PHONE, "玉萍", "wang@"))


def test_xml_says_the_same_and_is_escaped(portal: Portal) -> None:
    hard = {"description": "a\x0b<b>&amp;]]>\n" + REPORT["description"]}
    id_ = text(xml(portal.post(hard, path="requests.xml")), "request/service_request_id")
    found = xml(portal.get(f"requests/{id_}.xml"))
    assert found.tag == "service_requests"
    assert text(found, "request/description") == "a<b>&amp;]]>\n" + REPORT["description"]
    assert text(found, "request/media_url") is None


def test_without_a_token_there_is_no_word_of_what_people_wrote(portal: Portal) -> None:
    portal.post()
    for headers in ({}, bearer("resident"), bearer("department", subject="grid")):
        (found,) = portal.get("requests.json", {"extensions": "true"}, headers=headers).json()
        hidden = ("description", "address", "lat", "long", "media_url")
        assert [found[name] for name in hidden] == [None] * 5
        assert found["extended_attributes"]["title"] is None
        assert (found["status"], found["service_name"]) == ("open", "heating")
        assert portal.get("requests.json", {"bbox": "103,36,104,37"}, 403, headers).json()[0]["code"] == 403


def test_a_system_reports_as_itself_once_and_reads_what_it_brought(portal: Portal) -> None:
    assert portal.post(GRID).json() == portal.post(GRID).json()
    (issue,) = portal.issues.all()
    assert issue.source == "grid"
    (found,) = portal.get("requests.json", headers=bearer("department", subject="grid")).json()
    assert found["description"] == REPORT["description"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "weather"}, 404, "service_code"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ({"lat": None, "address_string": None}, 400, "lat and long"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "31.2", "long": "121.5"}, 400, "location"),
        ({"attribute[division]": "城关镇"}, 400, "division"),
        ({"description": None}, 400, "description"),
        ({"phone": "12"}, 400, "phone"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"attribute[occurred_at]": "gestern"}, 400, "occurred_at"),
        ({"api_key": None}, 403, "bearer"),
        ({"api_key": "no token"}, 403, "token"),
        ({"api_key": "somebody:provider"}, 403, "roles"),
    ],
)
def test_errors_are_those_of_the_specification_in_json_and_xml(
    portal: Portal, changes: dict[str, str | None], status: int, words: str
) -> None:
    errors = portal.post(changes, status).json()
    assert {error["code"] for error in errors} == {status}
    assert words in errors[0]["description"]
    found = xml(portal.post(changes, status, "requests.xml"))
    assert (found.tag, text(found, "error/code")) == ("errors", str(status))
    assert texts(found, "error/description") == [error["description"] for error in errors]
    assert portal.issues.all() == []


def test_a_key_in_an_address_is_not_taken(portal: Portal) -> None:
    fields = {name: value for name, value in REPORT.items() if name != "api_key"}
    refused = portal.http.post(f"{BASE}/requests.json", params={"api_key": REPORT["api_key"]}, data=fields)
    assert refused.status_code == 403
    assert "addresses are logged" in refused.json()[0]["description"]
    assert portal.http.post(f"{BASE}/requests.json", data=fields, headers=bearer("resident")).status_code == 201


def test_xml_is_written_and_never_read(portal: Portal) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><service_requests>&b;</service_requests>'
    kind = {"Content-Type": "text/xml"}
    assert portal.http.post(f"{BASE}/requests.xml", content=laughs, headers=kind).status_code == 403
    answer = portal.http.post(f"{BASE}/requests.xml", content=laughs, headers=kind | bearer("resident"))
    assert answer.status_code == 400


def test_a_picture_itself_is_not_taken(portal: Portal) -> None:
    answer = portal.http.post(f"{BASE}/requests.json", data=REPORT, files={"media": ("a.jpg", b"\xff\xd8")})
    assert answer.status_code == 400
    assert "files" in answer.json()[0]["description"]
