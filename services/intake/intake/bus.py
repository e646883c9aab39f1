"""Translates the bus: what intake hears."""

from common.bus import Bus
from common.events import (
    DeptIssue,
    IssueLinked,
    IssueMerged,
    IssueUnmerged,
    TopicClosed,
    TopicDecided,
    TopicEnded,
    TopicReferred,
    TopicReopened,
)
from intake.handlers import Intake


def listen(bus: Bus, intake: Intake) -> None:
    """Hear departments, and what became of the topics."""
    bus.listen(DeptIssue, intake.receive, refused=intake.refuse)
    bus.listen(IssueMerged, intake.absorb)
    bus.listen(IssueLinked, intake.linked)
    bus.listen(IssueUnmerged, intake.parted)
    bus.listen(TopicDecided, intake.adopt)
    bus.listen(TopicReferred, intake.moved)
    bus.listen(TopicEnded, intake.end)
    bus.listen(TopicClosed, intake.close)
    bus.listen(TopicReopened, intake.reopen)
