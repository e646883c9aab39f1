"""Arranges how issues go on together: merged, linked across systems, parted again."""

from collections.abc import Awaitable, Callable
from functools import partial

from common.aggregate import Aggregates, Origin
from common.events import IssueLinked, IssueMerged, IssueUnmerged
from intake.domain import Issue, hold, link, merge, part


class Joining:
    """Lets issues go on as part of others. `join` lets a topic hear the people of its issues."""

    def __init__(self, issues: Aggregates[Issue], join: Callable[[Issue], Awaitable[None]]) -> None:
        self._issues = issues
        self._join = join

    async def merge(self, issue_id: str, into: str, reason: str, origin: Origin | None = None) -> Issue:
        """Let an issue go on as part of another, whose topic then hears its people too."""
        target = await self._issues.get(into)
        merged = await self._issues.change(issue_id, lambda issue: merge(issue, target, reason, origin))
        return await self.settle(merged, into)

    async def link(self, issue_id: str, to: str, reason: str, origin: Origin) -> Issue:
        """Let an issue go on with what another department system brought; both systems are told."""
        target = await self._issues.get(to)
        linked = await self._issues.change(issue_id, lambda issue: link(issue, target, reason, origin))
        return await self.settle(linked, to)

    async def unmerge(self, issue_id: str, reason: str, origin: Origin) -> Issue:
        """Let an issue go on alone again."""
        into = (await self._issues.get(issue_id)).into
        parted = await self._issues.change(issue_id, lambda issue: part(issue, reason, origin))
        return await self.settle(parted, into)

    async def absorb(self, fact: IssueMerged, _: Origin) -> None:
        """Hear that an issue was merged: its people are heard with the other one, and with that one's topic."""
        await self.settle(await self._issues.get(fact.issue_id), fact.into)

    async def linked(self, fact: IssueLinked, _: Origin) -> None:
        """Hear that an issue was linked to another."""
        await self.settle(await self._issues.get(fact.issue_id), fact.to)

    async def parted(self, fact: IssueUnmerged, _: Origin) -> None:
        """Hear that an issue goes on alone again: its people are not heard with the other one any longer."""
        await self.settle(await self._issues.get(fact.issue_id), fact.out_of)

    async def settle(self, issue: Issue, with_: str | None) -> Issue:
        """Make another issue agree with what this one says of the two, and then whatever that one is part of."""
        other = issue
        while with_:
            other = await self._issues.change(with_, partial(hold, other=other))
            await self._join(other)
            with_ = other.into
        return issue
