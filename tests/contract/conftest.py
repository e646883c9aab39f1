"""One real mongod for the whole run, on loopback, in a folder of its own."""

import asyncio
from collections.abc import Iterator

import pytest

from yishi.folder import Folder
from yishi.servers import serving


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = Folder.open(tmp_path_factory.mktemp("servers") / "data")
    with folder.locked() as lock, asyncio.Runner() as runner:
        servers = serving(folder, lock, lambda _: None)
        running = runner.run(servers.__aenter__())
        try:
            yield running.mongo_url
        finally:
            runner.run(servers.__aexit__(None, None, None))
