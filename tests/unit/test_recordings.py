"""Recordings from where there is no network: merged in any order to the same, refused with every fault."""

import asyncio
import itertools
from datetime import timedelta
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from common.devices import sign
from fakes import NOON, bearer
from meetings.domain import MeetingState
from meetings.domain.minutes import minutes
from meetings.domain.recording import Entry, Kind, Part
from pasture import DAY, IDS, KEYS, Json, Pasture


def note(number: int, kind: str, **more: object) -> Json:
    """Note something at a minute of the meeting."""
    at = DAY + timedelta(minutes=number)
    return {"number": number, "at": at.isoformat(), "kind": kind, **more}


def say(number: int, party: str, text: str) -> Json:
    return note(number, "say", party=party, text=text)


END = note(50, "end", result="CONSENSUS", text="围坐商量", conclusion="加装壁挂炉")
BY_HOST = [note(1, "open"), note(2, "arrive", party="居民", heads=9), say(5, "居民", "太冷"), END]
BY_RECORDER = [
    note(1, "open"),
    note(3, "arrive", party="供暖企业", heads=2),
    say(4, "供暖企业", "管网老"),
    note(6, "stand", party="居民", stance="support"),
    END,
]

# ------------------------------------------------------------------------------------------------ merging


def test_two_devices_make_one_meeting_with_the_original_times() -> None:
    pasture = Pasture()
    waiting = pasture.bring(pasture.bundle(0, BY_HOST))
    assert (waiting["state"], waiting["missing"]) == ("CONVENED", [IDS[1]])
    merged = pasture.bring(pasture.bundle(1, BY_RECORDER))
    assert merged == {
        "meeting_id": pasture.meeting_id,
        "state": "ADJOURNED",
        "entries": 9,
        "missing": [],
        "late": 0,
        "waits_for": "",
    }
    meeting = pasture.meeting
    assert [(said.text, said.at) for said in meeting.statements] == [
        ("管网老", DAY + timedelta(minutes=4)),
        ("太冷", DAY + timedelta(minutes=5)),
    ]
    topic = asyncio.run(pasture.village.deliberations.get("topic-heating"))
    assert topic.state.value == "AGREED"


def test_the_meeting_is_the_same_in_whatever_order_bundles_and_parts_of_them_come() -> None:
    made = []
    first = Pasture()
    parts = [
        first.bundle(0, BY_HOST[:2], closed=False),
        first.bundle(0, BY_HOST),
        first.bundle(1, BY_RECORDER),
    ]
    for order in itertools.permutations(parts):
        pasture = Pasture()
        for bundle in (*order, *order[:2]):
            pasture.bring(bundle)
        (recording,) = pasture.recordings.all()
        made.append((minutes(pasture.meeting).content, pasture.meeting.positions, recording.part))
    assert all(one == made[0] for one in made)


MOMENTS = st.integers(0, 3).map(lambda minute: NOON + timedelta(minutes=minute))
ENTRIES = st.builds(
    lambda at, device, number, text: Entry(
        at, device, number, f"{at}{device}{number}{text}", Kind.SAY, "居民", 1, text
    ),
    MOMENTS,
    st.sampled_from(IDS),
    st.integers(1, 3),
    st.sampled_from("好不行"),
)
PARTS = st.builds(
    lambda entries, awaited, closed, host: Part() | Part(tuple(entries), tuple(awaited), tuple(closed), host),
    st.lists(ENTRIES, max_size=6),
    st.lists(st.sampled_from(IDS)),
    st.lists(st.sampled_from(IDS)),
    st.booleans(),
)


@settings(deadline=None)
@given(PARTS, PARTS, PARTS)
def test_merging_is_commutative_associative_and_idempotent_and_drops_nothing(a: Part, b: Part, c: Part) -> None:
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a | Part() == a
    assert {*(a | b).entries} == {*a.entries, *b.entries}
    assert list((a | b).entries) == sorted((a | b).entries)


# ------------------------------------------------------------------------------------------------ when it takes effect


def test_an_end_needs_the_hosts_word() -> None:
    pasture = Pasture(("recorder",))
    said = [*BY_RECORDER[:-1], say(7, "居民", "好"), END]
    bundle = pasture.bundle(0, said, awaits=[])
    assert "host's word" in str(pasture.bring(bundle, subject="recorder")["waits_for"])
    assert pasture.meeting.state is MeetingState.IN_SESSION
    assert pasture.bring(bundle, subject="host")["state"] == "ADJOURNED"


def test_devices_that_disagree_about_the_end_leave_it_to_the_host_in_either_order() -> None:
    for order in ((0, 1), (1, 0)):
        pasture = Pasture()
        other = [*BY_RECORDER[:-1], {**END, "conclusion": "不装了"}]
        bundles = [pasture.bundle(0, BY_HOST), pasture.bundle(1, other)]
        merged = [pasture.bring(bundles[number]) for number in order][-1]
        assert (merged["state"], merged["entries"]) == ("IN_SESSION", 9)
        assert "different ends" in str(merged["waits_for"])


def test_an_end_without_its_conditions_does_not_end_the_meeting() -> None:
    pasture = Pasture()
    merged = pasture.bring(pasture.bundle(0, BY_HOST, awaits=[]))
    assert (merged["state"], "供暖企业 has not been heard" in str(merged["waits_for"])) == ("IN_SESSION", True)


def test_what_comes_after_the_end_is_kept_and_told() -> None:
    pasture = Pasture()
    alone = [*BY_HOST[:-1], say(6, "供暖企业", "好"), END]
    assert pasture.bring(pasture.bundle(0, alone, awaits=[]))["state"] == "ADJOURNED"
    merged = pasture.bring(pasture.bundle(1, BY_RECORDER))
    assert (merged["state"], merged["entries"], merged["late"]) == ("ADJOURNED", 10, 4)


# ------------------------------------------------------------------------------------------------ bad bundles


def test_a_bundle_signed_by_nobody_known_edited_or_from_another_county_is_refused_with_every_fault() -> None:
    pasture = Pasture()
    unknown = sign(pasture.bundle(0, BY_HOST) | {"device": IDS[2]}, KEYS[2])
    assert pasture.faults(unknown) == ["device"]
    assert pasture.faults(pasture.bundle(0, BY_HOST) | {"closed": False}) == ["signature"]
    assert pasture.faults(sign(pasture.bundle(0, BY_HOST), KEYS[1])) == ["signature"]
    everything = pasture.bundle(0, [say(1, "路人", "x"), say(2000, "居民", "x")], county="623022", meeting_id="none")
    assert pasture.faults(everything | {"closed": False}) == ["county", "signature", "meeting_id"]
    wrong = pasture.bundle(
        0,
        [
            say(1, "路人", "x"),
            note(2, "stand", party="居民", stance="object"),
            say(999_999_999, "居民", "x") | {"number": 3},
        ],
    )
    assert pasture.faults(wrong) == ["entries.0.party", "entries.1.reason", "entries.2.at"]
    assert pasture.recordings.all() == []


def test_every_fault_of_form_is_listed() -> None:
    pasture = Pasture()
    entries = [{"number": 0, "at": "yesterday", "kind": "sing", "name": "王玉萍"}, say(1, "", "")]
    assert set(pasture.faults(pasture.bundle(0, entries, form="other"))) == {
        "form",
        "entries.0.number",
        "entries.0.at",
        "entries.0.kind",
        "entries.0.name",
        "entries.1.party",
        "entries.1.text",
    }
    assert pasture.faults(pasture.bundle(0, [note(1, "end")])) == ["entries.0.result", "entries.0.text"]
    half = pasture.bundle(0, [note(1, "arrive", party="居民")])
    cast("list[Json]", half["entries"])[0]["heads"] = 2.0
    assert pasture.faults(half) == ["entries"]


def test_a_revoked_device_and_one_whose_holder_has_no_seat_bring_nothing() -> None:
    pasture = Pasture(("host", "somebody"))
    assert pasture.faults(pasture.bundle(1, BY_RECORDER)) == ["device"]
    assert pasture.http.post(f"/devices/{IDS[0]}/revoke", headers=bearer("office")).json()["revoked_at"]
    assert pasture.faults(pasture.bundle(0, BY_HOST)) == ["device"]
    bundle = pasture.bundle(0, BY_HOST)
    assert pasture.http.post("/bundles", json=bundle, headers=bearer("party")).status_code == 403
    key = {"label": "x", "holder": "host", "public_key": "AAAA"}
    assert pasture.http.post("/devices", json=key, headers=bearer("office")).status_code == 422


def test_numbers_are_masked_though_the_signature_is_over_the_whole() -> None:
    pasture = Pasture()
    pasture.bring(pasture.bundle(0, [note(1, "open"), say(2, "居民", "打19900000001找我")], awaits=[]))
    (statement,) = pasture.meeting.statements
    assert statement.text == "打199****0001找我"
