"""Decides how issues go on together: merged (并案), linked across systems, parted again."""

from common.aggregate import Origin
from common.errors import Conflict
from common.events import IssueLinked, IssueMerged, IssueUnmerged
from intake.domain.desk import GOING_ON, JOINED, OPEN, RESIDENTS, IssueState, Joined
from intake.domain.issue import Issue


def merge(issue: Issue, into: Issue, reason: str, origin: Origin | None = None) -> None:
    """Go on as part of another issue (并案); who brought this one is heard there."""
    _join(issue, IssueState.MERGED, into, reason, origin)
    issue.say(IssueMerged(issue_id=issue.id, into=into.id, reason=reason, people=issue.people))
    issue.answer("merged", reason=reason)


def link(issue: Issue, to: Issue, reason: str, origin: Origin) -> None:
    """Go on together with what another system brought: one matter, opened once, and both systems hear of it."""
    if not issue.take(origin):
        return
    if RESIDENTS in (issue.source, to.source) or issue.source == to.source:
        raise Conflict("only what two department systems brought is linked; merge these")
    _join(issue, IssueState.LINKED, to, reason, origin)
    systems = (issue.source, to.source)
    issue.say(IssueLinked(issue_id=issue.id, to=to.id, systems=systems, reason=reason, people=issue.people))
    issue.answer("linked", reason=reason, linked_system=to.source, linked_external_id=to.external_id)


def part(issue: Issue, reason: str, origin: Origin) -> None:
    """Go on alone again, from where it stood; its people are not heard with the other one any longer."""
    if not issue.take(origin):
        return
    issue.require(origin, "unmerged", *JOINED)
    out_of, issue.into = issue.into or "", None
    issue.state, issue.before, issue.reason = issue.before or IssueState.RECEIVED, None, None
    issue.say(IssueUnmerged(issue_id=issue.id, out_of=out_of, reason=reason, people=issue.people))
    issue.answer("unmerged", reason=reason)


def hold(target: Issue, other: Issue) -> None:
    """Make a target agree with what another issue says of itself: that it is part of it, or is not.

    What is older than what is known already changes nothing, so it may be heard late, twice and in any order.
    """
    known = target.joined.get(other.id, Joined(0))
    if other.revision <= known.revision:
        return
    there = other.into == target.id
    linked = there and other.state is IssueState.LINKED
    people, tellers = (tuple(other.people), other.tellers) if there else ((), ())
    target.joined[other.id] = Joined(other.revision, linked, people, tellers)
    heard = [*target.reporters, *(person for joined in target.joined.values() for person in joined.people)]
    target.people = list(dict.fromkeys(heard))
    if linked != known.linked:
        more = {"linked_system": other.source, "linked_external_id": other.external_id}
        target.answer("linked" if linked else "unlinked", reason=other.reason, **more)


def _join(issue: Issue, state: IssueState, into: Issue, reason: str, origin: Origin | None) -> None:
    issue.require(origin, state.lower(), *OPEN)
    if into.id == issue.id:
        raise Conflict(f"an issue cannot be {state.lower()} into itself")
    if into.state not in GOING_ON:
        raise Conflict(f"{into.id} is {into.state}: choose an issue that is still being dealt with")
    issue.before, issue.into = issue.state, into.id
    issue.settle(state, reason)
