"""Translates the bus: what outcomes hears."""

from common.bus import Bus
from common.events import (
    CardDue,
    DeptTask,
    MeetingAdjourned,
    MeetingsTopicJoined,
    OutcomeReported,
    ReplyReceived,
    TaskVerified,
    TopicAgreed,
    TopicEnded,
)
from outcomes.handlers import Outcomes


def listen(bus: Bus, outcomes: Outcomes) -> None:
    """Hear meetings and how topics came out of them, departments, people's replies, and itself."""
    bus.listen(MeetingAdjourned, outcomes.record)
    bus.listen(TopicAgreed, outcomes.conclude)
    bus.listen(TopicEnded, outcomes.conclude)
    bus.listen(MeetingsTopicJoined, outcomes.join)
    bus.listen(OutcomeReported, outcomes.assign)
    bus.listen(DeptTask, outcomes.work.receive, refused=outcomes.work.refuse)
    bus.listen(TaskVerified, outcomes.feedback.follow)
    bus.listen(CardDue, outcomes.supervision.wake)
    bus.listen(ReplyReceived, outcomes.feedback.listen)
