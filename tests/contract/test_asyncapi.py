"""The document of the bus: whole, and leading nowhere that is not in it."""

import json
from collections.abc import Iterator

from fastapi import FastAPI

from common.asyncapi import document
from common.events import PUBLIC, type_registry
from fakes import client


def _refs(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield str(value)
            else:
                yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


def _find(root: object, ref: str) -> object:
    for part in ref.removeprefix("#/").split("/"):
        assert isinstance(root, dict)
        root = root[part]
    return root


def test_every_fact_has_a_channel_an_operation_and_a_schema() -> None:
    told = json.loads(json.dumps(document()))
    assert set(told["channels"]) == set(type_registry)
    assert {operation["channel"]["$ref"].rsplit("/", 1)[-1] for operation in told["operations"].values()} == set(
        type_registry
    )
    for event in type_registry.values():
        assert told["components"]["schemas"][event.__name__]["type"] == "object"


def test_every_reference_leads_somewhere() -> None:
    told = document()
    refs = set(_refs(told))
    assert len(refs) > len(type_registry)
    for ref in refs:
        assert _find(told, ref)


def test_a_department_finds_its_own_subjects_and_who_hears_them() -> None:
    told = json.loads(json.dumps(document()))
    channel = told["channels"]["dept.in.issue.v1"]
    assert channel["address"] == "dept.{county}.{system}.in.issue.v1"
    assert set(channel["parameters"]) == {"county", "system"}
    assert told["operations"]["receive-dept.in.issue.v1"]["action"] == "receive"
    assert PUBLIC in told["operations"]["send-dept.out.issue.v1"]["summary"]


def test_every_service_serves_it_to_everyone() -> None:
    def no_routes(_: FastAPI) -> None:
        """Add nothing."""

    answer = client("intake", no_routes).get("/asyncapi.json")
    assert answer.json() == json.loads(json.dumps(document()))
