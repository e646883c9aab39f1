"""Declares what outcomes needs beside its collections, and what it answers with."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from outcomes.domain.activity import Totals
from outcomes.domain.task import Colour, Task


class Figures(Protocol):
    """What is counted and sought across all things at once, in the store."""

    async def totals(self) -> Totals:
        """Count everything."""
        ...

    async def due(self, by: date) -> list[Task]:
        """List the tasks not verified that are due on or before a day."""
        ...


@dataclass(frozen=True)
class Card:
    """A task that needs attention, and how much."""

    colour: Colour
    task: Task
