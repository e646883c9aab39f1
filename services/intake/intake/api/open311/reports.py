"""Translates one report, as clients of Open311 send it, into what a department or a resident says."""

import re
from datetime import datetime

from pydantic import ValidationError
from starlette.datastructures import FormData

from common.aggregate import Origin, derived_id
from common.errors import Fault, Invalid
from common.events import DeptIssue
from intake.api.columns import moment as read_moment
from intake.api.open311.services import Catalogue

MEDIA = "附件："
"""Stands in the description before the address of a picture: it comes without the sum that an attachment needs."""

TITLE = 40
LONGEST = 4_000
MOST_MEDIA = 10

FIELDS = {
    "location.lon": "long",
    "location.lat": "lat",
    "location.address": "address_string",
    "reporter.phone": "phone",
}
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}")
_ZONE_LOST = re.compile(r"(T.*) (\d\d:?\d\d)$")


def said(form: FormData, name: str) -> str | None:
    """Give what a field says; nothing said and nothing in it are the same."""
    value = form.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def moment_of(name: str, text: str | None) -> datetime | None:
    """Read a moment; a plus that became a blank on its way in an address is put back. Raises Invalid."""
    if not text:
        return None
    try:
        return read_moment(_ZONE_LOST.sub(r"\1+\2", text))
    except ValueError:
        raise Invalid([Fault(name, "is not a moment such as 2026-11-24T09:30:00+08:00")]) from None


def fact_of(form: FormData, catalogue: Catalogue, origin: Origin) -> DeptIssue:
    """Make what is said. Raises Invalid with every fault, NotFound for a service that is not there."""
    code = said(form, "service_code")
    faults = [] if code else [Fault("service_code", "is required")]
    category = catalogue.category(code) if code else "?"
    address = said(form, "address_string") or said(form, "address_id")
    if not address and not (said(form, "lat") and said(form, "long")):
        faults.append(Fault("lat", "lat and long, or address_string, or address_id are required"))
    description = said(form, "description") or ""
    if not description or len(description) > LONGEST:
        faults.append(Fault("description", f"is required, and may have {LONGEST} characters"))
    media, bad = _media(form)
    data = {
        "external_id": _number(form, origin),
        "version": 1,
        "title": _attribute(form, "title") or said(form, "title") or _begin(description),
        "description": "\n".join([description, *media]),
        "division": _attribute(form, "division") or catalogue.whole or "",
        "category": category,
        "occurred_at": _attribute(form, "occurred_at") or origin.at,
        "location": {"lon": said(form, "long"), "lat": said(form, "lat"), "address": address},
        "reporter": {"phone": said(form, "phone"), "name": _name(form)},
    }
    return _validated(data, [*faults, *bad])


def _validated(data: dict[str, object], faults: list[Fault]) -> DeptIssue:
    try:
        fact = DeptIssue.model_validate(data)
    except ValidationError as error:
        known = {fault.path for fault in faults}
        for found in error.errors(include_input=False, include_url=False):
            path = ".".join(map(str, found["loc"]))
            path = FIELDS.get(path, path)
            faults += [Fault(path, found["msg"])] if path not in known else []
        raise Invalid(faults) from None
    if faults:
        raise Invalid(faults)
    return fact


def _attribute(form: FormData, code: str) -> str | None:
    return said(form, f"attribute[{code}]")


def _number(form: FormData, origin: Origin) -> str:
    """Derive the number from the other system's, so that it counts once however often it is sent."""
    theirs = _attribute(form, "external_id") or _attribute(form, "fixmystreet_id")
    return derived_id("open311", origin.by, theirs) if theirs else origin.id


def _media(form: FormData) -> tuple[list[str], list[Fault]]:
    addresses = [text.strip() for text in form.getlist("media_url") if isinstance(text, str) and text.strip()]
    if len(addresses) > MOST_MEDIA:
        return [], [Fault("media_url", f"may stand {MOST_MEDIA} times")]
    bad = [Fault("media_url", "is not the address of a picture")] if not all(map(_ADDRESS.fullmatch, addresses)) else []
    return [MEDIA + text for text in addresses], bad


def _begin(description: str) -> str:
    """Make a title of the first line: clients of Open311 have none."""
    line = description.partition("\n")[0].strip()
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"


def _name(form: FormData) -> str | None:
    """Put a name together as it is said in Chinese: the family name first."""
    return "".join(filter(None, (said(form, "last_name"), said(form, "first_name")))) or None
