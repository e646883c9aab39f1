"""Aliyun, Tencent, and whatever county.yaml describes: signatures, codes, questions, and calls that prove who calls."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from common.errors import Forbidden, Invalid, Misconfigured, Unauthenticated
from fakes import PHONE
from gateway_trials import HTTP_OPTIONS, KEYS, gateway, provider
from gateway_world import Listener, making, message, question
from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown
from notify.gateways import aliyun, http, tencent
from notify.gateways.web import signature
from notify.handlers import Call, Gateway, Reply, Status
from provider import Provider

Ask = Callable[[Gateway, Provider], Awaitable[Outcome | Finding]]
STARS = "*" * 32


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHI_TEST_PASSWORD", "secret")


def play(kind: str, ask: Ask, **answers: object) -> tuple[Outcome | Finding, Provider]:
    async def told() -> tuple[Outcome | Finding, Provider]:
        async with provider(kind) as peer:
            if "good" in answers:
                peer.good = lambda _: answers["good"]
            peer.status = int(str(answers.get("status", 200)))
            way = gateway(kind, peer)
            await way.open()
            try:
                return await ask(way, peer), peer
            finally:
                await way.close()

    return asyncio.run(told())


async def submit(way: Gateway, _: Provider) -> Outcome:
    return await way.submit(message())


def test_the_signature_of_aliyun_is_the_one_it_publishes() -> None:
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    date, nonce = "2023-10-26T10:22:32Z", "3156853299f313e23d1673dc12e1703d"
    key, host = ("YourAccessKeyId", "YourAccessKeySecret"), "ecs.cn-shanghai.aliyuncs.com"
    signed = aliyun.sign(key, "RunInstances", "2014-05-26", query, host, date, nonce)["Authorization"]
    assert signed.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_the_signature_of_aliyun_is_the_one_its_sdk_makes() -> None:
    """Made with alibabacloud-openapi-util 0.2.4."""
    query = {
        "PhoneNumbers": "19900000001", "SignName": "城关议事", "TemplateCode": "SMS_1",
        "TemplateParam": '{"title": "供暖 不热*~"}', "OutId": "notice-1",
    }  # fmt: skip
    host, date = "dysmsapi.aliyuncs.com", "2026-11-24T04:30:00Z"
    signed = aliyun.sign(("id", "secret"), "SendSms", aliyun.VERSION, query, host, date, "n0nce")["Authorization"]
    assert signed.endswith("Signature=a26370b414aa5c0299e8f7bae343082ae97995cae5ee62fda59cea9ae2aae7bd")


def test_the_signature_of_tencent_is_the_one_it_publishes() -> None:
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    at = datetime.fromtimestamp(1551113065, UTC)
    signed = tencent.sign((f"AKID{STARS}", STARS), "cvm", "cvm.tencentcloudapi.com", "DescribeInstances", body, at)
    assert signed.endswith("Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f")
    assert f"Credential=AKID{STARS}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action" in signed


def test_aliyun_is_given_the_approved_template_and_our_reference() -> None:
    answer, peer = play("aliyun", submit)
    assert answer == Accepted("1^0", 1)
    query = peer.asked[0].query
    assert (query["TemplateCode"], query["SignName"], query["OutId"]) == ("SMS_1", "城关议事", "notice-1")
    assert json.loads(query["TemplateParam"]) == {"title": "供暖不热", "division": "酒泉路街道"}


def test_tencent_is_given_the_values_in_the_order_of_the_text_and_says_what_it_bills() -> None:
    answer, peer = play("tencent", submit)
    assert answer == Accepted("1:0", 2)
    assert peer.asked[0].said["TemplateParamSet"] == ["供暖不热", "酒泉路街道"]
    assert peer.asked[0].headers["x-tc-action"] == "SendSms"


def test_a_described_provider_is_given_what_county_yaml_says_and_no_text_is_read_as_a_blank() -> None:
    async def ask(way: Gateway, _: Provider) -> Outcome:
        return await way.submit(message(text="{secret.key}{phone}"))

    answer, peer = play("http", ask)
    assert answer == Accepted("m1", 1)
    assert peer.asked[0].said == {"mobile": message().phone, "content": "{secret.key}{phone}", "ref": "notice-1"}
    assert peer.asked[0].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("kind", "status", "said", "expected"),
    [
        ("aliyun", 200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, Again.ELSEWHERE),
        ("aliyun", 200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, Again.NEVER),
        ("aliyun", 400, {"Code": "SignatureDoesNotMatch"}, Again.ELSEWHERE),
        ("aliyun", 200, {"Code": "isp.SYSTEM_ERROR"}, None),
        ("aliyun", 200, {"Code": "OK"}, None),
        ("aliyun", 503, {"Code": "isv.DAY_LIMIT_CONTROL"}, None),
        ("aliyun", 429, {}, Again.ELSEWHERE),
        ("tencent", 200, {"Response": {"Error": {"Code": "AuthFailure.SecretIdNotFound"}}}, Again.ELSEWHERE),
        ("tencent", 200, {"Response": {"Error": {"Code": "InternalError.Timeout"}}}, None),
        ("tencent", 200, {"Response": {"SendStatusSet": []}}, None),
        ("http", 200, {"result": "7"}, Again.NEVER),
        ("http", 200, {"result": "8"}, None),
        ("http", 302, {}, Again.ELSEWHERE),
        ("http", 409, {"result": "7"}, None),
        ("http", 502, {"result": "7"}, None),
    ],
)
def test_only_what_definitely_refuses_is_a_refusal(
    kind: str, status: int, said: object, expected: Again | None
) -> None:
    answer, peer = play(kind, submit, good=said, status=status)
    assert isinstance(answer, Refused if expected else Unknown)
    assert (answer.again if isinstance(answer, Refused) else None) is expected
    assert len(peer.asked) == 1


def test_without_an_approved_template_the_provider_is_not_even_asked() -> None:
    async def ask(way: Gateway, _: Provider) -> Outcome:
        other = message()
        return await way.submit(type(other)(other.reference, other.phone, other.text, "service", "another"))

    for kind in ("aliyun", "tencent"):
        answer, peer = play(kind, ask)
        assert answer == Refused("no approved template", Again.ELSEWHERE)
        assert peer.asked == []


@pytest.mark.parametrize(("status", "expected"), [(3, Delivered()), (2, Failed("MK:0001")), (1, Unknown("not final"))])
def test_aliyun_is_asked_by_number_and_day_and_our_reference_tells_which(status: int, expected: Finding) -> None:
    lines = [{"OutId": "other", "SendStatus": 3}, {"OutId": "notice-1", "SendStatus": status, "ErrCode": "MK:0001"}]
    said = {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": lines}}
    answer, peer = play("aliyun", lambda way, _: way.query(question()), good=said)
    assert answer == expected
    assert peer.asked[0].query["SendDate"] == "20261124"


def test_tencent_is_asked_by_number_and_its_id_or_our_reference_tells_which() -> None:
    lines = [
        {"SerialNo": "x", "ReportStatus": "FAIL"}, {"SerialNo": "1:0", "ReportStatus": "SUCCESS"},
        {"SerialNo": "2:0", "ReportStatus": "FAIL", "Description": "空号", "SessionContext": "notice-2"},
    ]  # fmt: skip
    said = {"Response": {"PullSmsSendStatusSet": lines}}
    assert play("tencent", lambda way, _: way.query(question(1, "1:0")), good=said)[0] == Delivered()
    assert play("tencent", lambda way, _: way.query(question(2)), good=said)[0] == Failed("空号")
    assert play("tencent", lambda way, _: way.query(question(3)), good=said)[0] == Unknown("not there")


def call(body: object, query: dict[str, str] | None = None, **headers: str) -> Call:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call({name.replace("_", "-"): value for name, value in headers.items()}, query or {}, raw)


def called(kind: str) -> aliyun.Aliyun | tencent.Tencent | http.HttpGateway:
    return gateway(kind, provider(kind), None, **({"token": "YISHI_TEST_PASSWORD"} if kind == "http" else {}))


RIGHT = {"token": "secret"}


def test_what_aliyun_pushes_is_read() -> None:
    report = {"phone_number": PHONE, "success": False, "err_code": "MK:0001", "biz_id": "1^0", "out_id": "notice-1"}
    up = {"phone_number": PHONE, "content": "退订", "sequence_id": 7}
    heard = called("aliyun").heard(call([report, up], RIGHT))
    assert heard.statuses == [Status(Failed("MK:0001"), "notice-1", "1^0", PHONE)]
    assert heard.replies == [Reply(PHONE, "退订", "7")]
    assert heard.answer["code"] == 0


def test_what_tencent_pushes_is_read() -> None:
    reports = [{"mobile": PHONE, "report_status": "SUCCESS", "sid": "1:0", "errmsg": "DELIVRD"}]
    assert called("tencent").heard(call(reports, RIGHT)).statuses == [Status(Delivered(), None, "1:0", PHONE)]
    reply = {"mobile": PHONE, "text": "5", "nationcode": "86"}
    assert called("tencent").heard(call(reply, RIGHT)).replies == [Reply(PHONE, "5")]


def test_what_a_described_provider_pushes_is_read() -> None:
    said = [
        {"msgid": "m1", "mobile": PHONE, "state": "DELIVRD"}, {"msgid": "m2", "state": "ACCEPTD"},
        {"msgid": "m3", "state": "UNDELIV"}, {"mobile": PHONE, "content": "5", "moid": 3}, {"nothing": 1},
    ]  # fmt: skip
    heard = called("http").heard(call(said, RIGHT))
    assert heard.statuses == [Status(Delivered(), None, "m1", PHONE), Status(Failed("UNDELIV"), None, "m3", None)]
    assert heard.replies == [Reply(PHONE, "5", "3")]


@pytest.mark.parametrize("kind", ["aliyun", "tencent", "http"])
def test_who_calls_without_the_token_is_not_heard(kind: str) -> None:
    way = called(kind)
    with pytest.raises(Unauthenticated):
        way.heard(call([]))
    with pytest.raises(Forbidden):
        way.heard(call([], {"token": "secres"}))
    for nonsense in (b"\xff", b"[1]", b"7", b"[" * 100_000):
        with pytest.raises(Invalid):
            way.heard(call(nonsense, RIGHT))


def test_a_signature_must_be_right_and_of_now() -> None:
    way = gateway("http", provider("http"), None, signature="YISHI_TEST_PASSWORD")
    body, now = b"[]", str(int(datetime.now(UTC).timestamp()))
    way.heard(call(body, x_signature=signature("secret", now, body), x_timestamp=now))
    with pytest.raises(Unauthenticated):
        way.heard(call(body))
    for given in (("secret", now, b"[1]"), ("other", now, body), ("secret", "1000000", body), ("secret", "x", body)):
        with pytest.raises(Forbidden):
            way.heard(call(body, x_signature=signature(*given), x_timestamp=given[1]))


def test_without_a_secret_to_know_a_caller_by_nobody_is_heard() -> None:
    with pytest.raises(Unauthenticated):
        gateway("http", provider("http")).heard(call([]))


def test_what_is_wrong_with_a_described_provider_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Misconfigured) as caught:
        http.make(making("http", Listener(), {}, url="ftp://x", body={}, accepted=[], id="x", strange=1))
    paths = {fault.path for fault in caught.value.faults}
    assert paths == {"options.url", "options.code", "options.accepted", "options.strange"}
    bad = HTTP_OPTIONS | {"body": {"a": "{phnoe}"}}
    with pytest.raises(Misconfigured) as caught:
        http.make(making("http", Listener(), {}, url="http://sms.example.cn/send", **bad))
    assert len(caught.value.faults) == 4
    monkeypatch.delenv("YISHI_TEST_PASSWORD")
    with pytest.raises(Misconfigured) as caught:
        aliyun.make(making("aliyun", Listener(), KEYS, signature="x"))
    assert [str(fault) for fault in caught.value.faults] == ["secrets.key_id: YISHI_TEST_PASSWORD is not set"]
