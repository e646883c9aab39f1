"""Whoever brought an issue that goes on with another, or alone again, is told, each one, in the county's own words."""

from pathlib import Path

import pytest

from common.county import County
from common.events import Event, IssueLinked, IssueMerged, IssueUnmerged
from fakes import PHONE
from notify_fakes import OTHER, World, run

COUNTY = County.load(Path(__file__).parents[2] / "deploy/k8s/counties/620102/county.yaml")


def facts(*people: str) -> list[Event]:
    about = {"issue_id": "issue-1", "reason": "同一栋楼", "people": people}
    return [
        IssueMerged.model_validate(about | {"into": "issue-2"}),
        IssueLinked.model_validate(about | {"to": "issue-2", "systems": ("petition", "hotline12345")}),
        IssueUnmerged.model_validate(about | {"out_of": "issue-2"}),
    ]


@pytest.mark.parametrize("number", range(3), ids=["merged", "linked", "unmerged"])
def test_each_of_the_reporters_is_told_once(number: int) -> None:
    async def play() -> World:
        world = World(COUNTY)
        fact = facts(await world.meet(PHONE), await world.meet(OTHER))[number]
        for _ in range(2):
            await world.hear(fact)  # type: ignore[arg-type]
        return world

    notices = run(play()).notices.all()
    assert len({notice.person_id for notice in notices}) == len(notices) == 2
    assert all("同一栋楼" in notice.text for notice in notices)
    assert len({notice.template for notice in notices}) == 1
