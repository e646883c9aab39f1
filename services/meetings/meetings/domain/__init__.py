"""Decides about councils (议事会), the research and deliberation of topics (调研、协商), and their meetings."""

from meetings.domain.council import Council, Member, Tier
from meetings.domain.deliberation import Call, Deliberation, Finding, Method, Plan, Round, TopicState
from meetings.domain.meeting import Meeting
from meetings.domain.record import Attendance, MeetingState, Position, Result, Signature, Stance, Statement

__all__ = [
    "Attendance",
    "Call",
    "Council",
    "Deliberation",
    "Finding",
    "Meeting",
    "MeetingState",
    "Member",
    "Method",
    "Plan",
    "Position",
    "Result",
    "Round",
    "Signature",
    "Stance",
    "Statement",
    "Tier",
    "TopicState",
]
