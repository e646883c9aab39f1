"""What meetings says (steps 3 调研 and 4 协商)."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from common.events.event import PUBLIC, Event, Id, PersonMet, Phase


class MeetingsPersonMet(PersonMet, type="yishi.meetings.person.met.v1", heard_by=("notify",)):
    """Meetings met a person."""


class TopicResearched(
    Event, type="yishi.meetings.topic.researched.v1", heard_by=("outcomes", PUBLIC), phase=Phase.RESEARCH
):
    """Research before deliberation has a finding (议前调研)."""

    topic_id: Id
    finding: str
    method: str


class MeetingConvened(
    Event, type="yishi.meetings.meeting.convened.v1", heard_by=("notify", "outcomes"), phase=Phase.DELIBERATE
):
    """A meeting is called. `sequence` counts the topic's meetings from 1."""

    topic_id: Id
    meeting_id: Id
    title: str
    sequence: int
    venue: str
    starts_at: AwareDatetime
    people: tuple[Id, ...] = ()


class MeetingPostponed(Event, type="yishi.meetings.meeting.postponed.v1", heard_by=("notify",), phase=Phase.DELIBERATE):
    """A meeting that was called is moved: `starts_at` and `venue` are the new ones."""

    topic_id: Id
    meeting_id: Id
    title: str
    sequence: int
    venue: str
    starts_at: AwareDatetime
    reason: str
    people: tuple[Id, ...] = ()


class MeetingCancelled(Event, type="yishi.meetings.meeting.cancelled.v1", heard_by=("notify",), phase=Phase.DELIBERATE):
    """A meeting that was called does not take place, or was broken off."""

    topic_id: Id
    meeting_id: Id
    title: str
    sequence: int
    reason: str
    people: tuple[Id, ...] = ()


class Dissent(BaseModel):
    """An objection that remains: whose, why, what would remove it, and how it was considered.

    `option` is the option it is about; None where it is about the matter as a whole.
    """

    model_config = ConfigDict(frozen=True)

    party: str
    reason: str
    remedy: str | None = None
    option: str | None = None
    considered: str | None = None


class Stood(BaseModel):
    """Where a party stood at the end of a meeting, on an option or on the matter as a whole."""

    model_config = ConfigDict(frozen=True)

    party: str
    stance: Literal["support", "live_with", "object", "abstain"]
    reason: str | None = None
    remedy: str | None = None
    option: str | None = None


class Temper(BaseModel):
    """How heated people were (情绪) and how far apart (分歧): from 1, calm and near, to 5, heated and far."""

    model_config = ConfigDict(frozen=True)

    emotion: int
    dispute: int


class MeetingAdjourned(
    Event, type="yishi.meetings.meeting.adjourned.v1", heard_by=("meetings", "outcomes"), phase=Phase.DELIBERATE
):
    """A meeting is over, with its result. `people` are the known participants, `heads` counts all of them.

    `conclusion` is what was agreed on (CONSENSUS), or why there is no agreement (NO_CONSENSUS). `heard` are the parties
    that have spoken, `reply_by` the day until which an objection that remains is owed a reply.
    """

    topic_id: Id
    meeting_id: Id
    sequence: int
    division: str
    result: Literal["CONSENSUS", "PARTIAL", "CONTINUE", "NO_CONSENSUS"]
    heads: int
    people: tuple[Id, ...] = ()
    summary: str
    conclusion: str = ""
    dissent: tuple[Dissent, ...] = ()
    heard: tuple[str, ...] = ()
    option: str | None = None
    positions: tuple[Stood, ...] = ()
    before: Temper | None = None
    after: Temper | None = None
    reply_by: date | None = None


class MinutesPublished(Event, type="yishi.meetings.minutes.published.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """The signed minutes of a meeting can be read. `sha256` is the hash they were sealed with, as canonical JSON."""

    topic_id: Id
    meeting_id: Id
    sequence: int
    sha256: str = ""


class TopicAgreed(
    Event, type="yishi.meetings.topic.agreed.v1", heard_by=("outcomes", "notify"), phase=Phase.DELIBERATE
):
    """Those concerned agree (达成共识). `people` are the reporters and the known participants."""

    topic_id: Id
    title: str
    division: str
    agreement: str
    meetings: int
    dissent: tuple[Dissent, ...] = ()
    people: tuple[Id, ...] = ()


class TopicEnded(
    Event, type="yishi.meetings.topic.ended.v1", heard_by=("intake", "outcomes", "notify"), phase=Phase.DELIBERATE
):
    """Consultation ended without agreement: a legitimate end, explained to everyone (未达成共识).

    `round` counts how often the topic has begun; it was reopened in between.
    """

    topic_id: Id
    title: str
    division: str
    explanation: str
    meetings: int
    dissent: tuple[Dissent, ...] = ()
    people: tuple[Id, ...] = ()
    round: int = 1


class MeetingsTopicJoined(Event, type="yishi.meetings.topic.joined.v1", heard_by=("outcomes",), phase=Phase.DELIBERATE):
    """More people are concerned with a topic whose deliberation is over."""

    topic_id: Id
    people: tuple[Id, ...]


class TopicUrged(Event, type="yishi.meetings.topic.urged.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """A covering leader urges (包抓督导)."""

    topic_id: Id
    meeting_id: Id
    division: str
    text: str


class ReplyOwed(Event, type="yishi.meetings.reply.owed.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """A party whose objection remains is owed a reply until a day."""

    topic_id: Id
    meeting_id: Id
    party: str
    reason: str
    due_on: date
    option: str | None = None


class ReplyGiven(Event, type="yishi.meetings.reply.given.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """A party has had its reply; whether in time is the difference of two days."""

    topic_id: Id
    party: str
    text: str
    due_on: date
    given_on: date
    option: str | None = None


class VoteCalled(Event, type="yishi.meetings.vote.called.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """What law leaves to a vote goes to that vote: which body, under which law, and what it takes, in words."""

    topic_id: Id
    title: str
    division: str
    kind: str
    body: str
    source: str
    thresholds: tuple[str, ...]
    proposal: str
    dissent: tuple[Dissent, ...] = ()


class VoteCounted(Event, type="yishi.meetings.vote.counted.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """The result of a vote was taken back in; `shortfalls` say what was not reached."""

    topic_id: Id
    kind: str
    held_on: date
    passed: bool
    shortfalls: tuple[str, ...] = ()
