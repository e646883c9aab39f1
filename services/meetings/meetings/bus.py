"""Translates the bus: what meetings hears."""

from common.bus import Bus
from common.events import MeetingAdjourned, TopicClosed, TopicDecided, TopicJoined, TopicReferred, TopicReopened
from meetings.handlers import Meetings


def listen(bus: Bus, meetings: Meetings) -> None:
    """Hear which topics there are, how their meetings ended, and that they are done or come back."""
    bus.listen(TopicDecided, meetings.begin)
    bus.listen(TopicJoined, meetings.join)
    bus.listen(TopicReferred, meetings.move)
    bus.listen(MeetingAdjourned, meetings.follow)
    bus.listen(TopicClosed, meetings.close)
    bus.listen(TopicReopened, meetings.reopen)
