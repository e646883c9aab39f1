"""The rules of intake: issues that go on together keep everyone who brought them, and can be parted again."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict
from common.events import DeptIssueAnswer, IssueLinked, IssueMerged, IssueUnmerged, TopicClosed, TopicDecided
from fakes import origin, sealer
from intake.domain import Issue, IssueState
from intake_story import OTHER_PHONE, PHONE, Story, issue, person

ME, OTHER = sealer.person_id(PHONE), sealer.person_id(OTHER_PHONE)


def told(story: Story, system: str) -> list[tuple[str, str | None]]:
    """List what a system was answered: the status, and the issue of its own."""
    facts = [fact for fact in story.said(DeptIssueAnswer) if isinstance(fact, DeptIssueAnswer)]
    return [(fact.status, fact.external_id) for fact in facts if fact.system == system]


async def two(story: Story, *, by: str = "grid") -> tuple[Issue, Issue]:
    """Have one issue of the grid, and one of another system, each brought by somebody else."""
    one = await story.hear(issue(external_id="A", **person(PHONE)))
    return one, await story.hear(issue(external_id="B", **person(OTHER_PHONE)), by=by)


async def people(story: Story, found: Issue) -> list[str]:
    return (await story.issues.get(found.id)).people


def test_a_parted_issue_goes_back_to_where_it_was_and_takes_its_people_along() -> None:
    async def story_of() -> None:
        story = Story()
        one, into = await two(story)
        await story.intake.screening.register(one.id, origin("r", "clerk"))
        await story.intake.merge(one.id, into.id, "同一小区", origin("m", "clerk"))
        assert await people(story, into) == [OTHER, ME]
        parted = await story.intake.unmerge(one.id, "另一栋楼", origin("u", "clerk"))
        assert await story.intake.unmerge(one.id, "另一栋楼", origin("u", "clerk")) == parted
        assert (parted.state, parted.into, parted.people) == (IssueState.REGISTERED, None, [ME])
        assert await people(story, into) == [OTHER]
        (fact,) = story.said(IssueUnmerged)
        assert fact == IssueUnmerged(issue_id=one.id, out_of=into.id, reason="另一栋楼", people=(ME,))
        assert told(story, "grid")[-1] == ("unmerged", "A")

    asyncio.run(story_of())


def test_who_reported_the_other_one_too_stays_there() -> None:
    async def story_of() -> None:
        story = Story()
        one = await story.hear(issue(external_id="A", **person(PHONE)))
        third = await story.hear(issue(external_id="C", **person(OTHER_PHONE)))
        into = await story.hear(issue(external_id="B", **person(PHONE)))
        for joined in (one, third):
            await story.intake.merge(joined.id, into.id, "同一件事")
        await story.intake.unmerge(one.id, "不是", origin("u"))
        assert await people(story, into) == [ME, OTHER]

    asyncio.run(story_of())


def test_an_issue_that_is_not_merged_cannot_be_parted() -> None:
    async def story_of() -> None:
        story = Story()
        one, _ = await two(story)
        with pytest.raises(Conflict, match="RECEIVED and cannot be unmerged"):
            await story.intake.unmerge(one.id, "?", origin("u"))

    asyncio.run(story_of())


def test_parted_out_of_a_chain_its_people_leave_every_issue_of_it() -> None:
    async def story_of() -> None:
        story = Story()
        one, into = await two(story)
        last = await story.hear(issue(external_id="C"))
        await story.intake.merge(one.id, into.id, "同一件事")
        await story.intake.merge(into.id, last.id, "同一件事")
        assert await people(story, last) == [OTHER, ME]
        await story.intake.unmerge(one.id, "不是", origin("u"))
        assert await people(story, last) == [OTHER]

    asyncio.run(story_of())


@given(data=st.data())
def test_facts_heard_late_twice_and_in_any_order_change_nothing(data: st.DataObject) -> None:
    async def story_of() -> None:
        story = Story()
        one, into = await two(story)
        await story.intake.merge(one.id, into.id, "同一件事")
        await story.intake.unmerge(one.id, "不是", origin("u"))
        if again := data.draw(st.booleans()):
            await story.intake.merge(one.id, into.id, "还是")
        facts: list[Any] = [*story.said(IssueMerged), *story.said(IssueUnmerged)] * 2
        for fact in data.draw(st.permutations(facts)):
            await (story.intake.parted if isinstance(fact, IssueUnmerged) else story.intake.absorb)(fact, origin())
        assert await people(story, into) == [OTHER, ME][: 1 + again]

    asyncio.run(story_of())


def test_the_same_matter_from_two_systems_is_linked_and_both_are_told_to_its_end() -> None:
    async def story_of() -> None:
        story = Story()
        one, to = await two(story, by="hotline12345")
        linked = await story.intake.link(one.id, to.id, "同一件事", origin("l", "clerk"))
        assert linked.state is IssueState.LINKED
        (fact,) = story.said(IssueLinked)
        assert isinstance(fact, IssueLinked)
        assert (fact.systems, fact.people) == (("grid", "hotline12345"), (ME,))
        await story.intake.linked(fact, origin())
        await story.intake.link(one.id, to.id, "同一件事", origin("l", "clerk"))
        assert await people(story, to) == [OTHER, ME]
        answers = [fact for fact in story.said(DeptIssueAnswer) if isinstance(fact, DeptIssueAnswer)]
        numbers = [answer.linked_external_id for answer in answers if answer.status == "linked"]
        assert sorted(map(str, numbers)) == ["A", "B"]

        topic = await story.decide(to)
        (decided,) = story.said(TopicDecided)
        assert isinstance(decided, TopicDecided)
        assert decided.people == (OTHER, ME)
        await story.intake.close(TopicClosed(topic_id=topic.id, title="供暖", score=4.5, ratings=2), origin())
        steps = ["received", "linked", "decided", "closed"]
        assert told(story, "grid") == [(status, "A") for status in steps]
        assert told(story, "hotline12345") == [(status, "B") for status in steps]

    asyncio.run(story_of())


def test_a_link_by_mistake_is_taken_back_and_both_systems_are_told() -> None:
    async def story_of() -> None:
        story = Story()
        one, to = await two(story, by="hotline12345")
        await story.intake.link(one.id, to.id, "同一件事", origin("l", "clerk"))
        await story.intake.unmerge(one.id, "两回事", origin("u", "clerk"))
        assert told(story, "grid")[-1] == ("unmerged", "A")
        assert told(story, "hotline12345")[-1] == ("unlinked", "B")
        await story.intake.screening.reject(to.id, "不属于协商范围", origin("r", "clerk"))
        assert told(story, "grid")[-1] == ("unmerged", "A")

    asyncio.run(story_of())


@pytest.mark.parametrize("by", ["grid", "residents"])
def test_only_two_department_systems_are_linked(by: str) -> None:
    async def story_of() -> None:
        story = Story()
        one = await story.hear(issue(external_id="A"))
        fact, from_ = issue(external_id="B"), origin("b", by)
        other = await (story.intake.raise_(fact, from_) if by == "residents" else story.intake.receive(fact, from_))
        with pytest.raises(Conflict, match="merge these"):
            await story.intake.link(one.id, other.id, "?", origin("l"))

    asyncio.run(story_of())


def test_who_brings_a_merged_issue_late_is_told_and_heard_with_the_other() -> None:
    async def story_of() -> None:
        story = Story()
        one = await story.hear(issue(2, external_id="A", **person(PHONE)))
        into = await story.hear(issue(external_id="B"))
        await story.intake.merge(one.id, into.id, "同一小区")
        await story.hear(issue(1, external_id="A", **person(OTHER_PHONE)))
        late = [fact for fact in story.said(IssueMerged) if isinstance(fact, IssueMerged)][-1]
        assert (late.people, late.reason) == ((OTHER,), "同一小区")
        await story.intake.absorb(late, origin())
        assert await people(story, into) == [ME, OTHER]

    asyncio.run(story_of())
