"""Helpers for tests of county files: a copy of deploy/k8s to work in, and the command."""

import shutil
from pathlib import Path

from typer.testing import CliRunner

from yishi.county import K8S
from yishi.main import app


def run(*arguments: object) -> tuple[int, str, str]:
    """Run `yishi county`."""
    done = CliRunner().invoke(app, ["county", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def copy(folder: Path) -> Path:
    """Copy what the command works on."""
    for name in ("registry.yaml", "counties", "versions", "profiles"):
        (shutil.copytree if (K8S / name).is_dir() else shutil.copy)(K8S / name, folder / name)
    return folder
