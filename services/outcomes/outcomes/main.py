"""Wires outcomes: the only place that constructs things."""

from common.service import Service
from outcomes import api, bus
from outcomes.handlers import Outcomes
from outcomes.store import MongoActivities, MongoFigures, MongoOutcomes, MongoTasks


async def main() -> None:
    """Run until a signal."""
    service = Service("outcomes")
    ledgers = MongoActivities(service.store), MongoOutcomes(service.store), MongoTasks(service.store)
    outcomes = Outcomes(*ledgers, MongoFigures(*ledgers), service.county)
    bus.listen(service.bus, outcomes)
    api.routes(service.api, outcomes)
    await service.run()
