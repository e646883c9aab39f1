"""Wires meetings: the only place that constructs things."""

from common.service import Service
from meetings import api, bus
from meetings.handlers import Meetings
from meetings.store import MongoCouncils, MongoDeliberations, MongoMeetings, MongoMembers


async def main() -> None:
    """Run until a signal."""
    service = Service("meetings")
    store = service.store
    places = (MongoCouncils(store), MongoMembers(store), MongoDeliberations(store), MongoMeetings(store))
    meetings = Meetings(*places, service.county, service.sealer)
    bus.listen(service.bus, meetings)
    api.routes(service.api, meetings)
    await service.run()
