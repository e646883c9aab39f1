"""Writes messages to a file instead of sending them, and answers with receipts as a provider does.

For demonstrations and tests: the file holds phone numbers and texts in clear.
"""

import asyncio
import json
import logging
import os
from pathlib import Path

from common.aggregate import utc_now
from common.errors import Misconfigured
from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown, segments
from notify.gateways.making import Making
from notify.handlers.gateway import Capabilities, Ear, Message, Question, Status

RECEIPTS_AT_ONCE = 100

log = logging.getLogger(__name__)


class FileGateway:
    """Appends a JSON line for each message: reference, phone, text, segments, at. Every message is delivered."""

    capabilities = Capabilities(receipts=True, query=True, exclusive=False)

    def __init__(self, name: str, path: Path, ear: Ear) -> None:
        self._name = name
        self._path = path
        self._ear = ear
        self._owed: list[Status] = []
        self._telling: asyncio.Task[None] | None = None
        try:
            self._file: int | None = self._opened()
        except OSError as error:
            raise Misconfigured(f"YISHI_SMS_FILE: {path} cannot be written: {error.strerror}") from error

    async def open(self) -> None:
        """Open the file again where it was closed."""
        if self._file is None:
            self._file = self._opened()

    async def submit(self, message: Message) -> Outcome:
        """Append the message. One write each, so that lines of several processes do not mix."""
        parts = segments(message.text)
        line = json.dumps(
            {
                "reference": message.reference,
                "phone": message.phone,
                "text": message.text,
                "segments": parts,
                "at": utc_now().isoformat(),
            },
            ensure_ascii=False,
        )
        whole = f"{line}\n".encode()
        if self._file is None:
            return Refused("file: closed", Again.LATER)
        try:
            written = os.write(self._file, whole)
        except OSError as error:
            return Refused(f"file: {error.strerror}", Again.LATER)
        if written < len(whole):
            return Unknown("the line was cut short")
        self._owed.append(Status(Delivered(), message.reference))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())
        return Accepted(f"{self._name}-{message.reference}", parts)

    async def query(self, question: Question) -> Finding:
        """Look into the file: what is not there was never taken."""
        return await asyncio.to_thread(self._look_up, question.reference)

    async def close(self) -> None:
        """Send the receipts that are owed, and close the file."""
        if self._telling:
            await self._telling
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def _tell(self) -> None:
        while self._owed:
            batch, self._owed = self._owed[:RECEIPTS_AT_ONCE], self._owed[RECEIPTS_AT_ONCE:]
            try:
                await self._ear.statuses(self._name, batch)
            except Exception as error:  # noqa: BLE001  a receipt that is lost is made up for by `query`
                log.warning("%d receipts were not taken: %s", len(batch), type(error).__name__)

    def _look_up(self, reference: str) -> Finding:
        wanted = json.dumps({"reference": reference})[1:-1]
        with self._path.open(encoding="utf-8") as lines:
            there = any(wanted in line for line in lines)
        return Delivered() if there else Failed("never taken")


def make(making: Making) -> FileGateway:
    """Make one. Raises Misconfigured without YISHI_SMS_FILE."""
    if making.settings.sms_file is None:
        raise Misconfigured("a gateway of kind 'file' needs YISHI_SMS_FILE")
    return FileGateway(making.name, making.settings.sms_file, making.ear)
