"""Messages over real sockets and a real database: whatever is killed, cut, throttled or silent, nobody gets two."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

import sms_office
from carrier import Carrier, Manners
from carriers import Ismg, Smsc
from node_smsc import Absent, installed, node_smsc
from notify.domain import NoticeState
from notify.store import MongoLeases
from sms_office import FIRST, office, sending
from yishi.folder import Folder
from yishi.servers import serving

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("sms")]

MANY = 60


@pytest.fixture(scope="module")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = Folder.open(tmp_path_factory.mktemp("sms") / "data")
    with folder.locked() as lock, asyncio.Runner() as runner:
        servers = serving(folder, lock, lambda _: None)
        running = runner.run(servers.__aenter__())
        try:
            yield running.mongo_url
        finally:
            runner.run(servers.__aexit__(None, None, None))


def fresh() -> str:
    return f"sms_{secrets.token_hex(6)}"


def kind(peer: Carrier) -> str:
    return "smpp" if not isinstance(peer, Ismg) else "cmpp" if peer.v3 else "cmpp2"


async def die(mongo_url: str, peers: dict[str, tuple[Carrier, str]]) -> list[str]:
    """Let a sender die at each point, all at once; returns the signals they died of."""
    script = str(Path(sms_office.__file__))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        mongo_url,
        *(f"{point},{database},{kind(peer)},{peer.port}" for point, (peer, database) in peers.items()),
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(Path(script).parent), "YISHI_TEST_PASSWORD": "secret"},
    )
    said, _ = await process.communicate()
    return said.decode().split()


async def another_ends_it(mongo_url: str, database: str, peer: Carrier) -> dict[str, int]:
    """Let another sender do what is left; returns the states then."""
    described = sms_office.carrier("way", kind(peer), port=peer.port)
    async with office(mongo_url, database, described) as here, sending(here):
        await here.until(20, NoticeState.DELIVERED, NoticeState.UNKNOWN)
        await asyncio.sleep(1)  # whatever would be sent again is sent now
        return await here.states()


def test_killed_at_claim_write_reply_or_result_nobody_gets_two_and_all_is_accounted_for(
    mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms_office.hurry(monkeypatch.setattr)
    points: dict[str, Carrier] = {"claim": Smsc(), "write": Smsc(), "reply": Ismg(), "result": Ismg(v3=False)}

    async def story() -> list[dict[str, int]]:
        async with AsyncExitStack() as stack:
            peers = {point: (await stack.enter_async_context(peer), fresh()) for point, peer in points.items()}
            for _, database in peers.values():
                async with office(mongo_url, database) as here:
                    await here.queue(MANY)
            assert await die(mongo_url, peers) == ["9"] * 4
            return await asyncio.gather(*(another_ends_it(mongo_url, of, peer) for peer, of in peers.values()))

    claim, *others = asyncio.run(story())
    for point, peer in points.items():
        assert set(peer.taken.values()) <= {1}, f"killed at {point}, somebody got two"
    # what was claimed and never written is unknown for ever: nobody can tell it from what was written
    assert claim == {"UNKNOWN": MANY}
    for states, peer in zip(others, list(points.values())[1:], strict=True):
        assert sum(states.values()) == MANY
        assert states["DELIVERED"] == len(peer.taken)
        assert set(states) <= {"DELIVERED", "UNKNOWN"}


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("receipts before replies, in small pieces", lambda: Smsc(Manners(receipts="before", piece=5))),
        ("replies that never come", lambda: Ismg(Manners(mute=frozenset({5, 6, 7})))),
        ("a line cut in mid-window, twice", lambda: Smsc(Manners(cut_at=frozenset({20, 45})))),
        ("a storm of throttling", lambda: Ismg(Manners(throttled=20), v3=False)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_a_carrier_does_each_gets_one_and_receipts_say_the_rest(
    name: str, peer: Callable[[], Carrier], mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms_office.hurry(monkeypatch.setattr)

    async def story() -> Carrier:
        async with peer() as there:
            described = sms_office.carrier("way", kind(there), port=there.port, answer_s=0.5, window=8)
            async with office(mongo_url, fresh(), described) as here, sending(here):
                await here.queue(MANY)
                unsure = NoticeState.UNKNOWN
                cut = len(there.manners.cut_at)
                await here.until(15, *((NoticeState.DELIVERED, unsure) if cut else (NoticeState.DELIVERED,)))
                states = await here.states()
                # only what was on the way when the line was cut, and never reported, may stay unknown
                assert states.get("UNKNOWN", 0) <= 8 * cut
        return there

    there = asyncio.run(story())
    assert set(there.taken.values()) == {1}, name


def test_the_message_centre_of_npm_takes_each_part_once_and_its_receipts_are_understood(mongo_url: str) -> None:
    long = "【城关议事】" + "关于老旧小区供暖不热的协商会" * 12

    async def story() -> None:
        async with node_smsc(throttled=3) as smsc:
            described = sms_office.carrier("way", "smpp", port=smsc.port)
            async with office(mongo_url, fresh(), described) as here, sending(here):
                await here.queue(MANY, long)
                await here.until(15, NoticeState.DELIVERED)
            assert smsc.taken == {str(FIRST + number): 3 for number in range(MANY)}

    try:
        asyncio.run(installed())
    except Absent as absent:
        pytest.skip(str(absent))
    asyncio.run(story())


def test_of_two_processes_one_binds_and_the_other_takes_over_when_it_leaves(mongo_url: str) -> None:
    async def story() -> None:
        database = fresh()
        async with Smsc() as there:
            described = sms_office.carrier("way", "smpp", port=there.port)
            async with office(mongo_url, database, described) as one, office(mongo_url, database, described) as two:
                async with sending(one):
                    await one.queue(5)
                    await one.until(10, NoticeState.DELIVERED)
                    await two.accounts[0].own()
                    assert [office_.accounts[0].owned for office_ in (one, two)] == [True, False]
                    assert len(there.logins) == 1
                await two.accounts[0].own()
                assert two.accounts[0].owned
                assert two.accounts[0].fence == one.accounts[0].fence + 1
                await two.accounts[0].close()

    asyncio.run(story())


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_a_lease_has_one_owner_by_the_databases_clock_and_its_number_grows(mongo_url: str, driver: str) -> None:
    second = timedelta(seconds=1)

    async def story() -> None:
        async with office(mongo_url, fresh(), driver=driver) as here:
            leases: MongoLeases = here.leases
            at_once = await asyncio.gather(*(leases.hold("way", f"owner-{n}", second * 60) for n in range(10)))
            assert sorted(map(str, at_once)) == ["1", *["None"] * 9]
            owner = f"owner-{at_once.index(1)}"
            assert await leases.hold("way", owner, second * 60) == 1
            await leases.release("way", "somebody")
            assert await leases.hold("way", "other", second * 60) is None
            await leases.release("way", owner)
            assert await leases.hold("way", "other", second * 0) == 2
            assert await leases.hold("way", owner, second * 60) == 3
            assert await leases.hold("other way", "other", second) == 1

    asyncio.run(story())
