"""Arranges: what outcomes does when something is heard, asked, or due."""

from outcomes.handlers.outcomes import Outcomes
from outcomes.handlers.ports import Card, Cover, Done, Explanation, Figures, Publication, Step

__all__ = ["Card", "Cover", "Done", "Explanation", "Figures", "Outcomes", "Publication", "Step"]
