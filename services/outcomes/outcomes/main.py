"""Wires outcomes: the only place that constructs things."""

from common.service import Service
from common.timers import Sweeper
from outcomes import api, bus
from outcomes.handlers import Archive, Outcomes
from outcomes.store import MongoActivities, MongoCases, MongoFigures, MongoOutcomes, MongoTasks, MongoTrail


async def main() -> None:
    """Run until a signal."""
    service = Service("outcomes")
    tasks = MongoTasks(service.store)
    results = MongoOutcomes(service.store)
    ledgers = MongoActivities(service.store), results, tasks
    archive = Archive(MongoTrail(service.store), MongoCases(service.store))
    outcomes = Outcomes(*ledgers, archive, MongoFigures(*ledgers), service.county)
    bus.listen(service.bus, outcomes)
    api.routes(service.api, outcomes)
    service.background(Sweeper(tasks.due, outcomes.supervision.show_cards).run)
    service.background(Sweeper(results.due, outcomes.feedback.look).run)
    await service.run()
