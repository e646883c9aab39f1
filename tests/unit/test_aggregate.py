"""Ids that are derived, things that happen once, and the clock."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.aggregate import Aggregate, derived_id, letters, utc_now
from fakes import origin

PARTS = st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), max_size=4)


@given(one=PARTS, other=PARTS)
def test_ids_are_the_same_exactly_where_the_parts_are(one: list[str], other: list[str]) -> None:
    assert (derived_id("issue", *one) == derived_id("issue", *other)) is (one == other)


def test_an_id_is_short_safe_in_a_subject_and_of_its_kind() -> None:
    id_ = derived_id("topic", "城关区", "a b.c>*")
    assert id_.startswith("topic-")
    assert len(id_) == len("topic-") + 26
    assert id_.removeprefix("topic-").isalnum()
    assert derived_id("issue", "x") != derived_id("topic", "x").replace("topic", "issue")


def test_an_id_never_changes_with_a_new_version_of_the_code() -> None:
    assert derived_id("issue", "620102", "grid", "WG-1") == "issue-bupp2c6k5gv5z3vjiqehsroqu4"


def test_a_thing_takes_each_origin_once() -> None:
    thing = Aggregate(id="a")
    assert [thing.take(origin(id_)) for id_ in ("one", "two", "one", "two")] == [True, True, False, False]
    assert thing.taken == ["one", "two"]


def test_now_is_what_the_database_can_hold() -> None:
    now = utc_now()
    assert now.tzinfo is not None
    assert now.microsecond % 1000 == 0


@pytest.mark.parametrize("digest", [bytes(16), b"\xff" * 16, bytes(range(16))])
def test_ids_are_written_in_base_32(digest: bytes) -> None:
    assert letters(digest) == base64.b32encode(digest).decode().rstrip("=").lower()
