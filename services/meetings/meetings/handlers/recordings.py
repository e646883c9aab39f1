"""Recordings from where there is no network: who may bring them, how they merge, when they take effect."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.aggregate import Aggregates, Origin
from common.devices import device_id, signed_by
from common.errors import DomainError, Fault, Invalid, NotFound
from meetings.domain import Meeting
from meetings.domain.device import Device
from meetings.domain.recording import End, Entry, Part, Recording, faults, late, replay
from meetings.handlers import Meetings


@dataclass(frozen=True)
class Brought:
    """What a bundle says, read but not trusted."""

    county: str
    device: str
    meeting_id: str
    awaits: tuple[str, ...]
    closed: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Merged:
    """How a meeting's recording stands; `waits_for` says why the meeting is not over yet, where it is not."""

    meeting_id: str
    state: str
    entries: int
    missing: list[str]
    late: int
    waits_for: str


class Recordings:
    """Takes in what devices bring."""

    def __init__(
        self, recordings: Aggregates[Recording], devices: Aggregates[Device], meetings: Meetings, county: str
    ) -> None:
        self.recordings = recordings
        self.devices = devices
        self._meetings = meetings
        self._county = county

    async def register(self, label: str, holder: str, public_key: bytes, origin: Origin) -> Device:
        """Let a device bring recordings."""
        device = Device(
            id=device_id(public_key),
            label=label,
            holder=holder,
            public_key=public_key.hex(),
            registered_by=origin.by,
            registered_at=origin.at,
        )
        return await self.devices.change(device.id, lambda _: None, new=lambda: device)

    async def revoke(self, id_: str, origin: Origin) -> Device:
        """Let a device bring nothing any more."""
        return await self.devices.change(id_, lambda device: device.revoke(origin))

    async def bring(self, bundle: Mapping[str, object], brought: Brought, origin: Origin) -> Merged:
        """Merge a bundle, and play it to its meeting once every device is there. Raises Invalid with every fault."""
        found = [] if brought.county == self._county else [Fault("county", f"this is county {self._county}")]
        device, found = await self._device(bundle, brought.device, found)
        meeting, found = await self._meeting(brought, device, found)
        if device and meeting:
            found += faults(meeting, list(brought.entries))
            found += [
                Fault(f"entries.{number}.at", "is still to come")
                for number, entry in enumerate(brought.entries)
                if entry.at > origin.at
            ]
        if found or not meeting or not device:
            raise Invalid(found)
        host = meeting.host in (device.holder, origin.by)
        part = Part(brought.entries, brought.awaits, (device.id,) if brought.closed else (), host)
        await self.recordings.change(
            meeting.id, lambda recording: recording.merge(part), new=lambda: Recording(id=meeting.id)
        )
        return await self.settle(meeting.id)

    async def settle(self, meeting_id: str) -> Merged:
        """Have in the meeting what can be, and tell how it stands."""
        recording = await self.recordings.get(meeting_id)
        meeting = await self._meetings.meetings.change(meeting_id, lambda meeting: replay(meeting, recording.part))
        waits_for = ""
        if meeting.result is None:
            try:
                meeting = await self._end(meeting, recording.end())
            except DomainError as error:
                waits_for = error.detail
        part = recording.part
        return Merged(
            meeting_id, meeting.state.value, len(part.entries), part.missing, len(late(meeting, part)), waits_for
        )

    async def _end(self, meeting: Meeting, end: End) -> Meeting:
        origin = Origin(end.id, meeting.host, end.at, frozenset({"host"}))
        return await self._meetings.adjourn(meeting.id, end.result, end.summary, end.conclusion, origin)

    async def _device(
        self, bundle: Mapping[str, object], id_: str, found: list[Fault]
    ) -> tuple[Device | None, list[Fault]]:
        try:
            device = await self.devices.get(id_)
        except NotFound:
            return None, [*found, Fault("device", f"{id_} is not registered in this county: the office registers it")]
        if device.revoked_at:
            found = [*found, Fault("device", f"{id_} was revoked")]
        if not signed_by(bundle, bytes.fromhex(device.public_key)):
            found = [*found, Fault("signature", f"is not that of {id_}, or something was changed after it signed")]
        return device, found

    async def _meeting(
        self, brought: Brought, device: Device | None, found: list[Fault]
    ) -> tuple[Meeting | None, list[Fault]]:
        try:
            meeting = await self._meetings.meetings.get(brought.meeting_id)
        except NotFound:
            return None, [*found, Fault("meeting_id", f"there is no meeting {brought.meeting_id!r}")]
        if device and device.holder not in (meeting.host, meeting.recorder):
            found = [*found, Fault("device", "its holder is neither host nor recorder of this meeting")]
        return meeting, found
