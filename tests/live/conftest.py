"""What every live test begins with."""

from pathlib import Path

import pytest
from stand_ins import COUNTY


@pytest.fixture(autouse=True)
def _no_servers_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YISHI_NATS_URL", raising=False)
    monkeypatch.delenv("YISHI_MONGO_URL", raising=False)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    file = tmp_path / "county.yaml"
    file.write_text(COUNTY, encoding="utf-8")
    return file
