"""Remembers councils, members, deliberations and meetings."""

from pymongo import ASCENDING, IndexModel

from common.store import Documents
from meetings.domain import Council, Deliberation, Meeting, Member
from meetings.domain.device import Device
from meetings.domain.recording import Recording


class MongoCouncils(Documents[Council]):
    """Councils."""

    kind = Council
    name = "councils"
    indexes = (IndexModel([("division", ASCENDING), ("_id", ASCENDING)]),)


class MongoMembers(Documents[Member]):
    """Members, by the council they serve in."""

    kind = Member
    name = "members"
    indexes = (IndexModel([("council_id", ASCENDING), ("_id", ASCENDING)]),)


class MongoDeliberations(Documents[Deliberation]):
    """Topics, as far as meetings decides about them; their id is the topic's."""

    kind = Deliberation
    name = "deliberations"
    indexes = (IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)


class MongoMeetings(Documents[Meeting]):
    """Meetings; among those of one topic the order of their ids is the order of their numbers."""

    kind = Meeting
    name = "meetings"
    indexes = (
        IndexModel([("topic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("called_by", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    )


class MongoRecordings(Documents[Recording]):
    """What devices recorded of meetings; their id is the meeting's."""

    kind = Recording
    name = "recordings"


class MongoDevices(Documents[Device]):
    """Devices that may bring recordings."""

    kind = Device
    name = "devices"
