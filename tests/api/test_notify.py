"""Notify's routes, in process."""

import asyncio
import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from fastapi.testclient import TestClient

from common.events import IssueReceived, TopicPublicised
from common.people import Contact, seal_contact
from fakes import NOON, PHONE, bearer, client, sealer
from gateway_trials import gateway, provider
from notify import api
from notify.handlers import Way
from notify_fakes import World

OTHER = "19900000002"
CAMPAIGN = {"group": "household:620523101", "template": "relocation", "values": {"day": "周五"}, "topic_id": "topic-1"}


@pytest.fixture
def world() -> World:
    world = World()
    # requests bear the time of day: the sender's clock is behind them all, at noon
    world.now = NOON.replace(year=2126)
    return world


@pytest.fixture
def notify(world: World) -> TestClient:
    return client("notify", lambda app: api.routes(app, world.notify))


def add(notify: TestClient, *phones: str) -> None:
    people = [{"contact": sealer.meet(phone, "王玉萍").contact, "groups": [CAMPAIGN["group"]]} for phone in phones]
    answer = notify.post("/people", json={"people": people}, headers=bearer("clerk"))
    assert answer.json() == {"taken": len(phones), "faults": []}


def publicise(world: World, phone: str) -> str:
    """Ask one person for a rating; returns the notice's id."""
    fact = TopicPublicised(topic_id="topic-1", title="供暖", result=f"请致电{OTHER}", people=(sealer.person_id(phone),))
    asyncio.run(world.hear(fact))
    asyncio.run(world.sender.sweep())
    return world.notices.all()[0].id


def test_anyone_can_seal_a_contact_with_the_public_key(notify: TestClient, world: World) -> None:
    key = base64.b64decode(notify.get("/people/key").json()["public_key"])
    contact = seal_contact(Contact(PHONE, "李四"), X25519PublicKey.from_public_bytes(key))
    notify.post("/people", json={"people": [{"contact": contact}]}, headers=bearer("office"))
    assert [person.id for person in world.people.all()] == [sealer.person_id(PHONE)]


def test_the_good_are_taken_and_each_bad_one_is_named(notify: TestClient, world: World) -> None:
    people = [
        {"contact": sealer.meet(PHONE).contact, "groups": ["household:1"]},
        {"contact": "bm90IHNlYWxlZA=="},
        {"groups": []},
        {"contact": sealer.meet(OTHER).contact, "groups": ["Household 1"]},
        PHONE,
    ]
    answer = notify.post("/people", json={"people": people}, headers=bearer("clerk"))
    assert answer.status_code == 200
    assert answer.json()["taken"] == 1
    paths = {fault["path"] for fault in answer.json()["faults"]}
    assert paths == {"people.1.contact", "people.2.contact", "people.3.groups.0", "people.4"}
    assert PHONE not in answer.text
    assert len(world.people.all()) == 1


def test_the_same_request_again_changes_nothing(notify: TestClient, world: World) -> None:
    people = [{"contact": sealer.meet(PHONE).contact, "groups": ["a"]}, {"contact": sealer.meet(PHONE).contact}]
    headers = bearer("clerk") | {"Idempotency-Key": "k1"}
    first = notify.post("/people", json={"people": people}, headers=headers).json()
    before = world.people.all()
    assert notify.post("/people", json={"people": people}, headers=headers).json() == first
    assert world.people.all() == before


def test_a_campaign_is_followed_to_its_end(notify: TestClient, world: World) -> None:
    add(notify, PHONE, OTHER)
    headers = bearer("office") | {"Idempotency-Key": "k1"}
    started = notify.post("/campaigns", json=CAMPAIGN, headers=headers)
    assert started.status_code == 201
    assert (started.json()["recipients"], started.json()["counts"]) == (2, {"QUEUED": 2})
    assert notify.post("/campaigns", json=CAMPAIGN, headers=headers).json()["id"] == started.json()["id"]
    asyncio.run(world.sender.sweep())
    references = [message.reference for message in world.gateway.messages]
    body = {"receipts": [{"reference": references[0], "status": "delivered"},
                         {"reference": references[1], "status": "failed", "code": "MK:0001"}]}  # fmt: skip
    answer = notify.post("/gateways/file/receipts", json=body, headers=bearer("provider"))
    assert answer.json() == {"taken": 2, "late": 0, "unknown": 0}
    asyncio.run(world.sender.sweep())
    now = notify.get(f"/campaigns/{started.json()['id']}", headers=bearer("office")).json()
    assert (now["state"], now["counts"]) == ("FINISHED", {"DELIVERED": 1, "FAILED": 1})
    summary = notify.get("/notices/summary", params={"topic_id": "topic-1"}, headers=bearer("observer")).json()
    assert summary == {
        "notices": 2,
        "segments": 2,
        "states": {"DELIVERED": {"notices": 1, "segments": 1}, "FAILED": {"notices": 1, "segments": 1}},
    }
    assert notify.get("/notices/summary?topic_id=none", headers=bearer("office")).json()["notices"] == 0


def test_every_fault_of_a_campaign_is_listed(notify: TestClient) -> None:
    bad = {"group": "No Group", "template": "", "values": {"a": 1}}
    answer = notify.post("/campaigns", json=bad, headers=bearer("office"))
    assert answer.status_code == 422
    assert {fault["path"] for fault in answer.json()["faults"]} == {"group", "template", "values.a"}
    answer = notify.post("/campaigns", json=CAMPAIGN, headers=bearer("office"))
    assert [fault["path"] for fault in answer.json()["faults"]] == ["group"]


def test_notices_are_listed_by_page_without_numbers(notify: TestClient, world: World) -> None:
    add(notify, PHONE)
    publicise(world, PHONE)
    page = notify.get("/notices", params={"topic_id": "topic-1", "state": "SENT", "limit": 1}, headers=bearer("office"))
    (item,) = page.json()["items"]
    assert item["person_id"] == sealer.person_id(PHONE)
    assert "199****0002" in item["text"]
    assert PHONE not in page.text
    assert OTHER not in page.text
    assert not {"taken", "values", "revision"} & set(item)
    rest = notify.get("/notices", params={"after": page.json()["next"]}, headers=bearer("office")).json()
    assert rest == {"items": [], "next": None}


def test_templates_show_their_length(notify: TestClient) -> None:
    found = {line["template"]: line for line in notify.get("/templates", headers=bearer("office")).json()}
    assert found["relocation"] == {
        "template": "relocation",
        "text": "【议事】新兴镇棚户区改造将于{day}协商，欢迎参加。",
        "fields": ["day"],
        "of_event": False,
        "length": 22,
        "segments": 1,
    }


def test_a_reply_opts_out_or_is_passed_on(notify: TestClient, world: World) -> None:
    add(notify, PHONE)
    publicise(world, PHONE)
    replies = [{"phone": f"+86{PHONE}", "text": "5"}, {"phone": PHONE, "text": "Ｔｄ"}, {"phone": "1", "text": "5"}]
    answer = notify.post("/gateways/file/replies", json={"replies": replies}, headers=bearer("provider")).json()
    assert (answer["taken"], answer["opted_out"], answer["unknown"]) == (1, 1, 0)
    assert [fault["path"] for fault in answer["faults"]] == ["replies.2.phone"]
    assert [event.model_dump() for event in world.people.said] == [
        {"person_id": sealer.person_id(PHONE), "text": "5", "topic_id": "topic-1"},
        {"person_id": sealer.person_id(PHONE)},
    ]
    assert world.people.all()[0].opted_out


def test_a_gateway_that_is_not_there_cannot_answer(notify: TestClient) -> None:
    body = {"receipts": [{"reference": "notice-1", "status": "delivered"}]}
    assert notify.post("/gateways/other/receipts", json=body, headers=bearer("provider")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/people", "resident"),
        ("POST", "/campaigns", "clerk"),
        ("GET", "/campaigns/x", "clerk"),
        ("GET", "/notices", "observer"),
        ("GET", "/notices/summary", "clerk"),
        ("GET", "/templates", "provider"),
        ("POST", "/gateways/file/receipts", "office"),
        ("POST", "/gateways/file/replies", "office"),
    ],
)
def test_nobody_gets_in_without_the_right_role(notify: TestClient, method: str, path: str, role: str) -> None:
    assert notify.request(method, path, json={}).status_code == 401
    assert notify.request(method, path, json={}, headers=bearer(role)).status_code == 403


def test_an_event_without_topic_is_listed_too(notify: TestClient, world: World) -> None:
    add(notify, PHONE)
    fact = IssueReceived(
        issue_id="i", title="x", division="1", category="c", source="grid", people=(sealer.person_id(PHONE),)
    )
    asyncio.run(world.hear(fact))
    (item,) = notify.get("/notices", headers=bearer("office")).json()["items"]
    assert (item["topic_id"], item["state"]) == (None, "QUEUED")


def test_a_provider_that_calls_proves_who_it_is_and_is_answered_in_its_own_words(
    notify: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YISHI_TEST_PASSWORD", "secret")
    aliyun = gateway("aliyun", provider("aliyun"))
    world.answers.gateways = {"file": world.answers.gateways["file"], "aliyun": Way(aliyun)}
    add(notify, PHONE)
    up = [{"phone_number": PHONE, "content": "反映：路灯不亮三天了", "sequence_id": "7"}]
    for _ in range(2):
        answer = notify.post("/gateways/aliyun/calls?token=secret", json=up)
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "OK"})
    assert [type(fact).__name__ for fact in world.people.said] == ["IssueTexted"]
    assert notify.post("/gateways/aliyun/calls", json=up).status_code == 401
    assert notify.post("/gateways/aliyun/calls?token=secreT", json=up).status_code == 403
    assert notify.post("/gateways/aliyun/calls?token=secret", content=b"x" * 10_000_000).status_code == 413
    assert notify.post("/gateways/aliyun/calls?token=secret", content=b"{").status_code == 422
    assert notify.post("/gateways/file/calls?token=secret", json=up).status_code == 404
    assert notify.post("/gateways/none/calls?token=secret", json=up).status_code == 404
    assert PHONE not in notify.post("/gateways/aliyun/calls?token=secret", json=[*up, 1]).text
