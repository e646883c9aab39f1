"""Dead letters (死信): what could not be taken, and why; the operator sends it again as if it were new, or drops it.

The original is sealed to the county's key, headers and body, and everything beside it shows no phone number.
"""

import base64
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from nats.js import JetStreamContext
from nats.js.api import Header, RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from common.aggregate import utc_now
from common.errors import Conflict, DomainError, Fault, Invalid, NotFound, YishiError
from common.people import Opener, Sealer, mask_phones

STREAM = "DEAD"
PUBLISH_TIMEOUT_S = 10
BEGINNING_BYTES = 64 * 1024
"""So much is kept of an original that would not fit into a message of the server."""

_AS_WRITTEN = ("service", "event", "subject", "place", "reason", "attempts", "original")
MOST_HEADERS, LONGEST_HEADER = 100, 1_000
_NO_SUCH_MESSAGE = 10057
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[\s-]?)\d{4,5}(\d{3})(?!\d)")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Message(Protocol):
    """A message as it was stored."""

    @property
    def subject(self) -> str:
        """Where it was published."""
        ...

    @property
    def data(self) -> bytes:
        """The message's body."""
        ...

    @property
    def headers(self) -> dict[str, str] | None:
        """The message's headers."""
        ...


@dataclass(frozen=True)
class Verdict:
    """Why an event is dead, and how often it was tried."""

    reason: str
    faults: list[Fault]
    attempts: int


@dataclass(frozen=True)
class Original:
    """An event as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Letter:
    """A dead letter as stored. `number` is its place among the dead; `original` is sealed, None where it was gone."""

    number: int
    at: datetime
    service: str
    event: str
    subject: str
    place: str
    reason: str
    faults: tuple[Fault, ...]
    attempts: int
    headers: dict[str, str]
    whole: bool
    original: str | None

    def opened(self, opener: Opener) -> Original:
        """Open the original. Raises Conflict where there is none, Invalid where it is sealed to another key."""
        if self.original is None:
            raise Conflict(f"letter {self.number} has no original: the stream no longer held it")
        document = json.loads(opener.open(self.original))
        return Original(document["headers"], base64.b64decode(document["body"]))


def verdict(error: Exception, attempts: int) -> Verdict:
    """Say why, in words that quote nobody."""
    reason = error.title if isinstance(error, YishiError) else type(error).__name__
    if isinstance(error, Invalid):
        return Verdict(reason, list(error.faults), attempts)
    if isinstance(error, DomainError):
        return Verdict(reason, list(error.faults) or [Fault("", error.detail)], attempts)
    # the type alone: a bug's message may quote what a person wrote
    return Verdict(reason, [Fault("", f"failed {attempts} times with {type(error).__name__}")], attempts)


def write(
    service: str, event: str, message: Message, place: str, why: Verdict, sealer: Sealer, keep: int | None = None
) -> dict[str, object]:
    """Write a letter; `keep` is how many bytes of a body are kept that is too long for a letter."""
    headers = {name: str(value) for name, value in (message.headers or {}).items()}
    shown = {masked(name): masked(value[:LONGEST_HEADER]) for name, value in list(headers.items())[:MOST_HEADERS]}
    kept = {"headers": shown if keep else headers, "body": base64.b64encode(message.data[:keep]).decode()}
    return {
        "service": service,
        "event": event,
        "subject": message.subject,
        "place": place,
        "reason": why.reason,
        "faults": [{"path": masked(fault.path), "problem": masked(fault.problem)} for fault in why.faults],
        "attempts": why.attempts,
        "at": utc_now().isoformat(),
        "headers": shown,
        "whole": keep is None,
        "original": sealer.seal(json.dumps(kept).encode()),
    }


def masked(text: str) -> str:
    """Blot out phone numbers, landlines too; a traceparent is none, whatever digits it has."""
    return text if _TRACEPARENT.fullmatch(text) else _LANDLINE.sub(r"\1****\2", mask_phones(text))


async def letters(js: JetStreamContext, county: str, service: str | None = None) -> AsyncIterator[Letter]:
    """Yield the letters, oldest first; those of one service, where it is given."""
    number = 1
    while True:
        try:
            stored = await js.get_msg(STREAM, number, f"dead.{county}.{service or '*'}", next=True)
        except NotFoundError:
            return
        letter = _read(stored)
        yield letter
        number = letter.number + 1


async def letter(js: JetStreamContext, number: int) -> Letter:
    """Give one letter. Raises NotFound."""
    try:
        return _read(await js.get_msg(STREAM, number))
    except NotFoundError:
        raise NotFound("dead letter", str(number)) from None


async def requeue(js: JetStreamContext, letter: Letter, opener: Opener) -> int:
    """Publish the original to its subject as if it were new, then remove the letter; returns its new sequence.

    Its id and its trace stay. It is stored again because of a `Nats-Msg-Id` of its own, which belongs to the letter:
    cut off in between, doing it again stores it once. Whoever else hears the subject hears it again, which changes
    nothing there.
    Raises Conflict where the original is not whole, Invalid where it is sealed to another key.
    """
    if not letter.whole:
        raise Conflict(f"letter {letter.number} keeps only the beginning of an event that is longer than is ever taken")
    original = letter.opened(opener)
    # what steers the server belongs to the first publication: an expected sequence would refuse the second
    headers = {name: value for name, value in original.headers.items() if not name.lower().startswith("nats-")}
    headers[Header.MSG_ID.value] = f"requeued.{letter.number}.{letter.at.isoformat()}"
    stream = letter.place.partition(".")[0]
    stored = await js.publish(letter.subject, original.body, PUBLISH_TIMEOUT_S, stream, headers)
    await drop(js, letter)
    return stored.seq


async def drop(js: JetStreamContext, letter: Letter) -> None:
    """Remove a letter; one that is gone already is no trouble."""
    try:
        await js.delete_msg(STREAM, letter.number)
    except APIError as error:
        if error.err_code != _NO_SUCH_MESSAGE:
            raise


def public(letter: Letter) -> dict[str, object]:
    """Tell everything about a letter but its original."""
    told = {**asdict(letter), "at": letter.at.isoformat()}
    del told["original"]
    return told


def _read(stored: RawStreamMsg) -> Letter:
    number = stored.seq or 0
    try:
        document = json.loads(stored.data or b"")
        return Letter(
            number=number,
            at=datetime.fromisoformat(document["at"]),
            faults=tuple(Fault(**fault) for fault in document["faults"]),
            headers=dict(document["headers"]),
            whole=document.get("whole", True),
            **{name: document[name] for name in _AS_WRITTEN},
        )
    except (KeyError, TypeError, ValueError):
        at = stored.time or utc_now()
        return Letter(
            number, at, "", "", str(stored.subject), "", "not a letter of ours", (), 0, {}, whole=False, original=None
        )
