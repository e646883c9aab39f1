"""Decides about issues (议题线索) and the topics (议题) they become."""

from intake.domain.issue import RESIDENTS, Content, Issue, IssueState, require_free
from intake.domain.topic import Topic, TopicState
from intake.domain.update import SETTLED, Update

__all__ = ["RESIDENTS", "SETTLED", "Content", "Issue", "IssueState", "Topic", "TopicState", "Update", "require_free"]
