"""Translates the bus: what outcomes hears."""

from common.bus import Bus
from common.events import (
    CardDue,
    DeptTask,
    Event,
    IssueMerged,
    IssueReceived,
    MeetingAdjourned,
    MeetingConvened,
    MeetingsTopicJoined,
    OutcomeAdopted,
    OutcomeReported,
    OutcomeSubmitted,
    ReplyReceived,
    TaskAssigned,
    TaskReassigned,
    TaskReplied,
    TaskVerified,
    TopicAgreed,
    TopicClosed,
    TopicDecided,
    TopicEnded,
    TopicPublicised,
    TopicRated,
    TopicReferred,
    TopicReopened,
    TopicResearched,
)
from outcomes.handlers import Outcomes

NOTED: tuple[type[Event], ...] = (
    IssueReceived,
    IssueMerged,
    TopicReferred,
    TopicResearched,
    MeetingConvened,
    OutcomeSubmitted,
    OutcomeAdopted,
    TaskAssigned,
    TaskReplied,
    TaskReassigned,
    TopicPublicised,
    TopicRated,
)
"""The facts that are heard for the thread of their topic alone."""


def listen(bus: Bus, outcomes: Outcomes) -> None:
    """Hear meetings and how topics came out of them, departments, people's replies, and itself."""
    bus.listen(MeetingAdjourned, outcomes.record)
    bus.listen(TopicAgreed, outcomes.conclude)
    bus.listen(TopicEnded, outcomes.conclude)
    bus.listen(MeetingsTopicJoined, outcomes.join)
    bus.listen(OutcomeReported, outcomes.assign)
    bus.listen(DeptTask, outcomes.work.receive, refused=outcomes.work.refuse)
    bus.listen(TaskVerified, outcomes.verified)
    bus.listen(CardDue, outcomes.supervision.wake)
    bus.listen(ReplyReceived, outcomes.feedback.listen)
    bus.listen(TopicDecided, outcomes.threads.decided)
    bus.listen(TopicClosed, outcomes.threads.settled)
    bus.listen(TopicReopened, outcomes.threads.settled)
    for fact in NOTED:
        bus.listen(fact, outcomes.threads.note)
