"""What the overlays render to: every county, and every combination of components that somebody may choose."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy" / "k8s"
COUNTIES = sorted(path.name for path in (K8S / "counties").iterdir())
NATS = {"single": ["nats/single"], "cluster": ["nats/cluster"], "leaf": ["nats/single", "nats/leaf"]}
NATS |= {"hub": ["nats/hub"], "external": ["nats/external"]}
MONGO = ("single", "operator", "hub", "external")
SIZES = ("small", "medium", "large")
ALL = ["nats/monitored", "identity", "sms", "keda", "gateway", "certificate", "telemetry", "monitoring", "alerts"]
COMBINATIONS = {f"nats-{nats}+mongo-{mongo}": [*NATS[nats], f"mongo/{mongo}"] for nats in NATS for mongo in MONGO}
COMBINATIONS |= {f"size-{size}": [f"sizes/{size}", "nats/single", "mongo/single"] for size in SIZES}
COMBINATIONS["everything"] = ["nats/single", "nats/leaf", "mongo/single", "secrets/external", "backup", *ALL]
COMBINATIONS["everything-own-gateway"] = [*COMBINATIONS["everything"], "gateway-own"]
NAMES = [*COUNTIES, *COMBINATIONS]
SETTINGS = """\
CODE=620102
HOST=chengguan.yishi.example
TRACES_URL=http://traces.monitoring:4318
BACKUP_CLASS=backup
NATS_CIDR=10.1.0.0/24
MONGO_CIDR=10.2.0.0/24
HUB_CIDR=10.3.0.0/24
HUB=hub.yishi.example:7422
LEAVES_CIDR=10.4.0.0/16
YISHI_JWKS=https://id.yishi.example/jwks.json
YISHI_ISSUER=https://id.yishi.example
IDENTITY_CIDR=10.5.0.0/24
SMS_CIDR=10.6.0.0/24
"""

Object = Mapping[str, Any]


@cache
def rendered(name: str) -> tuple[Object, ...]:
    """Render a county by its code, or a combination by its name; skips where there is no kubectl."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on PATH: the overlays are not rendered here")
    if name in COUNTIES:
        return _render(K8S / "counties" / name)
    with tempfile.TemporaryDirectory() as folder:
        return _render(_combination(Path(folder).resolve(), COMBINATIONS[name]))


def _combination(folder: Path, components: list[str]) -> Path:
    up = os.path.relpath(K8S, folder)
    overlay = yaml.safe_load((K8S / "counties" / "620102" / "kustomization.yaml").read_text(encoding="utf-8"))
    sized = [] if any(path.startswith("sizes/") for path in components) else ["sizes/medium"]
    paths = [f"{up}/components/{path}" for path in ("county", *sized, *components)]
    overlay |= {"resources": [f"{up}/base"], "components": [*paths, f"{up}/versions/0.1.0"]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    (folder / "county.env").write_text(SETTINGS)
    shutil.copy(K8S / "counties" / "620102" / "county.yaml", folder)
    return folder


def _render(folder: Path) -> tuple[Object, ...]:
    done = subprocess.run(  # noqa: S603  - our own command
        ["kubectl", "kustomize", str(folder)],  # noqa: S607  - wherever it is
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(thing for thing in yaml.load_all(done.stdout, yaml.CSafeLoader) if thing)


def of(name: str, *kinds: str) -> list[Object]:
    """List what an overlay has of some kinds."""
    return [thing for thing in rendered(name) if thing["kind"] in kinds]


def pods(name: str) -> Iterator[tuple[str, Object, Object]]:
    """Yield every pod an overlay makes: who makes it, the labels it has, its spec."""
    for thing in rendered(name):
        where = f"{thing['kind']}/{thing['metadata']['name']}"
        spec = thing.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if thing["kind"] == "MongoDBCommunity":
            template = spec["statefulSet"]["spec"]["template"]
        if template and "spec" in template and thing["kind"] != "ExternalSecret":
            yield where, template["metadata"]["labels"], template["spec"]


def containers(spec: Object) -> list[Object]:
    """List all containers of a pod."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects these labels."""
    for expression in selector.get("matchExpressions", []):
        value = labels.get(expression["key"])
        if {"In": value not in expression.get("values", []), "Exists": value is None}[expression["operator"]]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def is_ours(image: str) -> bool:
    """Whether an image is one of those built here."""
    return re.match(r"localhost/yishi/", image) is not None
