"""A summer pasture: a meeting was called there, and laptops record it without a network."""

import asyncio
import base64
from datetime import timedelta
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from common.devices import FORM, device_id, sign
from fakes import COUNTY, NOON, MemoryAggregates, bearer, client
from meetings.api import recordings as api
from meetings.domain import Meeting
from meetings.domain.device import Device
from meetings.domain.recording import Recording
from meetings.handlers.recordings import Recordings
from village import Village

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(3)]
IDS = [device_id(key.public_key().public_bytes_raw()) for key in KEYS]
DAY = NOON - timedelta(days=2000)
Json = dict[str, object]


class Pasture:
    """A meeting that was called, and two devices whose holders are its host and its recorder."""

    def __init__(self, holders: tuple[str, ...] = ("host", "recorder")) -> None:
        self.village = Village()
        self.recordings = MemoryAggregates(Recording)
        desk = Recordings(self.recordings, MemoryAggregates(Device), self.village.handlers, COUNTY.code)
        self.http: TestClient = client("meetings", lambda app: api.routes(app, desk))
        for key, holder in zip(KEYS, holders, strict=False):
            public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
            body = {"label": "笔记本", "holder": holder, "public_key": public}
            assert self.http.post("/devices", json=body, headers=bearer("office")).status_code == 201
        self.meeting_id = asyncio.run(self._called())

    async def _called(self) -> str:
        plan = await self.village.begin()
        return (await self.village.handlers.convene("topic-heating", plan, self.village.by("convenor"))).id

    def bundle(self, device: int, entries: list[Json], *, closed: bool = True, **changes: object) -> Json:
        """Make a signed bundle; `awaits` is the other device unless it is given."""
        body: Json = {
            "form": FORM,
            "county": COUNTY.code,
            "device": IDS[device],
            "meeting_id": self.meeting_id,
            "awaits": [IDS[1 - device]],
            "closed": closed,
            "entries": entries,
        }
        return sign(body | changes, KEYS[device])

    def bring(self, bundle: Json, status: int = 200, **who: str) -> Json:
        answer = self.http.post("/bundles", json=bundle, headers=bearer("recorder", **who))
        assert answer.status_code == status, answer.text
        return cast("Json", answer.json())

    def faults(self, bundle: Json) -> list[str]:
        found = cast("list[dict[str, str]]", self.bring(bundle, 422)["faults"])
        return [fault["path"] for fault in found]

    @property
    def meeting(self) -> Meeting:
        return asyncio.run(self.village.meetings.get(self.meeting_id))
