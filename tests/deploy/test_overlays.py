"""What must hold of every county and every combination, whatever they render to."""

import re
from collections import Counter
from pathlib import Path
from typing import cast

import pytest
import yaml
from overlays import COUNTIES, K8S, NAMES, Object, containers, is_ours, of, pods, rendered, selects

from common import bus, service
from common.auth import Gate
from common.bus.streams import table
from common.settings import Settings
from common.web import web
from yishi.county.cluster import KEYS, wanted_secrets

SERVICES = {"intake", "meetings", "outcomes", "notify"}
pytestmark = pytest.mark.xdist_group("overlays")  # each is rendered once
every = pytest.mark.parametrize("name", NAMES)


@every
def test_all_pods_are_as_restricted_as_the_namespace_demands(name: str) -> None:
    for where, _, spec in pods(name):
        if where == "MongoDBCommunity/mongo":  # its operator sets these; not seen here
            continue
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, where
        assert security["runAsUser"] > 0, where
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert not any(key in spec for key in ("hostNetwork", "hostPID", "hostIPC")), where
        assert not any("hostPath" in volume for volume in spec.get("volumes", [])), where
        assert spec["automountServiceAccountToken"] is False, where
        for container in containers(spec):
            closed = container["securityContext"]
            assert closed["allowPrivilegeEscalation"] is False, where
            assert closed["readOnlyRootFilesystem"] is True, where
            assert closed["capabilities"] == {"drop": ["ALL"]}, where
    (namespace,) = of(name, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@every
def test_every_container_asks_for_what_it_needs_and_names_one_exact_image(name: str) -> None:
    for where, _, spec in pods(name):
        for container in containers(spec):
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), where
            assert set(resources["limits"]) == {"memory"}, f"{where}: a limit on processors only throttles"
            if image := container.get("image"):
                assert re.search(r":\d+\.\d+\.\d+(-[a-z]+)?$|@sha256:[0-9a-f]{64}$", image), f"{where}: {image}"


@every
def test_every_server_has_probes_and_those_of_a_service_match_its_routes(name: str) -> None:
    routes = {getattr(route, "path", "") for route in web("intake", cast("Gate", None), _no_troubles).routes}
    for thing in of(name, "Deployment", "StatefulSet"):
        for container in thing["spec"]["template"]["spec"]["containers"]:
            probes = {kind: container[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")}
            ports = {port["name"] for port in container["ports"]}
            for probe in probes.values():
                (check,) = (probe[kind] for kind in ("httpGet", "tcpSocket") if kind in probe)
                assert check["port"] in ports
            if thing["metadata"]["name"] in SERVICES:
                assert {probe["httpGet"]["path"] for probe in probes.values()} <= routes
                assert probes["readiness"]["httpGet"]["path"] == "/health/ready"
                assert probes["liveness"]["httpGet"]["path"] == "/health/live"
                asked = ("MongoDB", "NATS")
                assert probes["readiness"]["timeoutSeconds"] > service.READY_WITHIN_S * len(asked)


@every
def test_a_service_has_time_to_finish_what_is_in_hand(name: str) -> None:
    for thing in of(name, "Deployment"):
        spec = thing["spec"]["template"]["spec"]
        if thing["metadata"]["name"] in SERVICES:
            before = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            longest = before + service.GRACE_S + bus.GRACE_S + 5  # the outbox gets 5 s
            assert spec["terminationGracePeriodSeconds"] > longest + 5
            assert thing["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@every
def test_a_budget_stands_where_there_is_more_than_one_and_only_there(name: str) -> None:
    budgets = {thing["metadata"]["name"] for thing in of(name, "PodDisruptionBudget")}
    scaled = {thing["spec"]["scaleTargetRef"]["name"] for thing in of(name, "ScaledObject")}
    for thing in of(name, "Deployment", "StatefulSet"):
        who, replicas = thing["metadata"]["name"], thing["spec"].get("replicas")
        assert (replicas is None) == (who in scaled), f"{who}: either the county or KEDA says how many"
        assert ((replicas or 2) > 1) == (who in budgets), who
        spread = thing["spec"]["template"]["spec"].get("topologySpreadConstraints")
        assert bool(spread) == ((replicas or 2) > 1), who


@every
def test_every_selector_selects_and_every_reference_leads_somewhere(name: str) -> None:
    labels = [made for _, made, _ in pods(name)]
    there = {(thing["kind"], thing["metadata"]["name"]) for thing in rendered(name)}
    for thing in of(name, "Service"):
        assert any(selects({"matchLabels": thing["spec"]["selector"]}, made) for made in labels), thing["metadata"]
    for thing in of(name, "PodDisruptionBudget", "PodMonitor", "Deployment", "StatefulSet"):
        assert any(selects(thing["spec"]["selector"], made) for made in labels), thing["metadata"]
    for thing in of(name, "NetworkPolicy"):
        selector = thing["spec"]["podSelector"]
        assert any(selects(selector, made) for made in labels), thing["metadata"]
    for thing in of(name, "HTTPRoute"):
        for rule in thing["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                assert ("Service", backend["name"]) in there
                assert backend["port"] == 80
    for where, _, spec in pods(name):
        assert where == "MongoDBCommunity/mongo" or ("ServiceAccount", spec["serviceAccountName"]) in there, where
        for kind, wanted in _references(spec):
            assert (kind, wanted) in there, f"{where}: {kind} {wanted}"


@every
def test_what_is_set_is_what_the_services_read_and_all_they_must_have(name: str) -> None:
    known = {f"YISHI_{field.upper()}" for field in Settings.model_fields}
    needed = {f"YISHI_{n.upper()}" for n, field in Settings.model_fields.items() if field.is_required()}
    data = {thing["metadata"]["name"]: set(thing["data"]) for thing in of(name, "ConfigMap")}
    for where, _, spec in pods(name):
        for container in containers(spec):
            if not is_ours(container.get("image", "")):
                continue
            sources = container.get("envFrom", [])
            given = {entry["name"] for entry in container.get("env", [])}
            for source in sources:
                given |= data.get(source.get("configMapRef", {}).get("name"), set())
                given |= set(KEYS.get(source.get("secretRef", {}).get("name"), ()))
            assert given <= known, where
            if container["image"].split("/")[-1].split(":")[0] in SERVICES:
                assert needed <= given, where
            opens = {"YISHI_SEAL_PRIVATE", "YISHI_VAULT_KEY"} & given
            assert bool(opens) == ("/notify:" in container["image"]), f"{where}: only notify opens contacts"


@every
def test_secrets_are_named_and_their_content_is_known(name: str) -> None:
    for secret, _ in wanted_secrets(list(rendered(name))):
        assert secret in KEYS or re.fullmatch(r"mongo-\d{6}", secret), secret


@every
def test_the_quota_holds_all_that_may_run_at_once(name: str) -> None:
    (quota,), (limits,) = of(name, "ResourceQuota"), of(name, "LimitRange")
    most = {o["spec"]["scaleTargetRef"]["name"]: o["spec"]["maxReplicaCount"] for o in of(name, "ScaledObject")}
    makers = {
        f"{thing['kind']}/{thing['metadata']['name']}": thing["spec"] for thing in rendered(name) if "spec" in thing
    }
    asked = given = pods_ = 0.0
    for where, _, spec in pods(name):
        maker = makers[where]
        times = most.get(where.partition("/")[2], maker.get("replicas", maker.get("members", 1)))
        times += 1 if where.startswith("Deployment") else 0  # a rollout has one more of it
        for container in containers(spec):
            assert _bytes(container["resources"]["limits"]["memory"]) <= _bytes(
                limits["spec"]["limits"][0]["max"]["memory"]
            )
        asked += times * sum(_bytes(c["resources"]["requests"]["memory"]) for c in spec["containers"])
        given += times * sum(_bytes(c["resources"]["limits"]["memory"]) for c in spec["containers"])
        pods_ += times
    hard = quota["spec"]["hard"]
    assert asked <= _bytes(hard["requests.memory"])
    assert given <= _bytes(hard["limits.memory"])
    assert pods_ <= int(hard["pods"])


@every
def test_everything_stands_in_the_countys_own_namespace_and_wears_its_code(name: str) -> None:
    code = name if name in COUNTIES else "620102"
    for thing in rendered(name):
        namespace = thing["metadata"].get("namespace")
        assert namespace == (None if thing["kind"] == "Namespace" else f"yishi-{code}"), thing["metadata"]
        assert thing["kind"] != "Secret", "no secret is written down here"
        assert "config.kubernetes.io/local-config" not in thing["metadata"].get("annotations", {})
    text = yaml.safe_dump_all([thing for thing in rendered(name) if thing["kind"] != "ConfigMap"])
    assert "000000" not in text, "a placeholder was left"
    assert ".invalid" not in text
    assert "192.0.2.0" not in text


@every
def test_keda_asks_for_consumers_that_exist(name: str) -> None:
    there = {(consumer.stream, consumer.name) for consumer in table("620102")}
    asked = [trigger["metadata"] for thing in of(name, "ScaledObject") for trigger in thing["spec"]["triggers"]]
    assert {(trigger["stream"], trigger["consumer"]) for trigger in asked} <= there
    assert {trigger["account"] for trigger in asked} <= {f"C{name if name in COUNTIES else '620102'}"}


def test_no_two_counties_share_a_host_name() -> None:
    hosts = Counter(host for code in COUNTIES for r in of(code, "HTTPRoute") for host in r["spec"].get("hostnames", []))
    assert len(hosts) == len(COUNTIES)
    assert set(hosts.values()) == {1}


def test_every_component_is_rendered_by_a_county_or_a_combination_and_says_what_it_is_for() -> None:
    kustomizations = list(K8S.rglob("kustomization.yaml"))
    assert len(kustomizations) > 30
    used = "".join(file.read_text(encoding="utf-8") for file in kustomizations) + Path(__file__).with_name(
        "overlays.py"
    ).read_text(encoding="utf-8")
    for file in kustomizations:
        assert file.read_text(encoding="utf-8").startswith("# "), f"{file}: what is it for?"
        assert "counties" in file.parts or file.parent.name in used, file


def _bytes(quantity: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
    return float(number) * {"Mi": 2**20, "Gi": 2**30}[unit]


async def _no_troubles() -> list[str]:
    return []


def _references(spec: Object) -> list[tuple[str, str]]:
    found = [("ConfigMap", v["configMap"]["name"]) for v in spec.get("volumes", []) if "configMap" in v]
    claims = [v["persistentVolumeClaim"] for v in spec.get("volumes", []) if "persistentVolumeClaim" in v]
    found += [("PersistentVolumeClaim", claim["claimName"]) for claim in claims]
    for container in containers(spec):
        refs = [source["configMapRef"] for source in container.get("envFrom", []) if "configMapRef" in source]
        found += [("ConfigMap", ref["name"]) for ref in refs]
    return found
