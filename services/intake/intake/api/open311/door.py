"""Who comes in by Open311, and how they are told no.

An `api_key` is the bearer token itself, in the body of a POST: so there is one kind of secret, which ends by itself
and says who it belongs to. In an address it is not taken, since addresses are written into logs on the way; a GET
that carries one all the same is answered as if it carried none.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated

from fastapi import Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from common.aggregate import Origin
from common.auth import Allowed, Caller, Gate, Open, Role
from common.errors import Fault, Forbidden, Invalid, NotFound, Unauthenticated, YishiError
from intake.api.open311.form import Format, many
from intake.domain import Issue

READERS = frozenset((Role.CLERK, Role.OFFICE, Role.CONVENOR, Role.HOST, Role.LEADER, Role.OBSERVER))
MOST_FIELDS = 200

CODES = {Unauthenticated.status: 403, Invalid.status: 400}
"""GeoReport v2 knows 403 for a key that is missing or wrong, and 400 for whatever is wrong with a request."""

Handle = Callable[[Request], Coroutine[None, None, Response]]


class Route(APIRoute):
    """A route whose errors are Open311's."""

    def get_route_handler(self) -> Handle:
        """Wrap the handler of the route."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except YishiError as error:
                code = CODES.get(error.status, error.status)
                return _errors(request, code, [str(fault) for fault in error.faults] or [error.detail])
            except RequestValidationError as error:
                faults = [Fault(".".join(map(str, e["loc"][1:])), e["msg"]) for e in error.errors()]
                return _errors(request, 400, [str(fault) for fault in faults])
            except HTTPException as error:
                return _errors(request, error.status_code, [error.detail])

        return handled


def _errors(request: Request, code: int, descriptions: list[str]) -> Response:
    wanted: Format = "xml" if request.url.path.endswith(".xml") else "json"
    return many(wanted, "errors", "error", [{"code": code, "description": said} for said in descriptions], code)


async def form_of(request: Request) -> FormData:
    """Read the form; files are not taken."""
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


class Keyed(Allowed):
    """A dependency: as `allow`, but that the token may stand in the form, as clients of Open311 send it."""

    async def __call__(
        self,
        request: Request,
        authorization: Annotated[str, Header()] = "",
        idempotency_key: Annotated[str, Header(max_length=255)] = "",
    ) -> Origin:
        """Admit or refuse. Raises Unauthenticated or Forbidden."""
        if "api_key" in request.query_params:
            raise Forbidden("api_key belongs into the body, or into an Authorization header: addresses are logged")
        if not authorization:
            authorization = f"Bearer {(await form_of(request)).get('api_key', '')}"
        return await super().__call__(request, authorization, idempotency_key)


class Looking(Open):
    """A dependency that lets everyone through, and tells who it is where there is a token."""

    async def __call__(self, request: Request, authorization: Annotated[str, Header()] = "") -> "Viewer":  # type: ignore[override]
        """Admit. Raises Unauthenticated where there is a token that is not valid."""
        if not authorization:
            return Viewer(None)
        gate: Gate = request.app.state.gate
        return Viewer(gate.admit(authorization.partition(" ")[2].strip()))


class Viewer:
    """Whoever asks, known or not."""

    def __init__(self, caller: Caller | None) -> None:
        self._caller = caller
        self.reads_all = bool(caller and caller.roles & READERS)

    def reads(self, issue: Issue) -> bool:
        """Whether they may read what people wrote."""
        caller = self._caller
        mine = caller and Role.DEPARTMENT in caller.roles and caller.subject == issue.source
        return self.reads_all or bool(mine)


def keyed(*roles: Role) -> DependsParam:
    """Mark a route: only these roles may use it."""
    return DependsParam(Keyed(roles))


looking: DependsParam = DependsParam(Looking())


def here(code: str, jurisdiction: str | None) -> None:
    """Hold the jurisdiction against the county: its six digits, or nothing. Raises NotFound."""
    if jurisdiction and jurisdiction != code:
        raise NotFound("jurisdiction_id", jurisdiction)
