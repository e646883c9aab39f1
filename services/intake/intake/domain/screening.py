"""Decides how an issue is screened (筛选): who looks at it, who answers for it, what it has been found to be."""

from datetime import timedelta

from common.aggregate import Origin
from common.errors import Conflict
from intake.domain.desk import OPEN, WAITING, HandOver, IssueState, Lease
from intake.domain.issue import Issue


def hold(issue: Issue, minutes: int, origin: Origin) -> None:
    """Keep others from screening it for a while; asked again, for as long again from then on."""
    issue.require(origin, "screened", *OPEN)
    issue.lease = Lease(origin.by, origin.at + timedelta(minutes=minutes))


def release(issue: Issue, origin: Origin) -> None:
    """Let others screen it."""
    if issue.lease and issue.lease.by == origin.by:
        issue.lease = None


def register(issue: Issue, origin: Origin) -> None:
    """Take it on (登记)."""
    if issue.state is IssueState.REGISTERED:
        return
    issue.require(origin, "registered", IssueState.RECEIVED)
    issue.state = IssueState.REGISTERED
    issue.progress("registered")


def screen(issue: Issue, reason: str, seconds: int, origin: Origin) -> None:
    """Find that it may be consulted on; `seconds` are those it needs before it can become a topic."""
    if not issue.take(origin):
        return
    issue.require(origin, "screened", *WAITING)
    issue.state, issue.reason, issue.lease = IssueState.SCREENED, reason, None
    issue.progress("screened", reason)
    _count(issue, seconds)


def second(issue: Issue, seconds: int, origin: Origin) -> None:
    """Second it (附议、联名); everybody counts once, and only once it has been screened."""
    if origin.by in issue.seconders:
        return
    issue.require(None, "seconded", IssueState.SCREENED, IssueState.SECONDED)
    issue.seconders.append(origin.by)
    _count(issue, seconds)


def hand_over(issue: Issue, to: str, reason: str, origin: Origin) -> None:
    """Let somebody else answer for it; there is no way of letting nobody do so."""
    if not issue.take(origin):
        return
    issue.require(origin, "handed over", *OPEN)
    if to == issue.owner:
        raise Conflict(f"{to} answers for the issue already")
    issue.handed_over.append(HandOver(issue.owner, to, reason, origin.by, origin.at))
    issue.owner = to
    issue.progress("handed_over", f"{reason} ({to})")


def _count(issue: Issue, seconds: int) -> None:
    if issue.state is IssueState.SCREENED and 0 < seconds <= len(issue.seconders):
        issue.state = IssueState.SECONDED
        issue.progress("seconded")
