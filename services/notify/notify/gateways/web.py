"""What gateways over HTTP have in common: one request that either was not written, or may have been taken."""

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import httpx2 as httpx

from common.errors import Fault, Forbidden, Invalid, Unauthenticated
from notify.domain import Again, Refused, Unknown
from notify.handlers.gateway import Call

ANSWER_WITHIN_S = 10.0
CONNECT_WITHIN_S = 5.0
LONGEST_ANSWER = 1_000_000
FRESH_FOR_S = 300
_TOO_MANY, _TIMED_OUT, _CONFLICT = 429, 408, 409
_GOOD, _ELSEWHERE, _BAD, _BROKEN = 200, 300, 400, 500


@cache
def _authorities() -> ssl.SSLContext:
    """Load the machine's certificate authorities, once: it takes longer than a request."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Answered:
    """An answer: its status, and its body as JSON (None where it is none)."""

    status: int
    body: object

    def text(self, path: str) -> str | None:
        """Read what stands at a dotted path; numbers in it count into lists."""
        found: object = self.body
        for key in path.split("."):
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                return None
        return str(found) if isinstance(found, str | int | float | bool) else None


class Web:
    """Asks one provider."""

    def __init__(self, connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, keepalive_expiry=4)
        timeout = httpx.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S)
        # no proxy from the environment, and no redirect: a message goes where county.yaml says, or nowhere
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False, verify=_authorities())

    async def ask(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str]
    ) -> Answered | Refused | Unknown:
        """Ask once. Refused where nothing was written, or the answer says so; Unknown where nobody can say."""
        try:
            async with self._client.stream(method, url, content=content, headers=dict(headers)) as response:
                body = b""
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > LONGEST_ANSWER:
                        return Unknown("an answer without end")
                return _judged(response.status_code, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Refused(type(error).__name__, Again.ELSEWHERE)
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _judged(status: int, body: bytes) -> Answered | Refused | Unknown:
    """Take an answer as a refusal only where HTTP says that nothing was done."""
    if status == _TOO_MANY:
        return Refused("HTTP 429", Again.ELSEWHERE)
    if status >= _BROKEN or status in (_TIMED_OUT, _CONFLICT):
        return Unknown(f"HTTP {status}")
    try:
        said: object = json.loads(body)
    except ValueError:
        said = None
    if _ELSEWHERE <= status < _BAD:
        return Refused(f"HTTP {status}", Again.ELSEWHERE)
    return Answered(status, said) if status >= _GOOD else Unknown(f"HTTP {status}")


class OverHttp:
    """A gateway whose provider is asked by HTTP."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._web: Web | None = None

    async def open(self) -> None:
        """Be ready to ask."""
        self._web = Web(self._at_once)

    async def close(self) -> None:
        """Close the connections."""
        web, self._web = self._web, None
        if web:
            await web.close()

    async def _send(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str]
    ) -> Answered | Refused | Unknown:
        if self._web is None:
            return Refused("not open", Again.LATER)
        return await self._web.ask(method, url, content, headers)


def require_token(call: Call, token: str | None) -> None:
    """Require the token that the provider was told, as `?token=`. Raises Unauthenticated or Forbidden."""
    given = call.query.get("token")
    if not given or not token:
        raise Unauthenticated("a token is needed")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise Forbidden("the token is not right")


def require_signature(call: Call, key: str, now: float | None = None) -> None:
    """Require `x-signature`: HMAC-SHA256 in hex, over `x-timestamp` (seconds), a dot and the body, and fresh.

    Raises Unauthenticated or Forbidden.
    """
    given, stamp = call.headers.get("x-signature"), call.headers.get("x-timestamp", "")
    if not given:
        raise Unauthenticated("a signature is needed")
    expected = signature(key, stamp, call.body)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("the signature is not right")
    if not stamp.isdigit() or abs((time.time() if now is None else now) - int(stamp)) > FRESH_FOR_S:
        raise Forbidden("the signature is not of now")


def signature(key: str, stamp: str, body: bytes) -> str:
    """Sign a call as `require_signature` wants it."""
    return hmac.digest(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex()


def lines(call: Call) -> list[dict[str, object]]:
    """Read a body that is a JSON object or a list of them. Raises Invalid."""
    try:
        said: object = json.loads(call.body)
    except (ValueError, RecursionError):
        raise Invalid([Fault("", "is not JSON")]) from None
    found = said if isinstance(said, list) else [said]
    if not all(isinstance(line, dict) for line in found):
        raise Invalid([Fault("", "is not an object, nor a list of objects")])
    return [line for line in found if isinstance(line, dict)]


def word(line: Mapping[str, object], name: str) -> str:
    """Read a field as text; "" where it is missing, or no text, number or truth value."""
    value = line.get(name)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
