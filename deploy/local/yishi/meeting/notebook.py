"""The notebook: one file for one meeting on one laptop, written to disk with every line, and the key that signs it."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.devices import FORM, device_id, sign
from common.errors import Conflict, Fault, Invalid, Misconfigured
from common.people import mask_phones

Json = dict[str, object]
PIECE = 600_000
"""Bytes of entries in one bundle; a service takes a request of 1 MiB."""


@dataclass(frozen=True)
class Key:
    """This laptop's key."""

    private: Ed25519PrivateKey

    @classmethod
    def at(cls, file: Path) -> Self:
        """Read it, or make it where there is none."""
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            raw = Ed25519PrivateKey.generate().private_bytes_raw()
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(base64.b64encode(raw).decode())
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(file.read_text(), validate=True)))
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{file} is no device key: {error}; move it away, and register the new one") from error

    @property
    def public(self) -> bytes:
        """What the office registers."""
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """Name this device."""
        return device_id(self.public)


@dataclass(frozen=True)
class Notebook:
    """A file of JSON lines: the first says which meeting, each other one is something that happened."""

    file: Path

    def begin(self, county: str, meeting_id: str, awaits: list[str]) -> None:
        """Make the file. Raises Conflict where it is there."""
        if self.file.exists():
            raise Conflict(f"{self.file} is there already: a meeting has a notebook of its own")
        self._write({"county": county, "meeting_id": meeting_id, "awaits": awaits})

    def head(self) -> Json:
        """Tell which meeting it is of."""
        return self._lines()[0]

    def entries(self) -> list[Json]:
        """List what happened."""
        return self._lines()[1:]

    @property
    def closed(self) -> bool:
        """Whether everything is noted."""
        return any(entry["kind"] == "end" for entry in self.entries())

    def note(self, kind: str, at: datetime | None = None, **more: object) -> Json:
        """Note something, with the time it happened; it is on the disk when this returns."""
        number = len(self.entries()) + 1
        said = {name: _masked(value) for name, value in more.items() if value not in (None, "")}
        entry: Json = {"number": number, "at": _moment(at or datetime.now(UTC)), "kind": kind, **said}
        self._write(entry)
        return entry

    def bundles(self, key: Key, *, closed: bool) -> Iterator[Json]:
        """Sign everything, in as many bundles as the service's limit asks for; only the last one closes."""
        head = {"form": FORM, "device": key.id, **self.head()}
        pieces = list(_pieces(self.entries()))
        for number, piece in enumerate(pieces, 1):
            yield sign({**head, "closed": closed and number == len(pieces), "entries": piece}, key.private)

    def _lines(self) -> list[Json]:
        try:
            text = self.file.read_text(encoding="utf-8")
        except OSError as error:
            raise Invalid([Fault(str(self.file), f"{error.strerror}: begin with `yishi meeting start`")]) from error
        # a line without its end was cut off with the power: nobody was told that it is kept
        whole = text[: text.rfind("\n") + 1].splitlines()
        try:
            return [cast("Json", json.loads(line)) for line in whole]
        except ValueError as error:
            raise Invalid([Fault(str(self.file), f"is no notebook: {error}")]) from error

    def _write(self, line: Mapping[str, object]) -> None:
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            text = self.file.read_bytes()
            file.seek(text.rfind(b"\n") + 1)
            file.truncate()
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _pieces(entries: list[Json]) -> Iterator[list[Json]]:
    piece: list[Json] = []
    size = 0
    for entry in entries:
        length = len(json.dumps(entry, ensure_ascii=False).encode())
        if piece and size + length > PIECE:
            yield piece
            piece, size = [], 0
        piece.append(entry)
        size += length
    yield piece


def _masked(value: object) -> object:
    return mask_phones(value) if isinstance(value, str) else value


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
