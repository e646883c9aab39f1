"""A county on a cluster: its Secrets, and what kubectl tells; a stand-in answers for the cluster."""

import json
import os
import stat
from pathlib import Path

import pytest
import yaml

from counties import copy, run
from yishi.county import cluster, found

KUBECTL = """#!/bin/sh
case "$1" in
  kustomize) cat "$0.rendered" ;;
  get) test "$2" = secrets && cat "$0.secrets" || cat "$0.things" ;;
  diff) echo "+ replicas: 3"; exit 1 ;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Have a copy of deploy/k8s to work in."""
    return copy(tmp_path)


def test_secrets_are_made_once_and_fit_both_ends(root: Path, tmp_path: Path) -> None:
    def secrets(code: str) -> dict[str, dict[str, str]]:
        status, out, _ = run("secrets", code, "--folder", tmp_path / "vault", "--root", root)
        assert status == 0
        return {one["metadata"]["name"]: one["stringData"] for one in yaml.safe_load_all(out)}

    hosted, hub, alone = secrets("620102"), secrets("620000"), secrets("623022")
    assert secrets("620102") == hosted
    assert {name: set(data) for name, data in alone.items()} == {
        **{name: set(keys) for name, keys in cluster.KEYS.items() if name not in ("tls", "mongo")},
        "jwks": {"jwks.json"},
        "mongo": {"password", "keyfile"},
    }
    assert hub["mongo-620102"]["password"] in hosted["connections"]["YISHI_MONGO_URL"]
    password = hosted["connections"]["YISHI_NATS_URL"].split(":")[2].split("@")[0]
    assert f'user: c620102, password: "{password}"' in hub["nats"]["auth.conf"]
    assert password not in alone["nats"]["auth.conf"]
    assert len(alone["mongo"]["keyfile"]) <= 1024
    files = [file for file in (tmp_path / "vault").rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a kubectl that answers what the test says."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(KUBECTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    image = "localhost/yishi/intake:0.1.0"
    names_ = ({"name": "connections"}, {"name": "keys"}, {"name": "gateways", "optional": True})
    template = {"spec": {"containers": [{"image": image, "envFrom": [{"secretRef": name} for name in names_]}]}}
    intake = {"kind": "Deployment", "metadata": {"name": "intake", "generation": 2}, "spec": {"template": template}}
    answer(program, rendered=intake, secrets={"items": []}, things={"items": []})
    return program


def answer(program: Path, **documents: object) -> None:
    for name, document in documents.items():
        program.with_name(f"kubectl.{name}").write_text(json.dumps(document))


def test_missing_secrets_are_named_before_anything_is_applied(root: Path, kubectl: Path) -> None:
    for command in ("diff", "status"):
        code, out, err = run(command, "620102", "--root", root)
        assert (code, out) == (1, "")
        assert [line.strip() for line in err.splitlines()[1:3]] == ["Secret connections", "Secret keys"]
        assert "gateways" not in err
    half = {"metadata": {"name": "connections"}, "data": {"YISHI_NATS_URL": "eA=="}}
    answer(kubectl, secrets={"items": [half]})
    assert "Secret connections, key YISHI_MONGO_URL\n  Secret keys" in run("diff", "620102", "--root", root)[2]


def test_status_tells_what_is_there_what_is_not_and_in_which_version(root: Path, kubectl: Path) -> None:
    given = [{"metadata": {"name": n}, "data": dict.fromkeys(cluster.KEYS[n], "eA==")} for n in ("connections", "keys")]
    answer(kubectl, secrets={"items": given})
    code, out, _ = run("status", "620102", "--root", root)
    assert (code, out.strip()) == (1, "fault Deployment intake: is not there")
    thing = json.loads(kubectl.with_name("kubectl.rendered").read_text())
    thing["spec"]["replicas"] = 2
    thing["status"] = {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 2}
    answer(kubectl, things={"items": [thing]})
    code, out, _ = run("status", "620102", "--root", root)
    assert (code, out.strip()) == (
        1,
        "fault Deployment intake: 1 of 2 ready, 2 of the newest version (intake:0.1.0)",
    )
    thing["status"]["readyReplicas"] = 2
    answer(kubectl, things={"items": [thing]})
    assert run("status", "620102", "--root", root)[0] == 0
    assert run("diff", "620102", "--root", root)[0] == 1


def test_without_kubectl_a_county_is_still_checked_and_rendering_says_what_is_missing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert run("check", "--root", root)[0] == 0
    code, _, err = run("render", "620102", "--root", root)
    assert code == 1
    assert "kubectl is not on PATH" in err
    assert "no county in the registry" in run("render", "620199", "--root", root)[2]


def test_a_replica_set_is_not_made_without_somebody_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YISHI_MONGO_URL", raising=False)
    assert "YISHI_MONGO_URL is missing" in run("found", "127.0.0.1:1")[2]
    monkeypatch.setenv("YISHI_MONGO_URL", "mongodb://yishi:secret@127.0.0.1:1/?replicaSet=yishi")
    monkeypatch.setattr(found, "WITHIN_MS", 50)
    code, _, err = run("found", "127.0.0.1:1")
    assert code == 1
    assert "is no replica set yet" in err
    assert "secret" not in err
