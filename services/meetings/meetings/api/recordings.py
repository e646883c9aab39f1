"""Translates HTTP: bundles from devices that recorded without a network, and the devices themselves."""

import base64
from typing import Annotated, Literal, cast

from fastapi import Body, FastAPI
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from common.aggregate import Origin
from common.auth import Role, allow
from common.canonical import digest
from common.errors import Fault, Invalid
from common.events import Id
from common.people import mask_phones
from common.web import Cursor, Limit, Listing, listing
from meetings.api.bodies import Label, Words
from meetings.domain.device import Device
from meetings.domain.record import Result, Stance
from meetings.domain.recording import Entry, Kind
from meetings.handlers.recordings import Brought, Merged, Recordings

Office = Annotated[Origin, allow(Role.OFFICE)]
Bringer = Annotated[Origin, allow(Role.HOST, Role.RECORDER, Role.CONVENOR, Role.OFFICE)]
MOST = 20_000
HIDDEN = {"taken"}
NEEDED = {
    Kind.ARRIVE: ("party",),
    Kind.SAY: ("party", "text"),
    Kind.STAND: ("party", "stance"),
    Kind.END: ("result", "text"),
}
"""What an entry of each kind says."""


def _key(text: str) -> str:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:  # noqa: PLR2004  RFC 8032
        raise ValueError("is not an Ed25519 public key: 32 bytes in base64")
    return text


class NewDevice(BaseModel):
    """A device to be registered; `holder` is the subject of who records with it."""

    label: Label
    holder: Id
    public_key: Annotated[str, AfterValidator(_key)]


class Noted(BaseModel):
    """One thing a device noted, when it happened."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=10**6)
    at: AwareDatetime
    kind: Kind
    party: Label = ""
    heads: int = Field(default=1, ge=1, le=100_000)
    text: Words = ""
    stance: Stance | None = None
    reason: Words | None = None
    remedy: Words | None = None
    result: Result | None = None
    conclusion: Annotated[str, Field(max_length=20_000), AfterValidator(mask_phones)] = ""


class Bundle(BaseModel):
    """What a device brings. `awaits`: other devices that recorded the same meeting; `closed`: this one is done."""

    model_config = ConfigDict(extra="forbid")

    form: Literal["yishi/bundle/1"]
    county: str
    device: Id
    meeting_id: Id
    awaits: list[Id] = Field(default=[], max_length=20)
    closed: bool = False
    entries: list[Noted] = Field(max_length=MOST)
    signature: str


def routes(app: FastAPI, recordings: Recordings) -> None:
    """Put devices and bundles into the application."""

    @app.post("/devices", status_code=201, response_model_exclude=HIDDEN)
    async def register(body: NewDevice, origin: Office) -> Device:
        return await recordings.register(body.label, body.holder, base64.b64decode(body.public_key), origin)

    @app.get("/devices", dependencies=[allow(Role.OFFICE)], response_model_exclude={"items": {"__all__": HIDDEN}})
    async def list_devices(after: Cursor = None, limit: Limit = 50) -> Listing[Device]:
        return listing(await recordings.devices.page(after, limit), limit)

    @app.post("/devices/{device_id}/revoke", response_model_exclude=HIDDEN)
    async def revoke(device_id: str, origin: Office) -> Device:
        return await recordings.revoke(device_id, origin)

    @app.post("/bundles", openapi_extra={"requestBody": {"content": {"application/json": {"schema": _schema()}}}})
    async def bring(body: Annotated[dict[str, object], Body()], origin: Bringer) -> Merged:
        return await recordings.bring(body, _read(body), origin)


def _schema() -> dict[str, object]:
    return Bundle.model_json_schema()


def _read(body: dict[str, object]) -> Brought:
    """Read a bundle. The signature is over what came, so it is checked on that; here every fault of form is listed."""
    try:
        bundle = Bundle.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_input=False)
        raise Invalid([Fault(".".join(map(str, fault["loc"])), fault["msg"]) for fault in found]) from None
    missing = [
        Fault(f"entries.{place}.{name}", f"an entry of kind {noted.kind} needs it")
        for place, noted in enumerate(bundle.entries)
        for name in NEEDED.get(noted.kind, ())
        if not getattr(noted, name)
    ]
    if missing:
        raise Invalid(missing)
    try:
        entries = [_entry(bundle, noted, whole) for noted, whole in zip(bundle.entries, _raw(body), strict=True)]
    except TypeError:
        raise Invalid([Fault("entries", "hold a number with a fraction; everything here is whole")]) from None
    return Brought(
        bundle.county, bundle.device, bundle.meeting_id, tuple(bundle.awaits), bundle.closed, tuple(sorted(entries))
    )


def _raw(body: dict[str, object]) -> list[object]:
    return cast("list[object]", body["entries"])


def _entry(bundle: Bundle, noted: Noted, whole: object) -> Entry:
    """Name an entry after what came: whatever is masked in it, the same words have the same name."""
    id_ = digest({"meeting": bundle.meeting_id, "device": bundle.device, "entry": whole})
    at = noted.at.replace(microsecond=noted.at.microsecond // 1000 * 1000)
    return Entry(device=bundle.device, id=id_, at=at, **noted.model_dump(exclude={"at"}))
