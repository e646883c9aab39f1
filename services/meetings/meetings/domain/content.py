"""What the minutes hold (纪要内容): all that was recorded, in a form that gives one hash."""

from datetime import UTC, datetime

from meetings.domain.history import called, history
from meetings.domain.meeting import Meeting
from meetings.domain.record import Amendment, Entry, What

FORM = "yishi/minutes/1"
"""Whatever changes below needs a new form beside this one: what was sealed in the old one keeps its hash for ever."""

Json = dict[str, object]


def content(meeting: Meeting) -> Json:
    """Give what is hashed. Nobody's person id is in it, and everybody seated is called what their seat is called."""
    # by its time: what devices brought later stands where it happened
    course = sorted(history(meeting), key=lambda entry: entry.at)
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
        **_presence(meeting),
        "said": [_said(meeting, entry) for entry in course if entry.what in (What.SPOKE, What.COMMENTED, What.URGED)],
        "positions": [_position(meeting, entry) for entry in course if entry.what is What.STOOD] or _unnoted(meeting),
        **_temper(meeting),
        "result": meeting.result.value if meeting.result else "",
        "option": meeting.option or "",
        "summary": meeting.summary,
        "conclusion": meeting.conclusion,
        "text": meeting.minutes,
        "amendments": [_amendment(asked) for asked in meeting.amendments],
    }


def _presence(meeting: Meeting) -> Json:
    heads: dict[str, int] = {}
    for there in meeting.attendance:
        if there.party:
            heads[there.party] = heads.get(there.party, 0) + there.heads
    advisors = [seat for seat in meeting.seats if not seat.party]
    return {
        "attended": [{"party": party, "heads": number} for party, number in heads.items()],
        "advised": [called(meeting, seat.who) for seat in advisors if seat.who in meeting.arrived],
        "absent": [
            *(party for party in meeting.parties if party not in heads),
            *(called(meeting, seat.who) for seat in advisors if seat.who not in (*meeting.arrived, *meeting.recused)),
        ],
        "recused": [called(meeting, who) for who in meeting.recused],
    }


def _temper(meeting: Meeting) -> Json:
    return {
        "considered": [
            {"party": one.party, "option": one.option or "", "reason": one.reason, "text": one.text}
            for one in meeting.considered
        ],
        "moods": [
            {"when": mood.when.value, "party": mood.party, "emotion": mood.emotion, "dispute": mood.dispute}
            for mood in meeting.moods
        ],
        "dissent": [
            {
                "party": dissent.party,
                "option": dissent.option or "",
                "reason": dissent.reason,
                "remedy": dissent.remedy or "",
                "considered": dissent.considered or "",
            }
            for dissent in meeting.dissent()
        ],
    }


def _said(meeting: Meeting, entry: Entry) -> Json:
    text = entry.text if entry.number is None else meeting.statements[entry.number].text
    return {
        "at": _moment(entry.at),
        "what": entry.what.value,
        "party": entry.party,
        "speaker": called(meeting, entry.who, entry.party),
        "text": text,
    }


def _position(meeting: Meeting, entry: Entry) -> Json:
    position = meeting.positions[entry.number or 0]
    return {
        "party": position.party,
        "option": position.option or "",
        "stance": position.stance.value,
        "reason": position.reason or "",
        "remedy": position.remedy or "",
    }


def _unnoted(meeting: Meeting) -> list[Json]:
    """List positions that were taken before meetings kept their course."""
    numbers = range(len(meeting.positions))
    return [_position(meeting, Entry(What.STOOD, meeting.starts_at, "", number=number)) for number in numbers]


def _amendment(asked: Amendment) -> Json:
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
