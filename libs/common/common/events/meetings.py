"""What meetings says (steps 3 调研 and 4 协商)."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from common.events.event import PUBLIC, Event, Id, PersonMet, Phase


class MeetingsPersonMet(PersonMet, type="yishi.meetings.person.met.v1", heard_by=("notify",)):
    """Meetings met a person."""


class TopicResearched(Event, type="yishi.meetings.topic.researched.v1", heard_by=(PUBLIC,), phase=Phase.RESEARCH):
    """Research before deliberation has a finding (议前调研)."""

    topic_id: Id
    finding: str
    method: str


class MeetingConvened(Event, type="yishi.meetings.meeting.convened.v1", heard_by=("notify",), phase=Phase.DELIBERATE):
    """A meeting is called. `sequence` counts the topic's meetings from 1."""

    topic_id: Id
    meeting_id: Id
    title: str
    sequence: int
    venue: str
    starts_at: AwareDatetime
    people: tuple[Id, ...] = ()


class Dissent(BaseModel):
    """An objection that remains: whose, why, and what would remove it."""

    model_config = ConfigDict(frozen=True)

    party: str
    reason: str
    remedy: str | None = None


class MeetingAdjourned(
    Event, type="yishi.meetings.meeting.adjourned.v1", heard_by=("meetings", "outcomes"), phase=Phase.DELIBERATE
):
    """A meeting is over, with its result. `people` are the known participants, `heads` counts all of them.

    `conclusion` is what was agreed on (CONSENSUS), or why there is no agreement (NO_CONSENSUS).
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


class MinutesPublished(Event, type="yishi.meetings.minutes.published.v1", heard_by=(PUBLIC,), phase=Phase.DELIBERATE):
    """The signed minutes of a meeting can be read."""

    topic_id: Id
    meeting_id: Id
    sequence: int


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
