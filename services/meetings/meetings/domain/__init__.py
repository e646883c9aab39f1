"""Decides about councils (议事会), the research and deliberation of topics (调研、协商), and their meetings."""

from meetings.domain.council import Council, Member, Tier
from meetings.domain.deliberation import Deliberation
from meetings.domain.floor import Floor, FloorView, Turn
from meetings.domain.matching import Suggestion, best, suggestion
from meetings.domain.matter import TopicState
from meetings.domain.meeting import Meeting
from meetings.domain.options import Option, Reply, Standing
from meetings.domain.plan import Call, Finding, Method, Plan, Round
from meetings.domain.record import (
    Attendance,
    Consideration,
    Entry,
    MeetingState,
    Mood,
    Position,
    Result,
    Signature,
    Stance,
    Statement,
    What,
    When,
)
from meetings.domain.seats import Acknowledgement, Duty, Seat, Terms
from meetings.domain.vote import LAWS, Ballot, Count, Measure, Tally, VoteKind

__all__ = [
    "LAWS",
    "Acknowledgement",
    "Attendance",
    "Ballot",
    "Call",
    "Consideration",
    "Council",
    "Count",
    "Deliberation",
    "Duty",
    "Entry",
    "Finding",
    "Floor",
    "FloorView",
    "Measure",
    "Meeting",
    "MeetingState",
    "Member",
    "Method",
    "Mood",
    "Option",
    "Plan",
    "Position",
    "Reply",
    "Result",
    "Round",
    "Seat",
    "Signature",
    "Stance",
    "Standing",
    "Statement",
    "Suggestion",
    "Tally",
    "Terms",
    "Tier",
    "TopicState",
    "Turn",
    "VoteKind",
    "What",
    "When",
    "best",
    "suggestion",
]
