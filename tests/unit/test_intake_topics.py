"""The rules of intake: screening, and the topics that issues become."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from common.aggregate import Origin
from common.errors import Conflict, NotFound
from common.events import IssueMerged, IssueRedirected, TopicClosed, TopicDecided, TopicEnded, TopicReopened
from fakes import origin, sealer
from intake.domain import Issue, IssueState, TopicState
from intake_story import OTHER_PHONE, PHONE, Story, conclusion, issue, person


def test_a_redirected_category_goes_to_its_channel_at_once() -> None:
    async def told() -> None:
        story = Story()
        found = await story.hear(issue(category="litigation", **person(PHONE)))
        assert found.state is IssueState.REDIRECTED
        (redirected,) = story.said(IssueRedirected)
        assert isinstance(redirected, IssueRedirected)
        assert (redirected.to, redirected.people) == ("法院", (sealer.person_id(PHONE),))
        assert story.answers() == ["received", "redirected"]
        before = len(story.issues.said)
        await story.hear(issue(category="litigation"))
        assert len(story.issues.said) == before

    asyncio.run(told())


def test_those_of_a_merged_issue_are_heard_with_the_other_however_often_it_is_said() -> None:
    async def told() -> None:
        story = Story()
        one = await story.hear(issue(external_id="A", **person(PHONE)))
        two = await story.hear(issue(external_id="B", **person(OTHER_PHONE)))
        merged = await story.intake.merge(one.id, two.id, "同一小区")
        assert (merged.state, merged.into) == (IssueState.MERGED, two.id)
        (fact,) = story.said(IssueMerged)
        assert isinstance(fact, IssueMerged)
        for _ in range(2):
            await story.intake.absorb(fact, origin())
        people = (await story.issues.get(two.id)).people
        assert people == [sealer.person_id(OTHER_PHONE), sealer.person_id(PHONE)]
        assert story.answers() == ["received", "received", "merged"]

    asyncio.run(told())


def test_an_issue_is_merged_only_into_another_that_exists() -> None:
    async def told() -> None:
        story = Story()
        one = await story.hear(issue())
        with pytest.raises(Conflict, match="itself"):
            await story.intake.merge(one.id, one.id, "?")
        with pytest.raises(NotFound):
            await story.intake.merge(one.id, "issue-none", "?")
        assert (await story.issues.get(one.id)).state is IssueState.RECEIVED

    asyncio.run(told())


def test_an_issue_is_not_merged_into_one_that_has_gone_away() -> None:
    async def told() -> None:
        story = Story()
        one, two = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B"))
        await story.intake.merge(one.id, two.id, "同一小区")
        with pytest.raises(Conflict):
            await story.intake.merge(two.id, one.id, "同一小区")

    asyncio.run(told())


@pytest.mark.parametrize("state", ["REDIRECTED", "REJECTED", "WITHDRAWN"])
def test_an_issue_is_screened_once(state: str) -> None:
    async def told() -> None:
        story = Story()
        id_ = (await story.hear(issue())).id
        numbers = count()

        def fresh() -> Origin:
            return origin(f"request-{next(numbers)}")

        verbs: dict[str, Callable[[], Awaitable[Issue]]] = {
            "REDIRECTED": lambda: story.intake.screening.redirect(id_, "信访局", "已进入信访程序", fresh()),
            "REJECTED": lambda: story.intake.screening.reject(id_, "不属于协商范围", fresh()),
            "WITHDRAWN": lambda: story.intake.screening.withdraw(id_, "已解决", fresh()),
        }
        assert (await verbs[state]()).state == state
        said = len(story.issues.said)
        for again in verbs.values():
            with pytest.raises(Conflict, match=state):
                await again()
        assert len(story.issues.said) == said

    asyncio.run(told())


# ------------------------------------------------------------------------------------------------ topics


def test_a_topic_hears_everyone_who_raised_one_of_its_issues() -> None:
    async def told() -> None:
        story = Story()
        one = await story.hear(issue(external_id="A", **person(PHONE)))
        two = await story.hear(issue(external_id="B", **person(OTHER_PHONE)))
        topic = await story.decide(one, two, one)
        (decided,) = story.said(TopicDecided)
        assert isinstance(decided, TopicDecided)
        assert decided.people == (sealer.person_id(PHONE), sealer.person_id(OTHER_PHONE))
        assert (decided.issue_ids, decided.steps) == ([one.id, two.id], "gansu6")
        assert [found.topic_id for found in story.issues.all()] == [topic.id] * 2
        assert story.answers()[-2:] == ["decided", "decided"]

    asyncio.run(told())


def test_the_same_decision_twice_is_one_topic() -> None:
    async def told() -> None:
        story = Story()
        one = await story.hear(issue())
        first, second = await story.decide(one), await story.decide(one)
        assert first == second
        assert len(story.said(TopicDecided)) == 1
        assert story.answers().count("decided") == 1

    asyncio.run(told())


def test_a_topic_is_not_made_of_issues_that_are_not_free() -> None:
    async def told() -> None:
        story = Story()
        free, rejected = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B"))
        taken = await story.hear(issue(external_id="C"))
        await story.intake.screening.reject(rejected.id, "不属于协商范围", origin("reject"))
        await story.decide(taken)
        with pytest.raises(Conflict) as refused:
            await story.decide(free, rejected, taken, id_="d2")
        assert rejected.id in refused.value.detail
        assert taken.id in refused.value.detail
        assert free.id not in refused.value.detail
        assert len(story.topics.all()) == 1
        assert (await story.issues.get(free.id)).state is IssueState.RECEIVED

    asyncio.run(told())


@pytest.mark.parametrize(
    ("kind", "state", "status", "reason"),
    [(TopicClosed, "CLOSED", "closed", None), (TopicEnded, "ENDED", "ended", "意见不一")],
)
def test_issues_follow_their_topic_to_its_end_once(
    kind: type[TopicClosed] | type[TopicEnded], state: str, status: str, reason: str | None
) -> None:
    async def told() -> None:
        story = Story()
        mine, other = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B"))
        topic = await story.decide(mine)
        for _ in range(2):
            fact = conclusion(kind, topic)
            await (story.intake.close if isinstance(fact, TopicClosed) else story.intake.end)(fact, origin())  # type: ignore[arg-type]
        ended = await story.issues.get(mine.id)
        assert (ended.state, ended.reason) == (state, reason)
        assert (await story.topics.get(topic.id)).state == TopicState(state)
        assert story.answers().count(status) == 1
        assert (await story.issues.get(other.id)).state is IssueState.RECEIVED

    asyncio.run(told())


def test_the_end_of_a_topic_not_yet_known_is_asked_for_again() -> None:
    fact = TopicClosed(topic_id="topic-none", title="供暖", score=None, ratings=0)
    with pytest.raises(NotFound):
        asyncio.run(Story().intake.close(fact, origin()))


def test_an_end_heard_before_the_decision_still_reaches_the_issue() -> None:
    async def told() -> None:
        story = Story()
        mine = await story.hear(issue())
        topic = await story.intake.decide("供暖", [mine.id], ["居民"], needs_research=False, origin=origin("d1"))
        (decided,) = story.said(TopicDecided)
        await story.intake.end(TopicEnded.model_validate(conclusion(TopicEnded, topic)), origin())
        await story.intake.adopt(TopicDecided.model_validate(decided), origin())
        assert (await story.issues.get(mine.id)).state is IssueState.ENDED

    asyncio.run(told())


def test_an_issue_becomes_part_of_one_topic_even_when_two_decide_at_once() -> None:
    async def told() -> None:
        story = Story()
        mine = await story.hear(issue())
        await story.intake.decide("供暖", [mine.id], ["居民"], needs_research=False, origin=origin("d1"))
        with pytest.raises(Conflict):
            await story.intake.decide("供暖", [mine.id], ["居民"], needs_research=False, origin=origin("d2"))

    asyncio.run(told())


def test_a_topic_that_comes_back_opens_its_issues_and_closes_them_again() -> None:
    async def told() -> None:
        story = Story()
        mine = await story.hear(issue())
        topic = await story.intake.decide("供暖", [mine.id], ["居民"], needs_research=False, origin=origin("d1"))
        (decided,) = story.said(TopicDecided)
        await story.intake.adopt(TopicDecided.model_validate(decided), origin())
        closed = TopicClosed(topic_id=topic.id, title="供暖", score=4.5, ratings=2)
        reopened = TopicReopened(topic_id=topic.id, outcome_id="o", title="供暖", reason="费用过高", round=2)
        await story.intake.close(closed, origin())
        for _ in range(2):
            await story.intake.reopen(reopened, origin())
            await story.intake.close(closed, origin())
            assert (await story.issues.get(mine.id)).state is IssueState.ADOPTED
        again = closed.model_copy(update={"round": 2})
        for fact in (again, reopened):
            hear = story.intake.close if isinstance(fact, TopicClosed) else story.intake.reopen
            await hear(fact, origin())  # type: ignore[arg-type]
        assert (await story.issues.get(mine.id)).state is IssueState.CLOSED
        assert story.answers() == ["received", "decided", "closed", "reopened", "closed"]

    asyncio.run(told())
