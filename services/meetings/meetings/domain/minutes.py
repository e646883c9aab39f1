"""The minutes (会议纪要), made from what is recorded of a meeting: live, drafted, amended, final.

They are not stored: they are written anew from the record whenever somebody asks, and what is stored is their hash,
from the moment on when both have signed. So nobody can change one without the other being seen.
"""

from dataclasses import dataclass
from enum import StrEnum

from common.aggregate import Origin
from common.canonical import digest
from common.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from meetings.domain.content import content
from meetings.domain.meeting import Meeting
from meetings.domain.record import Amendment, Answer, MeetingState
from meetings.domain.roles import forbid_leaders


class Phase(StrEnum):
    """How far the minutes are."""

    LIVE = "live"
    DRAFT = "draft"
    AMENDING = "amending"
    FINAL = "final"


@dataclass(frozen=True)
class Minutes:
    """The minutes as they are now. `intact` says whether the record still gives the hash that was sealed."""

    phase: Phase
    content: dict[str, object]
    hash: str
    intact: bool


def minutes(meeting: Meeting) -> Minutes:
    """Write the minutes from the record."""
    held = content(meeting)
    found = digest(held)
    return Minutes(phase(meeting), held, found, meeting.seal in ("", found))


def phase(meeting: Meeting) -> Phase:
    """Tell how far the minutes are. Raises Conflict where there was no meeting."""
    if meeting.state in (MeetingState.SIGNED, MeetingState.PUBLISHED):
        return Phase.FINAL
    if meeting.state is MeetingState.MINUTED:
        return Phase.AMENDING if meeting.amendments else Phase.DRAFT
    if meeting.state in (MeetingState.IN_SESSION, MeetingState.ADJOURNED):
        return Phase.LIVE
    raise Conflict(f"the meeting is {meeting.state}: there are no minutes of it")


def record(meeting: Meeting, text: str, origin: Origin) -> None:
    """Write the recorder's draft; an earlier one is kept."""
    before, new = meeting.minutes, origin.id not in meeting.taken
    meeting.record(text, origin)
    if before and new:
        meeting.drafts.append(before)


def amend(meeting: Meeting, party: str, wanted: str, origin: Origin) -> None:
    """Ask for an amendment, as somebody who attended. It stands beside the draft, whatever becomes of it."""
    forbid_leaders(origin)
    if not meeting.take(origin):
        return
    _require_draft(meeting)
    present = {there.party for there in meeting.attendance} | {said.party for said in meeting.statements}
    if party not in present:
        raise Invalid([Fault("party", f"{party!r} did not attend; {', '.join(sorted(present))} did")])
    meeting.amendments.append(Amendment(party, wanted, origin.by, origin.at))
    meeting.signatures = []


def answer(meeting: Meeting, number: int, taken_up: Answer, origin: Origin) -> None:
    """Answer an amendment, once: taken up or not, and why. `number` counts them from 1."""
    forbid_leaders(origin)
    if origin.by != meeting.recorder:
        raise Forbidden("only this meeting's own recorder may do this")
    if not meeting.take(origin):
        return
    _require_draft(meeting)
    if not 0 < number <= len(meeting.amendments):
        raise NotFound("amendment", str(number))
    asked = meeting.amendments[number - 1]
    if asked.answer:
        raise Conflict(f"amendment {number} has its answer; whoever disagrees asks for another one")
    meeting.amendments[number - 1] = Amendment(asked.party, asked.wanted, asked.by, asked.at, taken_up)
    meeting.signatures = []


def sign(meeting: Meeting, origin: Origin) -> None:
    """Sign; the second signature seals. Every amendment has its answer by then."""
    waiting = [str(number) for number, asked in enumerate(meeting.amendments, 1) if asked.answer is None]
    if waiting and meeting.state is MeetingState.MINUTED:
        raise Conflict(f"amendment {', '.join(waiting)} waits for an answer: take it up or say why not, then sign")
    meeting.sign(origin)
    if meeting.state is MeetingState.SIGNED and not meeting.seal:
        meeting.seal = digest(content(meeting))


def _require_draft(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.MINUTED:
        raise Conflict(f"the meeting is {meeting.state}; amendments are to a draft that is not signed yet")
