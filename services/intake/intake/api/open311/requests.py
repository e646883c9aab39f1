"""Translates Open311's service requests: issues come in, and are found again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from common.aggregate import Origin, utc_now
from common.auth import Role
from common.errors import Fault, Forbidden, Invalid
from intake.api.open311.door import Viewer, form_of, keyed, looking
from intake.api.open311.form import Format, Item, many, moment
from intake.api.open311.reports import MEDIA, fact_of, moment_of, said
from intake.api.open311.services import Catalogue, Jurisdiction, code_of, name_of
from intake.domain import Issue
from intake.handlers.requests import Requests, Wanted

SPAN = timedelta(days=90)
MOST = 1000
Page = Annotated[int, Query(ge=1, le=10_000)]
PageSize = Annotated[int, Query(ge=1, le=MOST)]
Looker = Annotated[Viewer, looking]


@dataclass(frozen=True)
class Span:
    """From when until when: 90 days back, where nothing is said."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, start_date: str | None, end_date: str | None) -> "Span":
        """Read both ends. Raises Invalid."""
        end, start = moment_of("end_date", end_date), moment_of("start_date", start_date)
        until = end or min(utc_now(), start + SPAN if start else utc_now())
        since = start or until - SPAN
        if until - since > SPAN:
            raise Invalid([Fault("start_date", "lies more than 90 days before end_date")])
        return cls(since, until)


def routes(router: APIRouter, portal: Requests, catalogue: Catalogue) -> None:
    """Put the routes into the router."""

    @router.post("/requests.{format}", status_code=201)
    async def post_request(
        request: Request,
        format: Format,
        origin: Annotated[Origin, keyed(Role.RESIDENT, Role.CLERK, Role.DEPARTMENT)],
    ) -> Response:
        form = await form_of(request)
        catalogue.here(said(form, "jurisdiction_id") or request.query_params.get("jurisdiction_id"))
        fact = fact_of(form, catalogue, origin)
        take = portal.intake.receive if Role.DEPARTMENT in origin.roles else portal.intake.raise_
        issue = await take(fact, origin)
        answer = {"service_request_id": issue.id, "service_notice": issue.reason, "account_id": None}
        return many(format, "service_requests", "request", [answer], 201)

    @router.get("/requests.{format}")
    async def get_requests(
        request: Request, format: Format, viewer: Looker, page: Page = 1, page_size: PageSize = MOST
    ) -> Response:
        asked = request.query_params
        catalogue.here(asked.get("jurisdiction_id"))
        wanted = _wanted(asked, catalogue, viewer, (page - 1) * page_size, page_size)
        found = await portal.found.search(wanted)
        more = asked.get("extensions") == "true"
        return _requests(format, found, viewer, extended=more)

    @router.get("/requests/{service_request_id}.{format}")
    async def get_request(
        service_request_id: str,
        format: Format,
        viewer: Looker,
        jurisdiction_id: Jurisdiction = None,
        extensions: bool = False,
    ) -> Response:
        catalogue.here(jurisdiction_id)
        issue = await portal.intake.issues.get(service_request_id)
        return _requests(format, [issue], viewer, extended=extensions)


def _requests(format: Format, issues: Sequence[Issue], viewer: Viewer, *, extended: bool) -> Response:
    shown = [_shown(issue, open_=viewer.reads(issue), extended=extended) for issue in issues]
    return many(format, "service_requests", "request", shown)


def _shown(issue: Issue, *, open_: bool, extended: bool) -> Item:
    content, last = issue.content, issue.updates[-1] if issue.updates else None
    place = content.location if open_ else None
    lines = content.description.split("\n")
    media = [line.removeprefix(MEDIA) for line in lines if line.startswith(MEDIA)]
    media = [*media, *(attachment.url for attachment in content.attachments)] if open_ else []
    shown: dict[str, object] = {
        "service_request_id": issue.id,
        "status": "closed" if issue.settled else "open",
        "status_notes": last.reason if last else None,
        "service_name": name_of(content.category),
        "service_code": code_of(content.category),
        "description": content.description if open_ else None,
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": moment(issue.received_at),
        "updated_datetime": moment(last.at if last else issue.received_at),
        "expected_datetime": None,
        "address": place.address if place else None,
        "address_id": None,
        "zipcode": None,
        "lat": place.lat if place else None,
        "long": place.lon if place else None,
        "media_url": media[0] if media else None,
    }
    if extended:
        shown["extended_attributes"] = {
            "detailed_status": last.status if last else "received",
            "division": content.division,
            "title": content.title if open_ else None,
            "topic_id": issue.topic_id,
            "media": media,
        }
    return shown


def _wanted(asked: QueryParams, catalogue: Catalogue, viewer: Viewer, skip: int, limit: int) -> Wanted:
    ids = _list(asked, "service_request_id")
    span = Span.of(asked.get("start_date"), asked.get("end_date"))
    if ids:  # overrides all else, says the specification
        return Wanted(span.since, span.until, ids=ids[:MOST], skip=skip, limit=limit)
    statuses = set(_list(asked, "status"))
    if unknown := statuses - {"open", "closed"}:
        raise Invalid([Fault("status", f"{', '.join(sorted(unknown))}: there are open and closed")])
    return Wanted(
        span.since,
        span.until,
        categories=[catalogue.category(code) for code in _list(asked, "service_code")],
        settled=None if len(statuses) != 1 else statuses == {"closed"},
        box=_box(asked.get("bbox"), viewer),
        skip=skip,
        limit=limit,
    )


def _list(asked: QueryParams, name: str) -> list[str]:
    return [part.strip() for text in asked.getlist(name) for part in text.split(",") if part.strip()]


def _box(text: str | None, viewer: Viewer) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    if not viewer.reads_all:
        raise Forbidden("bbox needs a token: where an issue lies is not public")
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise Invalid([Fault("bbox", "is west,south,east,north")]) from None
    return west, south, east, north
