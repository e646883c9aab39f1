"""Translates the county's categories into Open311's services, and says where everything is."""

import hashlib
import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from common.auth import public
from common.county import County
from common.errors import NotFound
from intake.api.open311.door import here
from intake.api.open311.form import Format, Item, many, one

Jurisdiction = Annotated[str | None, Query(max_length=64)]

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00+08:00"
EXTENSIONS = {
    "servicerequestupdates": "GET and POST: what became of requests, and what is added to them",
    "extensions": "`extensions=true` on GET requests: extended_attributes with title, division and detailed_status",
    "paging": "`page` from 1, and `page_size`, on GET requests and updates",
    "bbox": "`bbox=west,south,east,north` on GET requests, with a token",
    "media_url": "may stand several times in a POST; all of them are in extended_attributes",
    "attributes": "division, title, occurred_at and external_id are attributes of every service",
}
"""What stands beside GeoReport v2 here: it was frozen in 2011, and its users have asked for these since."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Catalogue:
    """The county's categories under codes that can stand in an address, whatever their names are."""

    def __init__(self, county: County) -> None:
        self.county = county
        names = county.scope.categories
        above = {name.rpartition("/")[0] for name in names}
        self.leaves = [name for name in names if name not in above]
        self._names = {code_of(name): name for name in county.scope.known}
        whole = f"{county.code}000000"
        self.whole = whole if county.division(whole) else None

    def category(self, code: str) -> str:
        """Find a category by its code or its name. Raises NotFound."""
        name = self._names.get(code, code)
        if not self.county.scope.knows(name):
            raise NotFound("service_code", code)
        return name

    def here(self, jurisdiction: str | None) -> None:
        """Raise NotFound for a jurisdiction that is not this county."""
        here(self.county.code, jurisdiction)


def code_of(category: str) -> str:
    """Give a category's code: its name, or ten digits that stand for it."""
    return category if _PLAIN.fullmatch(category) else hashlib.sha256(category.encode()).hexdigest()[:10]


def name_of(category: str) -> str:
    """Give a category's own name, without those above it."""
    return category.rpartition("/")[2]


def routes(router: APIRouter, catalogue: Catalogue) -> None:
    """Put the routes into the router."""

    @router.get("/discovery.{format}", dependencies=[public])
    async def discovery(request: Request, format: Format) -> Response:
        base = str(request.url).rpartition("/")[0]
        formats = ["text/xml", "application/json"]
        endpoint = {"specification": SPECIFICATION, "url": base, "changeset": CHANGESET, "type": "production"}
        contact = f"{catalogue.county.name.zh}协商议事"
        key = "api_key is a bearer token of this county, in the body of a POST; ask the county's consultation office"
        found = {"changeset": CHANGESET, "contact": contact, "key_service": key}
        return one(
            format, "discovery", {**found, "endpoints": [{**endpoint, "formats": formats}], "extensions": EXTENSIONS}
        )

    @router.get("/services.{format}", dependencies=[public])
    async def services(format: Format, jurisdiction_id: Jurisdiction = None) -> Response:
        catalogue.here(jurisdiction_id)
        return many(format, "services", "service", [_service(name) for name in catalogue.leaves])

    @router.get("/services/{service_code}.{format}", dependencies=[public])
    async def definition(service_code: str, format: Format, jurisdiction_id: Jurisdiction = None) -> Response:
        catalogue.here(jurisdiction_id)
        category = catalogue.category(service_code)
        attributes = {"service_code": code_of(category), "attributes": _attributes(catalogue)}
        return one(format, "service_definition", attributes)


def _service(category: str) -> Item:
    group, _, name = category.rpartition("/")
    return {
        "service_code": code_of(category),
        "service_name": name,
        "description": category,
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(filter(None, category.split("/"))),
        "group": group or name,
    }


def _attributes(catalogue: Catalogue) -> list[Item]:
    divisions = [{"key": d.code, "name": f"{d.name} {d.code}"} for d in catalogue.county.divisions]
    return [
        _attribute("division", "singlevaluelist", "区划", 1, required=catalogue.whole is None) | {"values": divisions},
        _attribute("title", "string", "标题", 2),
        _attribute("occurred_at", "datetime", "发生时间", 3),
        _attribute("external_id", "string", "来源系统中的编号", 4),
    ]


def _attribute(code: str, datatype: str, description: str, order: int, *, required: bool = False) -> dict[str, object]:
    return {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": required,
        "datatype_description": None,
        "order": order,
        "description": description,
    }
