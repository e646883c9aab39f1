"""Arranges suggestions: which issues are probably the same matter as one."""

from collections.abc import Sequence
from typing import Protocol

from common.aggregate import Aggregates
from intake.domain import RESIDENTS, Issue, Known, Likeness, Rarity, suggest

MOST_COMPARED = 150
"""So many of those that share marks are compared, those that share most."""


class Marked(Protocol):
    """Issues, found by their marks: the port this asks for."""

    async def rarity(self) -> Rarity:
        """Tell how rare marks are among the issues that go on."""
        ...

    async def sharing(self, marks: Sequence[str], most: int) -> list[Known]:
        """List issues that go on and carry one of these marks, those that carry most of them first."""
        ...


class Alike:
    """Suggests what may be merged or linked; a clerk decides."""

    def __init__(self, issues: Aggregates[Issue], marked: Marked) -> None:
        self._issues = issues
        self._marked = marked

    async def alike(self, issue_id: str, most: int) -> list[tuple[Known, str, Likeness]]:
        """List what is probably the same matter, the likest first, each with what to do: `merge` or `link`."""
        known = known_of(await self._issues.get(issue_id))
        rarity = await self._marked.rarity()
        others = await self._marked.sharing(rarity.pick(known.marks), MOST_COMPARED) if known.marks else []
        return [(other, _verb(known, other), why) for other, why in suggest(known, others, rarity, most)]


def known_of(issue: Issue) -> Known:
    """Take of an issue what is compared."""
    content = issue.content
    return Known(
        id=issue.id,
        title=content.title,
        source=issue.source,
        division=content.division,
        occurred_at=content.occurred_at,
        location=content.location,
        marks=content.marks,
    )


def _verb(one: Known, other: Known) -> str:
    return "merge" if RESIDENTS in (one.source, other.source) or one.source == other.source else "link"
