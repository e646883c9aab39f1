"""Decides who hears what by SMS, how often (once), and what a gateway's answer means."""

from notify.domain.campaign import Campaign, CampaignState
from notify.domain.notice import OPEN, Notice, NoticeState
from notify.domain.outcome import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown
from notify.domain.person import GROUP, Person
from notify.domain.receipt import Kept, Part, Receipt, normal, readings
from notify.domain.text import LONGEST, LONGEST_VALUE, asks_to_stop, clip, fields, parts, plain, raises, segments, units

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
    "Kept",
    "Notice",
    "NoticeState",
    "Outcome",
    "Part",
    "Person",
    "Receipt",
    "Refused",
    "Unknown",
    "asks_to_stop",
    "clip",
    "fields",
    "normal",
    "parts",
    "plain",
    "raises",
    "readings",
    "segments",
    "units",
]
