"""Who may call what: bearer tokens, and on every route the roles that may use it. No route is open by accident."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from jwt import PyJWK, PyJWKClient, PyJWKSet

from common.aggregate import Origin, derived_id, utc_now
from common.errors import Forbidden, Misconfigured, Unauthenticated

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
AUDIENCE = "yishi"


class Role(StrEnum):
    """Who somebody is to a county. The official Chinese terms stand in the README's glossary."""

    RESIDENT = "resident"
    PARTY = "party"
    CLERK = "clerk"
    CONVENOR = "convenor"
    HOST = "host"
    RECORDER = "recorder"
    MEMBER = "member"
    DEPARTMENT = "department"
    LEADER = "leader"
    OFFICE = "office"
    COMMITTEE = "committee"
    OBSERVER = "observer"
    PROVIDER = "provider"
    SYSTEM_ADMIN = "system-admin"
    SECURITY_ADMIN = "security-admin"
    AUDIT_ADMIN = "audit-admin"


EVERYONE = frozenset(Role)
"""Whoever has a valid token of this county."""


@dataclass(frozen=True)
class Caller:
    """Who a valid token says is asking."""

    subject: str
    roles: frozenset[str]
    divisions: tuple[str, ...]
    department: str | None = None


class Gate:
    """Verifies tokens: signature by JWKS (file or URL, cached), algorithm, issuer, audience, expiry, county."""

    def __init__(self, jwks: str, issuer: str, county: str) -> None:
        self._issuer = issuer
        self._county = county
        self._remote = PyJWKClient(jwks, cache_keys=True, lifespan=300) if "://" in jwks else None
        self._local = None if self._remote else _read(Path(jwks))

    def admit(self, token: str) -> Caller:
        """Verify a token. Raises Unauthenticated with what is wrong with it."""
        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(f"the bearer token is not valid: {error}") from error
        if claims.get("county") != self._county:
            raise Unauthenticated(f"the bearer token is not for county {self._county}")
        roles, divisions = frozenset(claims.get("roles", ())), tuple(claims.get("divisions", ()))
        return Caller(claims["sub"], roles, divisions, claims.get("department"))

    def _key(self, token: str) -> PyJWK:
        if self._remote:
            return self._remote.get_signing_key_from_jwt(token)
        wanted = jwt.get_unverified_header(token).get("kid")
        for key in self._local.keys if self._local else ():
            if key.key_id == wanted:
                return key
        raise jwt.PyJWTError(f"it is signed with a key ({wanted}) that is not in the key set")


def _read(path: Path) -> PyJWKSet:
    try:
        return PyJWKSet.from_dict(json.loads(path.read_text()))
    except (OSError, ValueError, jwt.PyJWTError) as error:
        raise Misconfigured(f"YISHI_JWKS: {path} is not a JSON Web Key Set: {error}") from error


class Allowed:
    """A dependency: lets through a caller with one of the roles, and tells the origin of the request."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self.roles = frozenset(roles)

    async def __call__(
        self,
        request: Request,
        authorization: Annotated[str, Header()] = "",
        idempotency_key: Annotated[str, Header(max_length=255)] = "",
    ) -> Origin:
        """Admit or refuse. Raises Unauthenticated or Forbidden."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("an Authorization header with a bearer token is needed")
        gate: Gate = request.app.state.gate
        caller = gate.admit(token.strip())
        if not caller.roles & self.roles:
            needed = ", ".join(sorted(self.roles))
            raise Forbidden(f"this needs one of the roles {needed}")
        key = idempotency_key or secrets.token_hex(16)
        id_ = derived_id("request", caller.subject, request.method, request.url.path, key)
        return Origin(id_, caller.subject, utc_now(), caller.roles, caller.department)


class Open:
    """A dependency that lets everyone through: for what is public on purpose."""

    async def __call__(self) -> None:
        """Admit."""


def allow(*roles: Role) -> DependsParam:
    """Mark a route: only these roles may use it. As a parameter's annotation it gives the request's Origin."""
    return Depends(Allowed(roles or EVERYONE))  # type: ignore[no-any-return]


public: DependsParam = Depends(Open())


def unguarded(app: FastAPI) -> list[str]:
    """List the routes that say neither who may use them nor that they are public."""
    return [route.path for route in app.routes if isinstance(route, APIRoute) and not _guarded(route.dependant)]


def _guarded(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Allowed | Open) or any(map(_guarded, dependant.dependencies))
