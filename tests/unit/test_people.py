"""People at the boundary: numbers in every spelling name one person, and only notify can read them."""

import base64
import json
from time import monotonic

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from common.errors import Invalid
from common.people import (
    ENVELOPE_S,
    ENVELOPE_USES,
    Contact,
    Opener,
    Sealer,
    mask_name,
    mask_phones,
    national_number,
    seal_contact,
)
from fakes import PHONE, PUBLIC_KEY, opener, sealer


@pytest.mark.parametrize(
    "spelling",
    [
        "19900000001",
        "+8619900000001",
        "+86 199 0000 0001",
        "008619900000001",
        "86-199-0000-0001",
        " (199)0000-0001 ",
        "１９９０００００００１",
        "1990000000１",
    ],
)
def test_every_spelling_of_a_number_names_the_same_person(spelling: str) -> None:
    assert national_number(spelling) == PHONE
    assert sealer.person_id(spelling) == sealer.person_id(PHONE)


def test_a_landline_is_a_number() -> None:
    assert national_number("0931-8000000") == "09318000000"


@pytest.mark.parametrize(
    "bad", ["", "12345", "12900000001", "199000000011", "+1 199 0000 0001", "王玉萍", "1990000000a"]
)
def test_anything_else_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        national_number(bad)
    assert refused.value.faults[0].path == "reporter.phone"
    assert not bad or bad not in refused.value.detail


def test_ids_differ_by_person_and_by_county() -> None:
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    ids = {Sealer(key, public).person_id(phone) for key in (b"a" * 32, b"b" * 32) for phone in (PHONE, "19900000002")}
    assert len(ids) == 4
    assert all(PHONE not in id_ and id_.startswith("person-") for id_ in ids)


def test_what_is_met_is_opened_by_notify_alone() -> None:
    known = sealer.meet("+86 " + PHONE, "王玉萍", "bo")
    assert opener.contact(known.contact) == Contact(PHONE, "王玉萍", "bo")
    assert known.person_id == sealer.person_id(PHONE)
    stranger = Opener(X25519PrivateKey.generate().private_bytes_raw())
    with pytest.raises(Invalid, match="not sealed to this county's key"):
        stranger.contact(known.contact)


def test_the_same_contact_never_looks_the_same_twice() -> None:
    assert sealer.meet(PHONE).contact != sealer.meet(PHONE).contact


def test_a_key_seals_no_more_than_it_may_and_not_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Sealer(b"k" * 32, PUBLIC_KEY)
    keys = {ours.seal(b"secret")[:100] for _ in range(ENVELOPE_USES)}
    assert len(keys) == 1
    keys.add(ours.seal(b"secret")[:100])
    assert len(keys) == 2
    later = monotonic() + ENVELOPE_S + 1
    monkeypatch.setattr("common.people.monotonic", lambda: later)
    sealed = ours.seal(b"secret")
    assert sealed[:100] not in keys
    assert opener.open(sealed) == b"secret"


def test_what_an_outside_party_sealed_is_opened_too() -> None:
    sealed = seal_contact(Contact(PHONE, "王玉萍"), X25519PublicKey.from_public_bytes(PUBLIC_KEY))
    assert opener.contact(sealed) == Contact(PHONE, "王玉萍")


def test_a_secret_cannot_be_put_under_another_key() -> None:
    one, other = (base64.b64decode(Sealer(b"k" * 32, PUBLIC_KEY).seal(b"secret")[3:]) for _ in range(2))
    with pytest.raises(Invalid, match="not sealed to this county's key"):
        opener.open("e1." + base64.b64encode(one[:80] + other[80:]).decode())


@pytest.mark.parametrize("sealed", ["", "not base64!", base64.b64encode(b"short").decode(), "e1.", "e1.c2hvcnQ="])
def test_what_was_not_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(Invalid, match="contact"):
        opener.open(sealed)


@pytest.mark.parametrize("secret", ["[]", "{}", "nothing", '{"phone": "19900000001", "salary": 1}'])
def test_a_sealed_thing_that_is_no_contact_is_refused(secret: str) -> None:
    with pytest.raises(Invalid, match="holds no contact"):
        opener.contact(sealer.seal(secret.encode()))


@pytest.mark.parametrize("phone", ["12345", 19900000001])
def test_a_sealed_contact_with_a_bad_number_is_refused(phone: object) -> None:
    with pytest.raises(Invalid):
        opener.contact(sealer.seal(json.dumps({"phone": phone}).encode()))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打19900000001或19900000002", "请打199****0001或199****0002"),
        ("+8619900000001", "+86199****0001"),
        ("8619900000001", "86199****0001"),
        ("199-0000-0001、199 0000 0001", "199****0001、199****0001"),
        ("身份证 620102199001011234", "身份证 620102199001011234"),
        ("2026年11月20日13度", "2026年11月20日13度"),
    ],
)
def test_numbers_in_a_text_are_blotted_out_and_nothing_else(text: str, masked: str) -> None:
    assert mask_phones(text) == masked
    assert mask_phones(masked) == masked


def test_a_name_keeps_its_first_character() -> None:
    assert [mask_name(name) for name in ("王玉萍", "王", "")] == ["王**", "王", ""]
