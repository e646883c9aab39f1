"""Decides about issues (议题线索) and the topics (议题) they become."""

from intake.domain.desk import OPEN, WAITING, Conditions, Content, IssueState
from intake.domain.issue import RESIDENTS, Issue, require_ready
from intake.domain.tier import at_tier, lies_in, tier_of
from intake.domain.topic import How, Topic, TopicState
from intake.domain.update import SETTLED, Update
from intake.domain.words import sought

__all__ = [
    "OPEN",
    "RESIDENTS",
    "SETTLED",
    "WAITING",
    "Conditions",
    "Content",
    "How",
    "Issue",
    "IssueState",
    "Topic",
    "TopicState",
    "Update",
    "at_tier",
    "lies_in",
    "require_ready",
    "sought",
    "tier_of",
]
