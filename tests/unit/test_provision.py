"""A cluster that has just started is given time to find a place for copies; any other refusal is told at once."""

import asyncio
from collections import deque

import pytest
from nats.js.errors import APIError

from common.bus import provision


class Cluster:
    """Refuses as often as it is told, then agrees."""

    def __init__(self, *codes: int) -> None:
        self.refusals = deque(codes)
        self.asked = 0

    async def make(self) -> None:
        self.asked += 1
        if self.refusals:
            raise APIError(code=503, err_code=self.refusals.popleft(), description="no")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provision, "LOOK_AGAIN_S", 0)


def test_a_cluster_whose_members_have_not_met_is_asked_again() -> None:
    cluster = Cluster(10005, 10008)
    asyncio.run(provision._placed(cluster.make))
    assert cluster.asked == 3


def test_any_other_refusal_is_told_at_once() -> None:
    cluster = Cluster(10065)
    with pytest.raises(APIError):
        asyncio.run(provision._placed(cluster.make))
    assert cluster.asked == 1


def test_a_cluster_that_never_meets_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provision, "PLACED_WITHIN_S", -1)
    cluster = Cluster(10005, 10005)
    with pytest.raises(APIError):
        asyncio.run(provision._placed(cluster.make))
    assert cluster.asked == 1
