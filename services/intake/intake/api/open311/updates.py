"""Translates updates of service requests: an extension that FixMyStreet and others speak beside GeoReport v2."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from common.aggregate import Origin, derived_id
from common.auth import Role
from common.errors import Fault, Invalid
from intake.api.open311.door import form_of, keyed, looking
from intake.api.open311.form import Format, Item, many, moment
from intake.api.open311.reports import said
from intake.api.open311.requests import MOST, Page, PageSize, Span
from intake.api.open311.services import Catalogue, Jurisdiction
from intake.domain import Issue, Update
from intake.handlers.requests import Requests

ROOT, ITEM = "service_request_updates", "request_update"
OPEN = frozenset(("open", "in_progress", "investigating", "planned", "action_scheduled", "reopen"))
SETTLED = frozenset(("closed", "fixed", "no_further_action", "duplicate"))
LONGEST = 4_000

WORDS = {
    "received": "已收到",
    "supplemented": "已补充",
    "merged": "已并案办理",
    "redirected": "已转办",
    "rejected": "未列为协商议题",
    "withdrawn": "已撤回",
    "decided": "已定为协商议题",
    "ended": "协商未能达成一致",
    "closed": "已办结",
}
"""What a portal shows of a change for which no reason is given."""


def routes(router: APIRouter, portal: Requests, catalogue: Catalogue) -> None:
    """Put the routes into the router."""

    @router.get("/servicerequestupdates.{format}", dependencies=[looking])
    async def get_updates(
        format: Format,
        jurisdiction_id: Jurisdiction = None,
        start_date: Annotated[str | None, Query(max_length=40)] = None,
        end_date: Annotated[str | None, Query(max_length=40)] = None,
        page: Page = 1,
        page_size: PageSize = MOST,
    ) -> Response:
        """List what became of requests in a time; `page` counts requests, each with its updates."""
        catalogue.here(jurisdiction_id)
        span = Span.of(start_date, end_date)
        issues = await portal.found.updated(span.since, span.until, (page - 1) * page_size, page_size)
        found = [
            (update.at, _shown(issue, number, update))
            for issue in issues
            for number, update in enumerate(issue.updates, 1)
            if span.since <= update.at <= span.until
        ]
        return many(format, ROOT, ITEM, [shown for _, shown in sorted(found, key=lambda pair: pair[0])])

    @router.post("/servicerequestupdates.{format}", status_code=201)
    async def post_update(
        request: Request, format: Format, origin: Annotated[Origin, keyed(Role.CLERK, Role.DEPARTMENT)]
    ) -> Response:
        """Add to a request, or take it back, where its status is closed or fixed."""
        form = await form_of(request)
        catalogue.here(said(form, "jurisdiction_id") or request.query_params.get("jurisdiction_id"))
        id_, text, settled = _added(form)
        theirs = said(form, "update_id")
        once = replace(origin, id=derived_id("update", origin.by, id_, theirs)) if theirs else origin
        issue = await portal.supplement(id_, text, once, settled=settled)
        return many(format, ROOT, ITEM, [{"update_id": once.id, "service_request_id": issue.id}], 201)


def _added(form: FormData) -> tuple[str, str, bool]:
    """Read which request is meant, what is added, and whether it is settled thereby. Raises Invalid."""
    id_, text = said(form, "service_request_id") or "", said(form, "description") or ""
    status = (said(form, "status") or "open").lower()
    faults = [] if id_ else [Fault("service_request_id", "is required")]
    if not 0 < len(text) <= LONGEST:
        faults.append(Fault("description", f"is required, and may have {LONGEST} characters"))
    if status not in OPEN | SETTLED:
        faults.append(Fault("status", f"there are {', '.join(sorted(OPEN | SETTLED))}"))
    if faults:
        raise Invalid(faults)
    return id_, text, status in SETTLED


def _shown(issue: Issue, number: int, update: Update) -> Item:
    return {
        "update_id": f"{issue.id}.{number}",
        "service_request_id": issue.id,
        "status": "closed" if update.settled else "open",
        "updated_datetime": moment(update.at),
        "description": update.reason or WORDS.get(update.status, update.status),
        "media_url": None,
    }
