"""Every rendered object against the schema of its kind, in the oldest and the newest Kubernetes that is supported."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
from customs import SPECS
from overlays import NAMES, rendered

pytestmark = pytest.mark.xdist_group("overlays")

OLDEST, NEWEST = "1.32", "1.37"
_known: set[str] = set()
"""Objects that were found good; counties differ in names alone, so most come again."""


def flaws(thing: Mapping[str, Any], version: str) -> list[str]:
    """Say what is wrong with an object."""
    kind = (thing["apiVersion"], thing["kind"])
    where = f"{thing['kind']}/{thing['metadata']['name']}"
    if kind in SPECS:
        assert set(thing) == {"apiVersion", "kind", "metadata", "spec"}, where
        found = jsonschema.Draft202012Validator(SPECS[kind]).iter_errors(thing["spec"])
        return [f"{where}: {error.json_path}: {error.message}" for error in found]
    try:
        kubernetes_validate.validate(thing, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{where} in {version}: {'.'.join(map(str, error.path))}: {error.message}"]
    return []


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", NAMES)
def test_every_object_has_the_form_of_its_kind(name: str, version: str) -> None:
    found = []
    for thing in rendered(name):
        if thing["kind"] == "ConfigMap":  # any text is good
            continue
        key = version + json.dumps(thing, sort_keys=True).replace(name, "620102")
        if key not in _known:
            found += (wrong := flaws(thing, version))
            _known.update([] if wrong else [key])
    assert found == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ScaledObject", lambda spec: spec.update(maxReplicas=6)),
        ("HTTPRoute", lambda spec: spec.update(parentRef=[])),
        ("PodMonitor", lambda spec: spec.update(podMetricEndpoints=[])),
        ("ExternalSecret", lambda spec: spec["data"][0]["remoteRef"].pop("property")),
        ("Certificate", lambda spec: spec["dnsNames"].append("*")),
        ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].update({"for": "soon"})),
        ("Deployment", lambda spec: spec["strategy"]["rollingUpdate"].update(maxUnavailablee=0)),
        ("CronJob", lambda spec: spec["jobTemplate"]["spec"].update(activeDeadline=1)),
    ],
)
def test_a_slip_in_a_field_is_found(kind: str, change: Any) -> None:  # noqa: ANN401  whatever takes a spec
    things = [thing for thing in rendered("everything") if thing["kind"] == kind]
    thing = copy.deepcopy(dict(things[0]))
    assert flaws(thing, NEWEST) == []
    change(thing["spec"])
    assert flaws(thing, NEWEST)
