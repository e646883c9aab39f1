"""Arranges: what outcomes does when something is heard, asked, or due."""

from outcomes.handlers.outcomes import Outcomes
from outcomes.handlers.ports import Archive, Card, Cover, Done, Explanation, Figures, Publication, Step

__all__ = ["Archive", "Card", "Cover", "Done", "Explanation", "Figures", "Outcomes", "Publication", "Step"]
