"""Decides who hears what by SMS, how often (once), and what a gateway's answer means."""

from notify.domain.campaign import Campaign, CampaignState
from notify.domain.notice import OPEN, Notice, NoticeState
from notify.domain.outcome import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown
from notify.domain.person import GROUP, Person
from notify.domain.text import LONGEST, LONGEST_VALUE, asks_to_stop, clip, fields, plain, segments, units

__all__ = [
    "GROUP",
    "LONGEST",
    "LONGEST_VALUE",
    "OPEN",
    "Accepted",
    "Again",
    "Campaign",
    "CampaignState",
    "Delivered",
    "Failed",
    "Finding",
    "Notice",
    "NoticeState",
    "Outcome",
    "Person",
    "Refused",
    "Unknown",
    "asks_to_stop",
    "clip",
    "fields",
    "plain",
    "segments",
    "units",
]
