"""Alerts and dashboards: over metrics that exist, each with its paragraph in the runbook, firing when they should."""

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from overlays import K8S
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

ALERTS = K8S / "components" / "alerts"
ELSEWHERE = {
    "up": set[str](),
    "kube_cronjob_status_last_successful_time": {"cronjob"},
    "kube_pod_container_resource_limits": {"resource", "container"},
    "kubelet_volume_stats_available_bytes": {"persistentvolumeclaim"},
    "kubelet_volume_stats_capacity_bytes": {"persistentvolumeclaim"},
}
"""Prometheus' own, kube-state-metrics' and the kubelet's, as their documentation names them."""

GIVEN = {"namespace", "service", "pod", "job", "le"}
"""Labels that the PodMonitor puts on everything, and a histogram's own."""


def metrics() -> dict[str, set[str]]:
    """List what /metrics of the services can show, and each one's labels."""
    for module in ("common.web", "common.bus", "common.outbox", "common.service", "notify.handlers.answers"):
        importlib.import_module(module)
    known = dict(ELSEWHERE)
    for collector, names in REGISTRY._collector_to_names.items():
        labels = set(collector._labelnames) if isinstance(collector, MetricWrapperBase) else set()
        known |= dict.fromkeys(names, labels)
    return known


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((ALERTS / "rules.yaml").read_text(encoding="utf-8"))["spec"]["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for file in ("operator.json", "office.json"):
        board = json.loads((ALERTS / file).read_text(encoding="utf-8"))
        yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])
        yield board["templating"]["list"][1]["query"].removeprefix("label_values(").removesuffix(", namespace)")


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_what_is_watched_exists_with_its_labels(expression: str) -> None:
    known = metrics()
    used = re.findall(r"\b((?:yishi|process|kube|kubelet)_\w+|up)(?:\{([^}]*)\})?", expression)
    assert used
    for name, matchers in used:
        assert name in known, name
        assert set(re.findall(r"(\w+)\s*[=!]", matchers)) <= known[name] | GIVEN, name


def test_every_alert_has_its_paragraph_and_every_panel_its_title() -> None:
    headings = re.findall(r"(?m)^#+ (.+)$", (K8S / "README.md").read_text(encoding="utf-8"))
    anchors = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        annotations = rule["annotations"]
        assert annotations["runbook"].partition("#")[2] in anchors, rule["alert"]
    for file in ("operator.json", "office.json"):
        board = json.loads((ALERTS / file).read_text(encoding="utf-8"))
        assert all(panel["title"] for panel in board["panels"])
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    office = json.loads((ALERTS / "office.json").read_text(encoding="utf-8"))
    assert all(re.search(r"[\u4e00-\u9fff]", panel["title"] + panel["description"]) for panel in office["panels"])


def test_every_alert_is_proven_to_fire() -> None:
    tests = yaml.safe_load(Path(__file__).with_name("alerts.yaml").read_text(encoding="utf-8"))["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_prometheus_fires_each_alert_when_it_should_and_not_before(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not on PATH (Debian: the package prometheus): the alerts are read here, not run")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "yishi", "rules": rules()}]}))
    shutil.copy(Path(__file__).with_name("alerts.yaml"), tmp_path)
    done = subprocess.run(  # noqa: S603  the tool we found
        [promtool, "test", "rules", "alerts.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
