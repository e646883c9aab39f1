"""Arranges the screening desk (筛选): what clerks do with an issue until it is settled what becomes of it."""

from collections.abc import Sequence

from common.aggregate import Aggregates, Origin
from common.county import County, Criterion
from common.errors import Fault, Invalid
from common.events import Restricted
from intake.domain import Issue, screening


class Screening:
    """Screens issues by the county's rules."""

    def __init__(self, issues: Aggregates[Issue], county: County) -> None:
        self._issues = issues
        self._county = county
        self._rules = county.screening

    async def hold(self, issue_id: str, origin: Origin) -> Issue:
        """Keep an issue to oneself while looking at it; whoever comes second is told who has it and until when."""
        minutes = self._rules.lease_minutes
        return await self._issues.change(issue_id, lambda issue: screening.hold(issue, minutes, origin))

    async def release(self, issue_id: str, origin: Origin) -> Issue:
        """Give an issue back."""
        return await self._issues.change(issue_id, lambda issue: screening.release(issue, origin))

    async def register(self, issue_id: str, origin: Origin) -> Issue:
        """Take an issue on."""
        return await self._issues.change(issue_id, lambda issue: screening.register(issue, origin))

    async def screen(
        self, issue_id: str, grounds: Sequence[str], bars: Sequence[str], reason: str, origin: Origin
    ) -> Issue:
        """Hold an issue against the county's rules, of which `grounds` and `bars` are those that apply.

        Where a bar applies it is sent to that bar's channel, or declined where it has none; otherwise it may be
        consulted on. Raises Invalid with every fault.
        """
        scope = self._county.scope
        faults = [*_unknown("grounds", grounds, scope.grounds), *_unknown("bars", bars, scope.every_bar())]
        if scope.grounds and not grounds and not bars:
            known = ", ".join(ground.name for ground in scope.grounds)
            faults.append(Fault("grounds", f"at least one of {known} must apply"))
        if faults:
            raise Invalid(faults)
        bar = next((bar for bar in scope.every_bar() if bar.name in bars), None)
        if bar is None:
            seconds = self._rules.seconds
            return await self._issues.change(issue_id, lambda issue: screening.screen(issue, reason, seconds, origin))
        why, channel = f"{bar.text}：{reason}", bar.to
        if channel is None:
            return await self.reject(issue_id, why, origin)
        return await self.redirect(issue_id, channel, why, origin)

    async def second(self, issue_id: str, origin: Origin) -> Issue:
        """Second an issue."""
        return await self._issues.change(issue_id, lambda issue: screening.second(issue, self._rules.seconds, origin))

    async def hand_over(self, issue_id: str, to: str | None, reason: str, origin: Origin) -> Issue:
        """Let another department answer for an issue; without one, whoever the county falls back on."""
        owner = to or self._rules.fallback_owner
        if owner != self._rules.fallback_owner and self._county.department(owner) is None:
            raise Invalid([Fault("to", f"{owner!r} is not a department of this county")])
        return await self._issues.change(issue_id, lambda issue: screening.hand_over(issue, owner, reason, origin))

    async def redirect(self, issue_id: str, to: str, reason: str, origin: Origin) -> Issue:
        """Send an issue to the channel it belongs to."""
        return await self._issues.change(issue_id, lambda issue: issue.redirect(to, reason, origin))

    async def exclude(self, issue_id: str, kind: Restricted, origin: Origin) -> Issue:
        """Send on what turns out to be none of ours to read, and keep nothing of it."""
        channel = self._county.scope.channel_of(kind)
        return await self._issues.change(issue_id, lambda issue: issue.exclude(channel, origin))

    async def reject(self, issue_id: str, reason: str, origin: Origin) -> Issue:
        """Decline to consult on an issue."""
        return await self._issues.change(issue_id, lambda issue: issue.reject(reason, origin))

    async def withdraw(self, issue_id: str, reason: str, origin: Origin) -> Issue:
        """Take an issue back."""
        return await self._issues.change(issue_id, lambda issue: issue.withdraw(reason, origin))


def _unknown(path: str, names: Sequence[str], criteria: Sequence[Criterion]) -> list[Fault]:
    known = [criterion.name for criterion in criteria]
    there = ", ".join(known) or "none"
    wrong = [(i, name) for i, name in enumerate(names) if name not in known]
    return [Fault(f"{path}.{i}", f"{name!r} is not a rule of this county; there are {there}") for i, name in wrong]
