"""Remembers issues and topics."""

from pymongo import ASCENDING, IndexModel

from common.store import Documents
from intake.domain import Issue, Topic


class MongoIssues(Documents[Issue]):
    """Issues; their id derives from source and external id, so a repeated one finds the first."""

    kind = Issue
    name = "issues"
    indexes = (
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("content.division", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
    )


class MongoTopics(Documents[Topic]):
    """Topics, as far as intake decides about them."""

    kind = Topic
    name = "topics"
    indexes = (IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)
