"""Translates Open311 GeoReport v2: portals and apps that speak it bring issues, and follow them.

Without a token it shows what is public: that there is an issue of a category, where it stands, and why. What people
wrote, and where, is for those who may read issues, and for the system that brought it.
"""

from fastapi import APIRouter, FastAPI

from common.county import County
from intake.api.open311 import requests, services, updates
from intake.api.open311.door import Route
from intake.api.open311.services import Catalogue
from intake.handlers.requests import Requests


def routes(app: FastAPI, portal: Requests, county: County) -> None:
    """Put the routes into the application."""
    router = APIRouter(prefix="/open311/v2", route_class=Route)
    catalogue = Catalogue(county)
    services.routes(router, catalogue)
    requests.routes(router, portal, catalogue)
    updates.routes(router, portal, catalogue)
    app.include_router(router)
