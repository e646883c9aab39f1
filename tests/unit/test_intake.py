"""The rules of intake: versions in any order, and what a department is told of its faults."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict, Fault, Invalid, Refusal
from common.events import IntakePersonMet, IssueReceived, IssueSupplemented, IssueWithdrawn
from fakes import origin, sealer
from intake.domain import IssueState
from intake_story import OTHER_PHONE, PHONE, Story, issue, person


@given(data=st.data(), count=st.integers(1, 6), withdrawn=st.booleans())
def test_versions_in_any_order_and_number_converge_to_the_highest(
    data: st.DataObject, count: int, *, withdrawn: bool
) -> None:
    versions = [issue(n, "raise" if n == 1 else "supplement", **person(PHONE)) for n in range(1, count + 1)]
    if withdrawn:
        versions[-1] = issue(count, "withdraw", description="已解决", **person(OTHER_PHONE))
    shuffled = data.draw(st.permutations(versions))
    repeated = data.draw(st.lists(st.sampled_from(versions), max_size=4))

    story = Story()
    found = asyncio.run(story.hear(*shuffled, *repeated))
    assert (found.version, found.content.title) == (count, f"供暖不热（{count}）")
    assert found.state is (IssueState.WITHDRAWN if withdrawn else IssueState.RECEIVED)
    assert sorted(found.versions) == list(range(1, count + 1))
    assert len(found.people) == (2 if withdrawn and count > 1 else 1)
    assert len(story.issues.all()) == 1
    assert len(story.said(IssueReceived)) == 1
    assert len(story.said(IssueWithdrawn)) == withdrawn
    assert len(story.answers()) == count


def test_a_later_version_is_told_and_an_earlier_one_that_comes_late_is_not() -> None:
    story = Story()
    asyncio.run(story.hear(issue(1), issue(3, "supplement"), issue(2, "supplement")))
    assert story.said(IssueSupplemented) == [IssueSupplemented(issue_id=story.issues.all()[0].id, version=3)]
    assert story.answers() == ["received", "supplemented", "supplemented"]


def test_the_same_number_from_two_systems_is_two_issues() -> None:
    story = Story()
    asyncio.run(story.hear(issue(), by="grid"))
    asyncio.run(story.hear(issue(), by="hotline12345"))
    assert {found.source for found in story.issues.all()} == {"grid", "hotline12345"}


def test_a_withdrawn_issue_takes_no_screening() -> None:
    async def told() -> None:
        story = Story()
        found = await story.hear(issue(1), issue(2, "withdraw", description="已经修好"))
        assert (found.state, found.reason) == (IssueState.WITHDRAWN, "已经修好")
        assert story.answers() == ["received", "withdrawn"]
        with pytest.raises(Conflict, match="WITHDRAWN"):
            await story.intake.screening.reject(found.id, "too late", origin("reject"))

    asyncio.run(told())


def test_a_version_after_a_withdrawal_converges_too() -> None:
    versions = [issue(1), issue(2, "withdraw"), issue(3, "raise")]
    orders = [versions, [versions[0], versions[2], versions[1]], versions[::-1]]
    states = set()
    for order in orders:
        story = Story()
        for version in order:
            try:
                asyncio.run(story.hear(version))
            except Conflict:
                continue
        states.add((story.issues.all()[0].state, story.issues.all()[0].version))
    assert len(states) == 1


def test_no_number_and_no_name_is_remembered_or_told() -> None:
    story = Story()
    asyncio.run(story.hear(issue(**person(PHONE), title=f"请联系{PHONE}", description=f"或 +86{PHONE}")))
    for text in (repr(story.issues.all()), repr([event.model_dump() for event in story.issues.said])):
        assert PHONE not in text
        assert "王玉萍" not in text
    (met,) = story.said(IntakePersonMet)
    assert isinstance(met, IntakePersonMet)
    assert met.person_id == sealer.person_id(PHONE)


# ------------------------------------------------------------------------------------------------ refusals


def test_every_fault_the_county_finds_is_listed() -> None:
    story = Story()
    with pytest.raises(Invalid) as refused:
        asyncio.run(story.hear(issue(division="620102999999", category="weather"), by="fax"))
    assert {fault.path for fault in refused.value.faults} == {"division", "category", "system"}
    assert story.issues.all() == []


def test_the_answer_lists_faults_of_form_and_of_the_county_together() -> None:
    data = {"external_id": "WG-9", "version": 2, "division": "620102999999", "category": "weather"}
    refusal = Refusal("ce-9", "fax", data, [Fault("title", "Field required"), Fault("category", "too long")])
    answer = Story().intake.refuse(refusal)
    assert [fault.path for fault in answer.faults] == ["title", "category", "division", "system"]
    assert (answer.system, answer.status, answer.in_reply_to) == ("fax", "refused", "ce-9")
    assert (answer.external_id, answer.version, answer.reason) == ("WG-9", 2, "4 fault(s)")
    assert [fault.path for fault in refusal.faults] == [fault.path for fault in answer.faults]


@given(data=st.one_of(st.none(), st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.integers())))
def test_an_answer_is_worded_whatever_came(data: object) -> None:
    answer = Story().intake.refuse(Refusal(None, "grid", data, [Fault("", "is not JSON")]))
    assert answer.faults
