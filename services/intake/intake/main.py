"""Wires intake: the only place that constructs things."""

from common.service import Service
from intake import api, bus
from intake.api import alike, events, imports, lists, open311
from intake.handlers import Intake
from intake.handlers.alike import Alike
from intake.handlers.imports import Imports
from intake.handlers.lists import Lists
from intake.handlers.requests import Requests
from intake.store import MongoIssues, MongoTopics


async def main() -> None:
    """Run until a signal."""
    service = Service("intake")
    issues, topics = MongoIssues(service.store), MongoTopics(service.store)
    intake = Intake(issues, topics, service.county, service.sealer)
    bus.listen(service.bus, intake)
    api.routes(service.api, intake)
    alike.routes(service.api, intake, Alike(issues, issues))
    lists.routes(service.api, Lists(issues, topics, service.county))
    events.routes(service.api, intake, service.county.has_system, service.bus.answer)
    imports.routes(service.api, Imports(intake), service.county, service.sealer)
    open311.routes(service.api, Requests(intake, issues), service.county)
    await service.run()
