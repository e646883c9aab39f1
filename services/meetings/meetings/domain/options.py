"""The options of a topic, where everyone stands on them, and the replies owed to those who object."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.errors import Conflict, NotFound
from common.events import MeetingAdjourned

MOST = 50
"""So many options a topic may have: more cannot be compared by anybody."""


@dataclass(frozen=True)
class Option:
    """A way in which the matter could be settled; `dropped` says why it is no longer on the table."""

    key: str
    title: str
    text: str
    by: str
    at: datetime
    dropped: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where a party stood last on an option (None: on the matter as a whole), and in which meeting that was."""

    party: str
    stance: str
    sequence: int
    reason: str | None = None
    remedy: str | None = None
    option: str | None = None


@dataclass(frozen=True)
class Reply:
    """What is owed to a party whose objection remains; `text` and `given_on` once it has been given."""

    party: str
    reason: str
    due_on: date
    meeting_id: str
    option: str | None = None
    text: str | None = None
    given_on: date | None = None

    @property
    def to(self) -> tuple[str, str | None, str]:
        """Tell to which objection it belongs."""
        return self.party, self.option, self.reason


def with_option(options: Sequence[Option], title: str, text: str, by: str, at: datetime) -> list[Option]:
    """Put an option on the table."""
    if len(options) == MOST:
        raise Conflict(f"there are {MOST} options already: take up one of them")
    return [*options, Option(f"option-{len(options) + 1}", title, text, by, at)]


def without_option(options: Sequence[Option], key: str, reason: str) -> list[Option]:
    """Take an option off the table; it stays on the record. Raises NotFound."""
    if all(option.key != key for option in options):
        raise NotFound("option", key)
    return [replace(option, dropped=reason) if option.key == key else option for option in options]


def standings(before: Sequence[Standing], fact: MeetingAdjourned) -> list[Standing]:
    """Take in where the parties stood at the end of a meeting: their last word on each option counts."""
    found = {(standing.party, standing.option): standing for standing in before}
    for stood in fact.positions:
        found[stood.party, stood.option] = Standing(sequence=fact.sequence, **stood.model_dump())
    return list(found.values())


def replies(before: Sequence[Reply], fact: MeetingAdjourned) -> list[Reply]:
    """List what is owed after a meeting: to every objection that stands, once; what was withdrawn is owed no more."""
    given = {reply.to: reply for reply in before}
    owed = []
    for objection in fact.dissent:
        to = objection.party, objection.option, objection.reason
        if to in given:
            owed.append(given[to])
        elif fact.reply_by:
            owed.append(
                Reply(objection.party, objection.reason, fact.reply_by, fact.meeting_id, option=objection.option)
            )
    return owed
