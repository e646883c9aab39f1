"""The whole thread: from events alone, in whatever order and however often they come, and without anybody's name."""

import asyncio
import random
from datetime import timedelta

import pytest

from common.aggregate import Origin
from common.errors import NotFound
from common.events import (
    Event,
    IssueMerged,
    IssueReceived,
    MeetingAdjourned,
    MeetingConvened,
    TopicClosed,
    TopicDecided,
    TopicReopened,
    TopicResearched,
)
from fakes import NOON, bearer, client, origin
from outcomes import api
from outcomes.domain.thread import Link, spin
from townhall import AGREED, TownHall, play
from yishi.demo.cases import read_cases
from yishi.library import SOURCE, told

PLACE = "620102007004"
ABOUT = {"division": PLACE, "category": "traffic"}
STORY: list[Event] = [
    IssueReceived(issue_id="i1", title="王玉萍说校门口乱", source="grid", people=("p1",), **ABOUT),
    IssueReceived(issue_id="i2", title="停车", source="hotline12345", people=("p2",), **ABOUT),
    IssueReceived(issue_id="i3", title="鸣笛", source="hotline12345", **ABOUT),
    IssueMerged(issue_id="i3", into="i2", reason="同一件"),
    IssueMerged(issue_id="i2", into="i1", reason="同一件"),
    TopicDecided(topic_id="t1", title="校门口", issue_ids=["i1"], parties=["家长", "学校"], steps="gansu6", **ABOUT),
    TopicResearched(topic_id="t1", finding="张建国家门口最堵", method="visit"),
    MeetingConvened(topic_id="t1", meeting_id="m1", title="校门口", sequence=1, venue="室", starts_at=NOON),
    MeetingAdjourned(
        topic_id="t1", meeting_id="m1", sequence=1, division=PLACE, result="CONSENSUS", heads=9, summary="谈妥"
    ),
    AGREED,
]


async def hear(hall: TownHall, numbers: list[int]) -> None:
    """Hear the story's facts in this order."""
    for number in numbers:
        fact = STORY[number]
        said = Origin(f"e{number}", "yishi", NOON, said_at=NOON + timedelta(minutes=number))
        for event, method in hall.bus._heard:
            if isinstance(fact, event):
                await method(fact, said)
    await hall.bus.settle()


@pytest.mark.parametrize("seed", range(25))
def test_the_thread_is_the_same_in_whatever_order_and_however_often_its_facts_come(seed: int) -> None:
    async def story(hall: TownHall) -> None:
        numbers = list(range(len(STORY)))
        chance = random.Random(seed)  # noqa: S311  no secret
        chance.shuffle(numbers)
        await hear(hall, numbers + chance.sample(numbers, 4))
        thread = await hall.handlers.threads.thread("t1")
        told = [entry.id for entries in thread.chain.values() for entry in entries if entry.id.startswith("e")]
        assert told == [f"e{number}" for number in range(len(STORY))]
        assert sorted(thread.issue_ids) == ["i1", "i2", "i3"]
        assert [link for link, entries in thread.chain.items() if entries] == list(Link)[:4]
        assert thread.chain[Link.ISSUE][0].at == NOON
        assert "王玉萍" not in str(thread)
        assert "张建国" not in str(thread)

    play(story)


def test_the_thread_of_a_closed_topic_has_every_link_and_its_case_is_found_without_names() -> None:
    async def story(hall: TownHall) -> None:
        await hear(hall, list(range(len(STORY) - 1)))
        await hall.finish(*await hall.report())
        await hall.handlers.feedback.rate("t1", 5, "p1", hall.by("office"))
        await hall.handlers.feedback.close("t1", hall.by("office"))
        await hall.bus.settle()
        thread = await hall.handlers.threads.thread("t1")
        assert [link for link, entries in thread.chain.items() if entries] == list(Link)
        threads = hall.handlers.threads
        assert await threads.violations(None, 10) == ([], None)
        for query, wanted in (("校门口", ["t1"]), ("减速带", ["t1"]), ("家长", ["t1"]), ("供暖", []), ("", ["t1"])):
            assert [case.id for case in await threads.search(query, None, 10)] == wanted, query
        case = await threads.case("t1")
        assert (case.score, case.meetings, len(case.deeds), case.category) == (5, 3, 2, "traffic")
        await hall.handlers.feedback.reopen("t1", "没有管住", hall.by("office"))
        await hall.bus.settle()
        assert await threads.search("校门口", None, 10) == []
        with pytest.raises(NotFound):
            await threads.case("t1")

    play(story)


def test_a_case_says_how_the_topic_stands_now_whatever_is_heard_last() -> None:
    async def story(hall: TownHall) -> None:
        await hall.finish(*await hall.report())
        await hall.handlers.feedback.rate("t1", 5, "p1", hall.by("office"))
        await hall.handlers.feedback.close("t1", hall.by("office"))
        reopened = TopicReopened(topic_id="t1", outcome_id="o", title="t", reason="r", round=2)
        threads = hall.handlers.threads
        await threads.settled(reopened, origin("late"))
        assert [case.id for case in await threads.search("", None, 9)] == ["t1"]
        await threads.decided(STORY[5], origin("later"))  # type: ignore[arg-type]
        assert (await threads.case("t1")).parties == ["家长", "学校"]
        await threads.settled(TopicClosed(topic_id="none", title="t", score=None, ratings=0), origin("unknown"))

    play(story)


def test_a_task_without_an_issue_is_a_violation_that_says_where_the_thread_is_cut() -> None:
    async def story(hall: TownHall) -> None:
        first, _ = await hall.report()
        threads = hall.handlers.threads
        found, more = await threads.violations(None, 1)
        assert [(found[0].problem, more)] == [("no topic was decided on under this id", found[0].task_id)]
        await hear(hall, [5])
        found, _ = await threads.violations(None, 10)
        assert {violation.problem for violation in found} == {
            "the topic was decided on from no issue that was received"
        }
        assert first.id in {violation.task_id for violation in found}
        await hear(hall, [0])
        assert await threads.violations(None, 10) == ([], None)

    play(story)


def test_nothing_is_spun_from_nothing() -> None:
    assert all(not entries for entries in spin("t", []).chain.values())
    hall = TownHall()
    with pytest.raises(NotFound):
        asyncio.run(hall.handlers.threads.thread("t1"))


def test_threads_and_cases_are_asked_for_by_those_who_may() -> None:
    hall = TownHall()
    asyncio.run(hear(hall, list(range(len(STORY)))))
    web = client("outcomes", lambda app: api.routes(app, hall.handlers))
    office = bearer("office")
    thread = web.get("/topics/t1", headers=office).json()
    assert [entry["facts"]["issue_id"] for entry in thread["chain"]["issue"][:3]] == ["i1", "i2", "i3"]
    assert "taken" not in thread["chain"]["topic"][0]
    assert web.get("/topics/t9", headers=office).status_code == 404
    assert web.get("/violations", headers=office).json() == {"items": [], "next": None}
    assert web.get("/cases", headers=office).json() == {"items": [], "next": None}
    assert web.get("/cases", params={"q": "！"}, headers=office).status_code == 422
    assert web.get("/cases", params={"format": "csv"}, headers=office).text.startswith("\ufeffid,title,place")
    for case in (case for _ in range(2) for case in read_cases()):
        assert web.put(f"/cases/{case.id}", json=told(case), headers=office).status_code == 200
    found = web.get("/cases", params={"q": "壁挂炉"}, headers=office).json()["items"]
    assert [(case["title"], case["meetings"], case["source"]) for case in found] == [("老旧小区冬季供暖", 3, SOURCE)]
    assert len(web.get("/cases", headers=office).json()["items"]) == 7
    assert web.put("/cases/x", json={}, headers=bearer("clerk")).status_code == 403
    for path in ("/topics/t1", "/violations", "/cases", "/cases/x"):
        assert web.get(path, headers=bearer("resident")).status_code == 403
