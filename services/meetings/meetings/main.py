"""Wires meetings: the only place that constructs things."""

from common.service import Service
from meetings import api, bus
from meetings.api import live as live_view
from meetings.api import minutes, recordings
from meetings.handlers import Meetings
from meetings.handlers.live import Live
from meetings.handlers.minutes import MinutesDesk
from meetings.handlers.recordings import Recordings
from meetings.store import MongoCouncils, MongoDeliberations, MongoDevices, MongoMeetings, MongoMembers, MongoRecordings


async def main() -> None:
    """Run until a signal."""
    service = Service("meetings")
    store = service.store
    places = (MongoCouncils(store), MongoMembers(store), MongoDeliberations(store), held := MongoMeetings(store))
    meetings = Meetings(*places, service.county, service.sealer)
    live = Live(held)
    service.background(live.run)
    service.leaving(live.close)
    bus.listen(service.bus, meetings)
    api.routes(service.api, meetings)
    minutes.routes(service.api, MinutesDesk(held, service.county))
    live_view.routes(service.api, live)
    brought = Recordings(MongoRecordings(store), MongoDevices(store), meetings, service.county.code)
    recordings.routes(service.api, brought)
    await service.run()
