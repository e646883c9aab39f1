"""The wire form: what is said comes back the same, and every fault of what comes is named."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bus.cloudevents import MAX_BYTES, Outgoing, read, validate
from common.errors import Invalid
from common.events import DeptIssue, IssueSupplemented

TYPE = IssueSupplemented.type
HEADERS = {"ce-id": "1", "ce-type": TYPE, "ce-source": "test", "ce-specversion": "1.0"}
DATA = {"issue_id": "issue-1", "version": 2}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def body(document: object = DATA) -> bytes:
    return json.dumps(document).encode()


def faults(headers: dict[str, str], content: bytes) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        validate(IssueSupplemented, read(headers, content))
    return {fault.path: fault.problem for fault in refused.value.faults}


@given(id_=WORDS, source=WORDS, subject=WORDS)
def test_attributes_survive_as_printable_ascii_whatever_they_hold(id_: str, source: str, subject: str) -> None:
    said = Outgoing(id_, TYPE, source, subject, datetime(2026, 11, 24, tzinfo=UTC), DATA, sequence=3)
    headers = {name: value for name, value in said.headers().items() if name.startswith("ce-")}
    assert all(value.isascii() and value.isprintable() and " " not in value for value in headers.values())
    heard = read(said.headers(), said.body())
    assert (heard.id, heard.attributes["source"], heard.attributes["subject"]) == (id_, source, subject)
    assert heard.attributes["sequence"] == "3"
    assert validate(IssueSupplemented, heard) == IssueSupplemented(issue_id="issue-1", version=2)


def test_the_id_makes_the_server_drop_a_repetition_and_the_trace_goes_along() -> None:
    said = Outgoing("a.1.0", TYPE, "s", "a", datetime(2026, 1, 1, tzinfo=UTC), DATA, "00-" + "1" * 32 + "-" + "2" * 16)
    assert said.headers()["Nats-Msg-Id"] == "a.1.0"
    assert read(said.headers(), said.body()).traceparent == said.traceparent
    assert "traceparent" not in Outgoing("a", TYPE, "s", "a", said.time, DATA).headers()


def test_chinese_stays_readable_in_the_body() -> None:
    said = Outgoing("a", TYPE, "s", "a", datetime(2026, 1, 1, tzinfo=UTC), {"reason": "供暖不热"})
    assert said.body() == '{"reason":"供暖不热"}'.encode()


def test_structured_mode_is_read_too() -> None:
    document = {"id": "9", "type": TYPE, "source": "外部", "specversion": "1.0", "data": DATA, "traceparent": "00-a"}
    heard = read({"content-type": "application/cloudevents+json; charset=utf-8"}, body(document))
    assert validate(IssueSupplemented, heard).version == 2
    assert (heard.id, heard.attributes["source"], heard.traceparent) == ("9", "外部", "00-a")


def test_header_names_are_read_in_any_case() -> None:
    assert read({name.upper(): value for name, value in HEADERS.items()}, body()).faults == []


def test_faults_of_envelope_and_data_are_listed_together() -> None:
    headers = {"ce-type": "yishi.other.v1", "ce-specversion": "0.3", "ce-source": ""}
    found = faults(headers, body({"version": "two"}))
    assert set(found) == {"ce-id", "ce-source", "ce-type", "ce-specversion", "issue_id", "version"}
    assert "'yishi.other.v1'" in found["ce-type"]


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe{", b"", b"[" * 100_000, b'{"issue_id":"\\ud800","version":1}', b'{"a":"\xed\xa0\x80"}'],
    ids=["cut short", "not UTF-8", "empty", "nested too deep", "half a character", "half a character, raw"],
)
def test_what_is_not_json_is_one_fault_of_the_whole(content: bytes) -> None:
    found = faults(HEADERS, content)
    assert set(found) == {""}
    assert "is not JSON" in found[""]


def test_where_json_breaks_is_told() -> None:
    assert faults(HEADERS, b'{"a": 1,\n "b" 2}')[""] == "is not JSON (expected `:` at line 2 column 6)"


@pytest.mark.parametrize("document", [[1], "text", None, 7])
def test_data_must_be_an_object(document: object) -> None:
    assert faults(HEADERS, body(document)) == {"": "data must be a JSON object"}


def test_a_structured_event_must_be_an_object() -> None:
    found = faults({"Content-Type": "application/cloudevents+json"}, b"[]")
    assert "a structured CloudEvent is a JSON object" in found[""]


def test_a_megabyte_is_taken_and_one_byte_more_is_refused() -> None:
    padding = MAX_BYTES - len(body(DATA | {"more": ""}))
    assert read(HEADERS, body(DATA | {"more": "x" * padding})).faults == []
    found = faults(HEADERS, body(DATA | {"more": "x" * (padding + 1)}))
    assert str(MAX_BYTES + 1) in found[""]


def test_fields_from_a_later_version_are_ignored() -> None:
    assert validate(IssueSupplemented, read(HEADERS, body(DATA | {"colour": "red"}))).version == 2


def test_a_fault_never_repeats_what_a_person_wrote() -> None:
    headers = HEADERS | {"ce-type": DeptIssue.type}
    with pytest.raises(Invalid) as refused:
        validate(DeptIssue, read(headers, body({"reporter": {"phone": 19900000001, "name": ["秘密"]}})))
    assert "19900000001" not in str(refused.value)
    assert "秘密" not in str(refused.value)


def test_a_number_that_no_database_holds_is_a_fault() -> None:
    headers = HEADERS | {"ce-type": DeptIssue.type}
    with pytest.raises(Invalid) as refused:
        validate(DeptIssue, read(headers, body({"version": 10**30})))
    assert "version" in {fault.path for fault in refused.value.faults}
