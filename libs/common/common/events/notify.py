"""What notify says."""

from pydantic import AwareDatetime

from common.events.event import PUBLIC, Event, Id, Phase, Text


class ReplyReceived(Event, type="yishi.notify.reply.received.v1", heard_by=("outcomes",)):
    """A person answered a message; `topic_id` is the topic of the last message that asked for an answer."""

    person_id: Id
    text: str
    topic_id: Id | None = None


class CampaignFinished(Event, type="yishi.notify.campaign.finished.v1", heard_by=(PUBLIC,)):
    """Every message of a campaign has reached its end."""

    campaign_id: Id
    topic_id: Id | None = None
    delivered: int
    failed: int
    suppressed: int


class PersonSilenced(Event, type="yishi.notify.person.silenced.v1", heard_by=(PUBLIC,)):
    """A person asked for no more messages (退订)."""

    person_id: Id


class IssueTexted(Event, type="yishi.notify.issue.texted.v1", heard_by=(PUBLIC,), phase=Phase.PROPOSE):
    """A person brought in an issue by SMS; `reply_id` is the same however often the message comes."""

    person_id: Id
    reply_id: Id
    text: Text
    received_at: AwareDatetime
