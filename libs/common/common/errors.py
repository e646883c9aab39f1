"""Every way in which Yishi says no.

    YishiError
    ├── DomainError           the request itself is at fault: asking again does not help
    │   ├── Invalid           422  fields are missing, malformed or unknown; lists every fault
    │   ├── NotFound          404  no such thing (on the bus: not yet known, so it is asked again)
    │   ├── Conflict          409  the state does not allow it
    │   ├── Unauthenticated   401  nobody known is asking
    │   ├── Forbidden         403  somebody known, who may not
    │   └── TooLarge          413  more than is taken in one piece
    ├── Stale                 409  somebody else wrote first: load again and retry
    ├── Unavailable           503  a server that is needed is away: ask again, nothing is wrong with the request
    └── Misconfigured         500  the operator's settings or the server's objects differ from what is needed

Whatever is not in this tree is a bug or weather: it propagates, and the message comes back.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (`path`, dotted, "" for the whole) and what (`problem`)."""

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


@dataclass
class Refusal:
    """An event that cannot be taken, for whoever words the answer; faults found on the way may be added."""

    id: str | None
    system: str
    data: object
    faults: list[Fault]


class YishiError(Exception):
    """The root. `status` is the HTTP status, `title` the short name in problem documents and dead letters."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "error"

    def __init__(self, detail: str, faults: list[Fault] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults or []


class DomainError(YishiError):
    """The request itself is at fault: asking again does not help."""


class Invalid(DomainError):
    """Fields are missing, malformed or unknown. `faults` lists all of them."""

    status = 422
    title = "invalid"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)), faults)


class NotFound(DomainError):
    """No such thing."""

    status = 404
    title = "not found"

    def __init__(self, kind: str, id_: str) -> None:
        super().__init__(f"there is no {kind} {id_!r}")


class Conflict(DomainError):
    """The state does not allow it."""

    status = 409
    title = "conflict"


class Unauthenticated(DomainError):
    """Nobody known is asking."""

    status = 401
    title = "unauthenticated"


class Forbidden(DomainError):
    """Somebody known is asking, who may not."""

    status = 403
    title = "forbidden"


class TooLarge(DomainError):
    """More than is taken in one piece."""

    status = 413
    title = "too large"


class Stale(YishiError):
    """Somebody else wrote first: load again and retry."""

    status = 409
    title = "stale"


class Unavailable(YishiError):
    """A server that is needed is away: ask again, nothing is wrong with the request."""

    status = 503
    title = "unavailable"


class Misconfigured(YishiError):
    """The operator's settings, or the objects on a server, differ from what is needed."""

    title = "misconfigured"
