"""The minutes (会议纪要), made from what is recorded of a meeting: live, drafted, amended, final.

They are not stored: they are written anew from the record whenever somebody asks, and what is stored is their hash,
from the moment on when both have signed. So nobody can change one without the other being seen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from common.aggregate import Origin
from common.canonical import digest
from common.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from meetings.domain.meeting import Meeting
from meetings.domain.record import Amendment, Answer, MeetingState

FORM = "yishi/minutes/1"
"""What the minutes hold, and in which form. Whatever changes that needs a new form beside this one: what was sealed in
an old form must give its old hash for ever."""


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
    content = _content(meeting)
    found = digest(content)
    return Minutes(phase(meeting), content, found, meeting.seal in ("", found))


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
    _no_leader(origin)
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
    _no_leader(origin)
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
        meeting.seal = digest(_content(meeting))


def _content(meeting: Meeting) -> dict[str, object]:
    """Give what is hashed: all that was recorded, but nobody's person id."""
    heads: dict[str, int] = {}
    for there in meeting.attendance:
        heads[there.party] = heads.get(there.party, 0) + there.heads
    return {
        "form": FORM,
        "meeting_id": meeting.id,
        "topic_id": meeting.topic_id,
        "title": meeting.title,
        "division": meeting.division,
        "council_id": meeting.council_id,
        "sequence": meeting.sequence,
        "venue": meeting.venue,
        "starts_at": _moment(meeting.starts_at),
        "agenda": list(meeting.agenda),
        "host": meeting.host,
        "recorder": meeting.recorder,
        "parties": list(meeting.parties),
        "attended": [{"party": party, "heads": number} for party, number in heads.items()],
        "absent": [party for party in meeting.parties if party not in heads],
        "said": [{"at": _moment(said.at), "party": said.party, "text": said.text} for said in meeting.statements],
        "positions": [
            {
                "party": position.party,
                "stance": position.stance.value,
                "reason": position.reason or "",
                "remedy": position.remedy or "",
            }
            for position in meeting.positions
        ],
        "dissent": [
            {"party": dissent.party, "reason": dissent.reason, "remedy": dissent.remedy or ""}
            for dissent in meeting.dissent()
        ],
        "result": meeting.result.value if meeting.result else "",
        "summary": meeting.summary,
        "conclusion": meeting.conclusion,
        "text": meeting.minutes,
        "amendments": [_amendment(asked) for asked in meeting.amendments],
    }


def _amendment(asked: Amendment) -> dict[str, object]:
    answer = asked.answer
    return {
        "party": asked.party,
        "wanted": asked.wanted,
        "at": _moment(asked.at),
        "taken_up": bool(answer and answer.taken_up),
        "answer": answer.reason if answer else "",
    }


def _moment(at: datetime) -> str:
    """Write a moment as MongoDB keeps it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _require_draft(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.MINUTED:
        raise Conflict(f"the meeting is {meeting.state}; amendments are to a draft that is not signed yet")


def _no_leader(origin: Origin) -> None:
    if "leader" in origin.roles:
        raise Forbidden("a leader guides and does not lead (指导不主导、包抓不包办): use a token without that role")
