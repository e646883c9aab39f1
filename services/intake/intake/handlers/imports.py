"""Arranges imports: the lines of a list become issues, or are only looked at."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from common.aggregate import Origin
from common.errors import DomainError, Fault, Invalid, NotFound
from common.events import DeptIssue
from intake.domain import RESIDENTS, Content
from intake.handlers import Intake, content_of
from intake.handlers.many import side_by_side

PORTION = 250
"""After so many lines it is told how far the import is."""

CHANGED = "此编号的这一版本已导入过，内容不同；如需更新，请另加“版本”列并填更大的数字"


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """A line that is well-formed: its number in the list, and what it says."""

    number: int
    fact: DeptIssue


@dataclass(frozen=True)
class Done:
    """What became of a line, or would become of it."""

    number: int
    verdict: Verdict
    faults: tuple[Fault, ...] = ()


class Imports:
    """Takes lists in, as often as they come: a line counts once, for ever."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def take(
        self, entries: Sequence[Entry], source: str, origin: Origin, *, preview: bool
    ) -> AsyncIterator[list[Done]]:
        """Take entries in, a portion at a time; with `preview` nothing is kept."""
        one = _One(self._intake, source, replace(origin, by=source), preview=preview)
        for start in range(0, len(entries), PORTION):
            portion = entries[start : start + PORTION]
            yield await side_by_side(portion, one.take, lambda entry: entry.fact.external_id)


class _One:
    """One import, line by line."""

    def __init__(self, intake: Intake, source: str, origin: Origin, *, preview: bool) -> None:
        self._intake = intake
        self._source = source
        self._origin = origin
        self._preview = preview
        self._seen: dict[tuple[str, int], Content] = {}

    async def take(self, entry: Entry) -> Done:
        try:
            self._intake.check(entry.fact, self._source)
            if await self._known(entry.fact):
                return Done(entry.number, Verdict.KNOWN)
            if not self._preview:
                take = self._intake.raise_ if self._source == RESIDENTS else self._intake.receive
                await take(entry.fact, self._origin)
        except DomainError as error:
            return Done(entry.number, Verdict.REFUSED, tuple(error.faults or [Fault("", error.detail)]))
        return Done(entry.number, Verdict.NEW)

    async def _known(self, fact: DeptIssue) -> bool:
        """Whether this version has been taken before. Raises Invalid where it said something else."""
        content = content_of(fact)
        before = self._seen.setdefault((fact.external_id, fact.version), content)
        known = before is not content
        try:
            issue = await self._intake.issues.get(self._intake.issue_id(self._source, fact.external_id))
        except NotFound:
            issue = None
        if issue and fact.version in issue.versions:
            known = True
            kept = issue.version == fact.version and not issue.content.is_unread
            before = issue.content if kept else content
        if known and before != content:
            raise Invalid([Fault("external_id", CHANGED)])
        return known
