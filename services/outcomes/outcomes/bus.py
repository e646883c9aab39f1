"""Translates the bus: what outcomes hears."""

from common.bus import Bus
from common.events import (
    CardDue,
    DeptTask,
    MeetingAdjourned,
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
    bus.listen(TopicAgreed, outcomes.agree)
    bus.listen(TopicEnded, outcomes.end)
    bus.listen(OutcomeReported, outcomes.assign)
    bus.listen(DeptTask, outcomes.receive, refused=outcomes.refuse)
    bus.listen(TaskVerified, outcomes.follow)
    bus.listen(CardDue, outcomes.wake)
    bus.listen(ReplyReceived, outcomes.listen)
