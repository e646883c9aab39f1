"""Decides about issues (议题线索) and the topics (议题) they become."""

from common.words import sought
from intake.domain.desk import GOING_ON, OPEN, RESIDENTS, WAITING, Conditions, Content, IssueState
from intake.domain.issue import Issue, require_ready
from intake.domain.joining import hold, link, merge, part
from intake.domain.likeness import Known, Likeness, Rarity, Why, suggest
from intake.domain.marks import TOWNSHIP, marks
from intake.domain.tier import at_tier, lies_in, tier_of
from intake.domain.topic import How, Topic, TopicState
from intake.domain.update import SETTLED, Update

__all__ = [
    "GOING_ON",
    "OPEN",
    "RESIDENTS",
    "SETTLED",
    "TOWNSHIP",
    "WAITING",
    "Conditions",
    "Content",
    "How",
    "Issue",
    "IssueState",
    "Known",
    "Likeness",
    "Rarity",
    "Topic",
    "TopicState",
    "Update",
    "Why",
    "at_tier",
    "hold",
    "lies_in",
    "link",
    "marks",
    "merge",
    "part",
    "require_ready",
    "sought",
    "suggest",
    "tier_of",
]
