"""Who may talk to whom: what is needed and nothing else, at both ends; what a cluster enforces is not seen here."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from overlays import NAMES, of, pods, selects

pytestmark = pytest.mark.xdist_group("overlays")
every = pytest.mark.parametrize("name", NAMES)

Edge = tuple[str, str, int]
SERVICES = ("intake", "meetings", "outcomes", "notify")
CLIENTS = (*SERVICES, "prepare", "backup")
NEEDED: set[Edge] = {(who, "nats", 4222) for who in CLIENTS} | {(who, "mongo", 27017) for who in CLIENTS}
NEEDED |= {(who, "telemetry", 4318) for who in SERVICES} | {("nats", "nats", 6222), ("mongo", "mongo", 27017)}


@every
def test_inside_a_county_exactly_the_needed_ways_are_open(name: str) -> None:
    labels = {made["app.kubernetes.io/name"]: made for _, made, _ in pods(name)}
    outward = set(_edges(name, labels, "egress", "to"))
    inward = {(peer, who, port) for who, peer, port in _edges(name, labels, "ingress", "from")}
    expected = {(who, whom, port) for who, whom, port in NEEDED if who in labels and whom in labels}
    if not any(thing["spec"].get("replicas") == 3 for thing in of(name, "StatefulSet")):
        expected -= {("nats", "nats", 6222)}
    if not of(name, "MongoDBCommunity"):
        expected -= {("mongo", "mongo", 27017)}
    assert outward & inward == expected
    assert outward <= expected, "open at one end and closed at the other"


@every
def test_everything_is_closed_first_and_only_names_are_open_to_all(name: str) -> None:
    to_all = [p["metadata"]["name"] for p in of(name, "NetworkPolicy") if p["spec"]["podSelector"] == {}]
    assert sorted(to_all) == ["closed", "names"]
    (closed,) = (p["spec"] for p in of(name, "NetworkPolicy") if p["metadata"]["name"] == "closed")
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in of(name, "NetworkPolicy"):
        for direction, key in (("egress", "to"), ("ingress", "from")):
            for rule in policy["spec"].get(direction, []):
                assert rule.get(key) or policy["metadata"]["name"] == "mongo-members", policy["metadata"]["name"]
                assert rule.get("ports") or policy["metadata"]["name"] == "to-sms", policy["metadata"]["name"]


@every
def test_outside_the_county_only_what_was_chosen_is_reached(name: str) -> None:
    told = {
        policy["metadata"]["name"]
        for policy in of(name, "NetworkPolicy")
        for rule in policy["spec"].get("egress", [])
        for peer in rule.get("to", [{}])
        if "podSelector" not in peer or "namespaceSelector" in peer
    }
    chosen = {"to-nats", "to-mongo", "to-hub", "to-identity", "to-sms", "telemetry", "names", "mongo-members"}
    assert told <= chosen


def _edges(name: str, labels: Mapping[str, Mapping[str, str]], direction: str, key: str) -> Iterator[Edge]:
    """Yield who is let go to (or come from) whom in the same namespace, at which port."""
    for policy in of(name, "NetworkPolicy"):
        spec = policy["spec"]
        for rule, (who, whom) in product(spec.get(direction, []), product(labels, labels)):
            if selects(spec["podSelector"], labels[who]) and _lets(rule, key, labels[whom]):
                yield from ((who, whom, port["port"]) for port in rule["ports"])


def _lets(rule: Mapping[str, Any], key: str, labels: Mapping[str, str]) -> bool:
    peers = [peer for peer in rule.get(key, []) if "namespaceSelector" not in peer]
    return any("podSelector" in peer and selects(peer["podSelector"], labels) for peer in peers)
