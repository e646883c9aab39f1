"""Translates the bus: what notify hears."""

from typing import get_args

from common.bus import Bus
from common.events import IntakePersonMet, MeetingsPersonMet
from notify.handlers import Fact, Notify


def listen(bus: Bus, notify: Notify) -> None:
    """Hear who was met, and whatever people are told of."""
    bus.listen(IntakePersonMet, notify.meet)
    bus.listen(MeetingsPersonMet, notify.meet)
    for event in get_args(Fact):
        bus.listen(event, notify.tell)
