"""The screening desk: the county's rules, who answers for an issue, who has it in hand, what is overdue."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from common.errors import Conflict, Invalid
from common.events import IssueProgressed, IssueRedirected
from fakes import COUNTY, NOON, county, origin
from intake.domain import IssueState
from intake.handlers.lists import Colour, Lists
from intake_lists import MemoryQueue
from intake_story import Story, issue, play

SCOPE = COUNTY.scope.model_dump()
GROUNDS = [{"name": "common", "text": "事关村社区发展"}, {"name": "concern", "text": "群众高度关心"}]
BARS = [{"name": "morals", "text": "违公序良俗"}, {"name": "settled", "text": "法规明文规定", "to": "主管部门"}]
MIANZHU = county(scope=SCOPE | {"grounds": GROUNDS, "bars": BARS, "private_disputes": False})
"""绵竹's 两议三不议."""


# ------------------------------------------------------------------------------------------------ scope


def test_every_step_of_screening_is_told_to_the_department_with_its_reason() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        desk = story.intake.screening
        await desk.register(id_, origin("a", "clerk"))
        await desk.hand_over(id_, "police", "归交警", origin("b", "clerk"))
        await desk.screen(id_, [], [], "事关全小区", origin("c", "clerk"))
        for member in ("m1", "m1", "m2", "m3"):
            await desk.second(id_, origin(member, member))

    story = play(told, county(screening={"seconds": 2}))
    assert story.answers() == ["received", "registered", "handed_over", "screened", "seconded"]
    (found,) = story.issues.all()
    assert (found.state, found.owner, found.reason) == (IssueState.SECONDED, "police", "事关全小区")
    assert [fact.step for fact in story.said(IssueProgressed)] == ["registered", "handed_over", "screened", "seconded"]  # type: ignore[attr-defined]


def test_a_request_that_comes_twice_counts_once() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        for _ in range(2):
            await story.intake.screening.screen(id_, [], [], "事关全小区", origin("c", "clerk"))
            await story.intake.screening.reject(id_, "查实不属于", origin("d", "clerk"))

    assert play(told).answers() == ["received", "screened", "rejected"]


def test_a_quarrel_over_water_is_consulted_on_in_gansu_and_goes_to_mediation_in_mianzhu() -> None:
    async def gansu(story: Story) -> None:
        id_ = (await story.hear(issue(title="上下游村民为浇水争执"))).id
        with pytest.raises(Invalid, match="private_dispute"):
            await story.intake.screening.screen(id_, [], ["private_dispute"], "两家争水", origin("a", "clerk"))
        screened = await story.intake.screening.screen(id_, [], [], "多方利益", origin("b", "clerk"))
        assert screened.state is IssueState.SCREENED

    async def mianzhu(story: Story) -> None:
        id_ = (await story.hear(issue(title="上下游村民为浇水争执"))).id
        sent = await story.intake.screening.screen(id_, [], ["private_dispute"], "两家争水", origin("a", "clerk"))
        assert (sent.state, sent.reason) == (IssueState.REDIRECTED, "个体利益纠纷：两家争水")
        (fact,) = story.said(IssueRedirected)
        assert isinstance(fact, IssueRedirected)
        assert fact.to == "人民调解委员会"

    play(gansu)
    play(mianzhu, MIANZHU)


def test_a_bar_without_a_channel_declines_and_grounds_are_asked_for_where_the_county_has_some() -> None:
    async def told(story: Story) -> None:
        desk = story.intake.screening
        one, two = await story.hear(issue(external_id="A")), await story.hear(issue(external_id="B"))
        declined = await desk.screen(one.id, [], ["morals"], "违背公序良俗", origin("a", "clerk"))
        assert declined.state is IssueState.REJECTED
        with pytest.raises(Invalid) as refused:
            await desk.screen(two.id, [], [], "?", origin("b", "clerk"))
        assert [fault.path for fault in refused.value.faults] == ["grounds"]
        with pytest.raises(Invalid) as refused:
            await desk.screen(two.id, ["fun"], ["common"], "?", origin("b", "clerk"))
        assert [fault.path for fault in refused.value.faults] == ["grounds.0", "bars.0"]
        screened = await desk.screen(two.id, ["concern"], [], "全小区关心", origin("b", "clerk"))
        assert screened.state is IssueState.SCREENED

    play(told, MIANZHU)


# ------------------------------------------------------------------------------------------------ somebody answers


def test_whoever_receives_an_issue_answers_for_it_until_another_department_does() -> None:
    async def told(story: Story) -> None:
        mine = await story.hear(issue(), by="grid")
        nobodys = await story.hear(issue(), by="hotline12345")
        assert (mine.owner, nobodys.owner) == ("housing", "office")
        desk = story.intake.screening
        moved = await desk.hand_over(nobodys.id, "police", "归交警", origin("a", "clerk"))
        back = await desk.hand_over(nobodys.id, None, "不属我单位职责", origin("b", "police"))
        assert (moved.owner, back.owner) == ("police", "office")
        assert [(hop.origin, hop.to, hop.by) for hop in back.handed_over] == [
            ("office", "police", "clerk"),
            ("police", "office", "police"),
        ]
        with pytest.raises(Invalid, match="fire brigade"):
            await desk.hand_over(mine.id, "fire brigade", "?", origin("c", "clerk"))
        with pytest.raises(Conflict, match="already"):
            await desk.hand_over(mine.id, "housing", "?", origin("d", "clerk"))
        gone = await desk.redirect(mine.id, "法院", "已起诉", origin("e", "clerk"))
        assert gone.owner == "housing"

    play(told)


# ------------------------------------------------------------------------------------------------ two screeners


def test_the_second_clerk_is_told_who_has_it_and_until_when_and_the_lease_ends_by_itself() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        desk = story.intake.screening
        await desk.hold(id_, origin("a", "clerk-1"))
        verbs: list[Callable[[], Awaitable[object]]] = [
            lambda: desk.hold(id_, origin("b", "clerk-2")),
            lambda: desk.reject(id_, "no", origin("c", "clerk-2")),
            lambda: story.intake.merge(id_, id_, "no", origin("d", "clerk-2")),
        ]
        for verb in verbs:
            with pytest.raises(Conflict, match=r"clerk-1 .* until 2026-11-24T04:10:00\+00:00"):
                await verb()
        later = replace(origin("e", "clerk-2"), at=NOON + timedelta(minutes=10))
        assert (await desk.register(id_, later)).state is IssueState.REGISTERED

    play(told)


def test_whoever_has_it_goes_on_and_gives_it_back() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        desk = story.intake.screening
        await desk.hold(id_, origin("a", "clerk-1"))
        await desk.release(id_, origin("b", "clerk-2"))
        await desk.register(id_, origin("c", "clerk-1"))
        await desk.release(id_, origin("d", "clerk-1"))
        assert (await desk.screen(id_, [], [], "属于", origin("e", "clerk-2"))).lease is None

    play(told)


def test_a_department_is_not_held_up_by_a_lease() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        await story.intake.screening.hold(id_, origin("a", "clerk-1"))
        gone = await story.hear(issue(2, "supplement", category="litigation"))
        assert (gone.state, gone.lease) == (IssueState.REDIRECTED, None)

    play(told)


def test_a_supplement_to_what_was_screened_is_looked_at_again() -> None:
    async def told(story: Story) -> None:
        id_ = (await story.hear(issue())).id
        await story.intake.screening.screen(id_, [], [], "属于", origin("a", "clerk"))
        assert (await story.hear(issue(2, "supplement"))).state is IssueState.REGISTERED

    play(told)


# ------------------------------------------------------------------------------------------------ the queue


def test_the_queue_shows_what_is_due_first_and_by_working_days_what_is_nearly_overdue_and_overdue() -> None:
    async def told(story: Story) -> None:
        friday = NOON + timedelta(days=3)
        for name, days in (("A", 0), ("B", -1), ("C", -2), ("D", -14), ("E", -20)):
            fact = issue(external_id=name, title=name)
            await story.intake.receive(fact, replace(origin(name, "grid"), at=friday + timedelta(days=days)))
        decided = next(found for found in story.issues.all() if found.content.title == "E")
        await story.intake.screening.reject(decided.id, "不议", origin("x", "clerk"))
        lists = Lists(MemoryQueue(story.issues), None, county(deadlines={"screening": 2}))  # type: ignore[arg-type]
        monday = friday + timedelta(days=3)

        async def seen(colour: Colour | None = None) -> list[tuple[str, date | None, Colour | None]]:
            found = await lists.queue(None, 50, colour, monday)
            return [(item.issue.content.title, item.issue.due_on, item.colour) for item in found]

        everything = await seen()
        assert everything == [
            ("D", date(2026, 11, 17), Colour.RED),
            ("C", date(2026, 11, 27), Colour.RED),
            ("B", date(2026, 11, 30), Colour.YELLOW),
            ("A", date(2026, 12, 1), Colour.YELLOW),
        ]
        assert await seen(Colour.RED) == everything[:2]
        assert await seen(Colour.YELLOW) == everything[2:]
        page = await lists.queue(None, 2, None, monday)
        rest = await lists.queue(page[-1].issue.id, 2, None, monday)
        assert [item.issue.content.title for item in (*page, *rest)] == ["D", "C", "B", "A"]

    play(told, county(deadlines={"screening": 2}))
