"""What must not be read here (在诉、纪检、检举控告): it is sent on, and nothing of it is kept or told."""

import pytest

from common.events import IntakePersonMet, IssueReceived, IssueRedirected
from fakes import COUNTY, county, origin
from intake.domain import IssueState
from intake.domain.desk import NOT_READ
from intake_story import PHONE, Story, issue, person, play

SCOPE = COUNTY.scope.model_dump()


@pytest.mark.parametrize(
    ("more", "channel"),
    [
        ({"restricted": "accusation"}, "纪委监委"),
        ({"restricted": "litigation"}, "第一法庭"),
        ({"category": "accusations"}, "监委"),
    ],
)
def test_what_must_not_be_read_is_sent_on_and_nothing_of_it_is_kept_or_told(more: dict[str, str], channel: str) -> None:
    async def told(story: Story) -> None:
        secret = {"title": "举报张某", "description": "收受财物", "location": {"address": "三单元"}}
        for _ in range(2):
            await story.hear(issue(**{**person(PHONE), **secret, **more}))

    where = county(scope=SCOPE | {"unread": {"accusations": "监委", "litigation": "第一法庭"}})
    story = play(told, where)
    (found,) = story.issues.all()
    assert (found.state, found.people, found.content.title) == (IssueState.REDIRECTED, [], NOT_READ)
    everything = repr(found) + repr([fact.model_dump() for fact in story.issues.said])
    assert not any(word in everything for word in ("张某", "财物", "三单元", "王玉萍", PHONE))
    assert story.said(IntakePersonMet) == []
    assert story.answers() == ["received", "redirected"]
    (fact,) = story.said(IssueRedirected)
    assert isinstance(fact, IssueRedirected)
    assert (fact.to, fact.people) == (channel, ())


def test_what_a_clerk_finds_to_be_an_accusation_is_kept_no_longer() -> None:
    async def told(story: Story) -> None:
        found = await story.hear(issue(description="收受财物", **person(PHONE)))
        gone = await story.intake.screening.exclude(found.id, "accusation", origin("x", "clerk"))
        assert (gone.state, gone.people, gone.content.description) == (IssueState.REDIRECTED, [], NOT_READ)
        await story.hear(issue(2, "supplement", restricted="accusation", external_id="WG-2"))

    story = play(told)
    assert "财物" not in repr(story.issues.all())


def test_an_earlier_version_that_comes_late_brings_nothing_back() -> None:
    async def told(story: Story) -> None:
        await story.hear(issue(2, restricted="accusation"), issue(1, description="收受财物", **person(PHONE)))

    story = play(told)
    (found,) = story.issues.all()
    assert (found.content.description, found.people, story.said(IntakePersonMet)) == (NOT_READ, [], [])


def test_the_title_of_what_must_not_be_read_is_not_told_either() -> None:
    async def told(story: Story) -> None:
        await story.hear(issue(title="举报张某", restricted="discipline"))

    (fact,) = play(told).said(IssueReceived)
    assert isinstance(fact, IssueReceived)
    assert fact.title == NOT_READ
