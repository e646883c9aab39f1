"""What notify says."""

from common.events.event import PUBLIC, Event, Id


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
