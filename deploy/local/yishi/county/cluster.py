"""A county on a cluster, through kubectl."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from common.errors import Misconfigured

Object = Mapping[str, Any]
_REST = "\n… `yishi county secrets CODE` makes them, or the province's store gives them"


@dataclass(frozen=True)
class Line:
    """Something that runs, or ran: how much of it is there, and its image."""

    name: str
    ready: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.ready else 'fault'} {self.name}: {self.detail}"


def render(folder: Path) -> str:
    """Render a county's overlay. Raises Misconfigured with what kubectl says."""
    return _kubectl("kustomize", str(folder))


def diff(folder: Path) -> int:
    """Print how the cluster differs from the overlay; 0 where it does not, 1 where it does."""
    done = subprocess.run([_program(), "diff", "-k", str(folder)], check=False)
    if done.returncode > 1:
        raise Misconfigured(f"kubectl diff ended with exit code {done.returncode}")
    return done.returncode


def status(folder: Path, code: str) -> list[Line]:
    """Look at everything of a county that runs. Raises Misconfigured where a Secret is missing or nobody answers."""
    require_secrets(folder, code)
    kinds = "deployments,statefulsets,jobs"
    found = json.loads(_kubectl("get", kinds, "--namespace", f"yishi-{code}", "--output", "json"))["items"]
    lines = [_line(thing) for thing in found]
    wanted = [f"{o['kind']} {o['metadata']['name']}" for o in objects(folder) if o["kind"] in _RUNS]
    there = {line.name for line in lines}
    return [*lines, *(Line(name, ready=False, detail="is not there") for name in wanted if name not in there)]


def objects(folder: Path) -> list[Object]:
    """List what an overlay renders to."""
    return [thing for thing in yaml.safe_load_all(render(folder)) if thing]


def require_secrets(folder: Path, code: str) -> None:
    """Raise Misconfigured with every Secret, and every key of one, that the overlay needs and the cluster has not."""
    found = json.loads(_kubectl("get", "secrets", "--namespace", f"yishi-{code}", "--output", "json"))["items"]
    there = {secret["metadata"]["name"]: set(secret.get("data") or {}) for secret in found}
    missing = [
        f"  Secret {name}" + (f", key {key}" if name in there else "")
        for name, key in sorted(wanted_secrets(objects(folder)))
        if key not in there.get(name, set()) and not (name in there and not key)
    ]
    if missing:
        lines = "\n".join(dict.fromkeys(missing))
        raise Misconfigured(f"county {code} lacks what must be there before anything is applied:\n{lines}{_REST}")


KEYS = {
    "connections": ("YISHI_NATS_URL", "YISHI_MONGO_URL"),
    "keys": ("YISHI_COUNTY_KEY", "YISHI_SEAL_PUBLIC"),
    "notify-keys": ("YISHI_SEAL_PRIVATE", "YISHI_VAULT_KEY"),
    "nats": ("auth.conf",),
    "mongo": ("password",),
    "tls": ("tls.crt", "tls.key"),
}
"""What stands in each Secret that is needed."""


def wanted_secrets(rendered: list[Object]) -> set[tuple[str, str]]:
    """Find the Secrets that rendered objects name and nothing among them makes: name and key."""
    made = {thing["spec"]["target"]["name"] for thing in rendered if thing["kind"] == "ExternalSecret"}
    made |= {thing["spec"]["secretName"] for thing in rendered if thing["kind"] == "Certificate"}
    made |= {thing["metadata"]["name"] for thing in rendered if thing["kind"] == "Secret"}
    named = {name for thing in rendered for name in _named(thing)} - made
    return {(name, key) for name in named for key in KEYS.get(name, ("",))}


def _named(node: object) -> Iterator[str]:
    """Walk through an object and find the Secrets it needs."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key in ("secretRef", "secretKeyRef", "passwordSecretRef") and not value.get("optional"):
            yield str(value["name"])
        elif key == "secret" and isinstance(value, Mapping) and not value.get("optional"):
            yield str(value["secretName"])
        elif key == "certificateRefs":
            yield from (str(reference["name"]) for reference in value)
        else:
            yield from _named(value)


_RUNS = ("Deployment", "StatefulSet")


def _line(thing: Object) -> Line:
    kind, name, state = thing["kind"], thing["metadata"]["name"], thing.get("status", {})
    containers = thing["spec"]["template"]["spec"]["containers"]
    images = ", ".join(container["image"].rpartition("/")[2] for container in containers)
    if kind == "Job":
        done = bool(state.get("succeeded"))
        return Line(f"{kind} {name}", done, f"{'done' if done else 'not done'} ({images})")
    wanted, ready = thing["spec"].get("replicas", 1), state.get("readyReplicas", 0)
    current = state.get("observedGeneration") == thing["metadata"].get("generation")
    updated = state.get("updatedReplicas", 0)
    detail = f"{ready} of {wanted} ready, {updated} of the newest version ({images})"
    return Line(f"{kind} {name}", current and ready == updated == wanted, detail)


def _kubectl(*arguments: str) -> str:
    done = subprocess.run([_program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Misconfigured(f"kubectl {' '.join(arguments[:2])} says: {done.stderr.strip()[:2000]}")
    return done.stdout


def _program() -> str:
    found = shutil.which("kubectl")
    if not found:
        raise Misconfigured("kubectl is not on PATH; it renders the overlays and talks to the cluster")
    return found
