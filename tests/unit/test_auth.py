"""Tokens and roles: what the gate lets in, and that no route is open by accident."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from jwt.algorithms import OKPAlgorithm

from common.aggregate import Origin
from common.auth import AUDIENCE, Allowed, Gate, Role, allow, public, unguarded
from common.errors import Misconfigured, Unauthenticated
from common.web import web
from fakes import bearer, client, no_troubles

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
LATER = datetime.now(UTC) + timedelta(hours=1)
CLAIMS = {
    "sub": "li",
    "roles": ["clerk"],
    "county": "620102",
    "divisions": ["620102007000"],
    "iss": "yishi",
    "aud": AUDIENCE,
    "exp": LATER,
}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    key = json.loads(OKPAlgorithm.to_jwk(KEY.public_key())) | {"kid": "one", "alg": "EdDSA"}
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key]}))
    return Gate(str(file), "yishi", "620102")


def token(
    claims: Mapping[str, object] = CLAIMS,
    key: Ed25519PrivateKey | str = KEY,
    kid: str = "one",
    algorithm: str = "EdDSA",
) -> str:
    return jwt.encode(dict(claims), key, algorithm, headers={"kid": kid})


def test_a_token_of_the_county_is_let_in(gate: Gate) -> None:
    caller = gate.admit(token())
    assert (caller.subject, caller.roles, caller.divisions) == ("li", frozenset({"clerk"}), ("620102007000",))


@pytest.mark.parametrize(
    "change",
    [
        {"county": "620103"},
        {"iss": "somebody"},
        {"aud": "another system"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"nbf": LATER},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_token_for_something_else_is_refused(gate: Gate, change: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        gate.admit(token(CLAIMS | change))


@pytest.mark.parametrize("missing", ["sub", "exp", "iss", "aud", "county"])
def test_a_token_that_leaves_something_out_is_refused(gate: Gate, missing: str) -> None:
    with pytest.raises(Unauthenticated):
        gate.admit(token({name: value for name, value in CLAIMS.items() if name != missing}))


def test_a_token_may_say_its_department_and_one_without_is_good_as_ever(gate: Gate) -> None:
    assert gate.admit(token(CLAIMS)).department is None
    assert gate.admit(token(CLAIMS | {"department": "housing"})).department == "housing"


def test_a_forged_token_is_refused(gate: Gate) -> None:
    forged = {
        "another's key under our key id": token(key=STRANGER),
        "a key that is not in the set": token(kid="two"),
        "a shared secret": token(key="s" * 64, algorithm="HS256"),
        "no signature at all": jwt.encode(dict(CLAIMS), "", "none", headers={"kid": "one"}),
        "not a token": "abc",
    }
    for how, text in forged.items():
        with pytest.raises(Unauthenticated):
            pytest.fail(f"{how} was let in: {gate.admit(text)}")


def test_a_key_set_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    for name, text in {"none": None, "text": "keys", "empty": '{"keys": []}'}.items():
        file = tmp_path / name
        if text is not None:
            file.write_text(text)
        with pytest.raises(Misconfigured, match="YISHI_JWKS"):
            Gate(str(file), "yishi", "620102")


def _routes(app: FastAPI) -> None:
    @app.post("/work")
    async def work(origin: Annotated[Origin, allow(Role.CLERK, Role.OFFICE)]) -> dict[str, object]:
        return {"id": origin.id, "by": origin.by, "roles": sorted(origin.roles)}

    @app.get("/read", dependencies=[allow()])
    async def read() -> str:
        return "read"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "somebody:clerk"}, {"Authorization": "Basic x:clerk"}])
def test_without_a_bearer_token_nobody_is_known(headers: dict[str, str]) -> None:
    answer = client("test", _routes).post("/work", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_one_of_the_roles_is_enough_and_the_others_are_named() -> None:
    asking = client("test", _routes)
    assert asking.post("/work", headers=bearer("observer", "office")).json()["roles"] == ["observer", "office"]
    refused = asking.post("/work", headers=bearer("observer"))
    assert refused.status_code == 403
    assert "clerk, office" in refused.json()["detail"]


def test_no_role_named_means_every_role_but_not_none() -> None:
    asking = client("test", _routes)
    assert [asking.get("/read", headers=bearer(role)).status_code for role in Role] == [200] * len(Role)
    assert asking.get("/read", headers=bearer("burglar")).status_code == 403
    assert asking.get("/read").status_code == 401


def test_a_request_is_the_same_by_key_caller_and_path() -> None:
    asking = client("test", _routes)

    def id_(key: str, subject: str = "li") -> str:
        headers = bearer("clerk", subject=subject) | ({"Idempotency-Key": key} if key else {})
        return str(asking.post("/work", headers=headers).json()["id"])

    assert id_("k1") == id_("k1")
    assert len({id_("k1"), id_("k2"), id_("k1", "wang"), id_(""), id_("")}) == 5


def test_a_route_that_says_nothing_is_found() -> None:
    app = FastAPI()

    @app.get("/guarded")
    async def guarded(_: Annotated[Origin, allow(Role.CLERK)]) -> None: ...

    @app.get("/public", dependencies=[public])
    async def everyone() -> None: ...

    @app.get("/open")
    async def forgotten() -> None: ...

    assert unguarded(app) == ["/open"]


def test_the_routes_every_service_has_are_public_on_purpose(gate: Gate) -> None:
    assert unguarded(web("test", gate, no_troubles)) == []


def test_allowing_nobody_in_particular_is_everyone_known() -> None:
    dependency = allow().dependency
    assert isinstance(dependency, Allowed)
    assert dependency.roles == frozenset(Role)
