"""Arranges what portals ask: issues by many marks, what became of them, and what is added to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from common.aggregate import Origin
from common.calendar import SHANGHAI
from common.errors import Fault, Forbidden, Invalid
from common.events import DeptIssue
from common.people import mask_phones
from intake.domain import RESIDENTS, Issue
from intake.handlers import Intake

LONGEST = 20_000
"""Characters of a description, with all that has been added to it."""


@dataclass(frozen=True)
class Wanted:
    """Which issues: those of these ids, or received from `since` until `until`. `box` is west, south, east, north."""

    since: datetime
    until: datetime
    ids: Sequence[str] = ()
    categories: Sequence[str] = ()
    settled: bool | None = None
    box: tuple[float, float, float, float] | None = None
    skip: int = 0
    limit: int = 1000


class Searchable(Protocol):
    """Issues, found by more than their id: a port."""

    async def search(self, wanted: Wanted) -> list[Issue]:
        """List what is wanted, the newest first."""
        ...

    async def updated(self, since: datetime, until: datetime, skip: int, limit: int) -> list[Issue]:
        """List issues with an update in this time, in the order of their ids."""
        ...


class Requests:
    """Answers portals, and adds to issues what they bring later."""

    def __init__(self, intake: Intake, found: Searchable) -> None:
        self.intake = intake
        self.found = found

    async def supplement(self, issue_id: str, text: str, origin: Origin, *, settled: bool) -> Issue:
        """Add to an issue, or take it back (`settled`), for whoever brought it. The same origin counts once."""

        def add(issue: Issue) -> None:
            if origin.by != issue.source and not (issue.source == RESIDENTS and "clerk" in origin.roles):
                raise Forbidden("only who brought an issue adds to it")
            if not issue.take(origin):
                return
            if settled:
                issue.withdraw(mask_phones(text))
                return
            day = origin.at.astimezone(SHANGHAI).date()
            description = f"{issue.content.description}\n{day} 补充：{mask_phones(text)}"
            if len(description) > LONGEST:
                raise Invalid([Fault("description", f"{LONGEST} characters are kept at most, with all that was added")])
            content = replace(issue.content, description=description)
            said = {"external_id": issue.external_id, "version": issue.version + 1, "action": "supplement"}
            issue.receive(DeptIssue.model_validate({**vars(content), **said}), content, origin, None)

        return await self.intake.issues.change(issue_id, add)
