"""An account has one owner, and a gateway that hangs, raises or lies holds up itself alone."""

import asyncio
import time
from datetime import timedelta

import pytest

from fakes import NOON, PHONE
from gateway_world import question
from notify.domain import Accepted, Again, Outcome, Refused, Unknown
from notify.handlers import Account, Alerts, Capabilities, Message, Way
from notify.handlers import account as accounts
from notify_fakes import FakeGateway, World, received, run, saw
from notify_memory import MemoryLeases

OURS = Capabilities(query=True)
MESSAGE = Message("notice-1", PHONE, "议")


def account(gateway: FakeGateway, leases: MemoryLeases) -> Account:
    gateway.capabilities = OURS
    return Account("way", Way(gateway), leases, saw)


def test_of_two_processes_one_owns_the_account_and_the_other_waits() -> None:
    async def play() -> None:
        leases, one, two = MemoryLeases(), FakeGateway(), FakeGateway()
        first, second = account(one, leases), account(two, leases)
        await first.own()
        await second.own()
        assert (first.owned, second.owned, first.fence) == (True, False, 1)
        assert isinstance(await second.submit(MESSAGE), Refused)
        assert isinstance(await first.submit(MESSAGE), Accepted)
        assert (one.opened, two.opened, two.messages) == ([True], [], [])
        await first.close()
        await second.own()
        assert (second.owned, second.fence) == (True, 2)
        assert isinstance(await first.submit(MESSAGE), Refused)

    run(play())


def test_whoever_lost_the_account_stops_and_closes() -> None:
    async def play() -> None:
        leases, gateway = MemoryLeases(), FakeGateway()
        ours, other = account(gateway, leases), account(FakeGateway(), leases)
        await ours.own()
        leases.end()
        await other.own()
        await ours.own()
        assert gateway.opened == [True, False]
        assert await ours.submit(MESSAGE) == Refused("the account is not ours", Again.LATER)
        assert isinstance(await ours.query(question()), Unknown)
        assert gateway.messages == []

    run(play())


def test_without_the_database_the_account_is_ours_as_long_as_the_lease_was_to_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play() -> None:
        leases, gateway = MemoryLeases(), FakeGateway()
        ours = account(gateway, leases)
        await ours.own()
        leases.away = True
        await ours.own()
        assert ours.owned
        later = time.monotonic() + 9
        monkeypatch.setattr(time, "monotonic", lambda: later)
        await ours.own()
        assert (ours.owned, gateway.opened) == (False, [True, False])

    run(play())


@pytest.mark.parametrize("answer", [ConnectionError(), "yes", None])
def test_a_gateway_that_raises_or_answers_nonsense_leaves_the_message_unknown(answer: object) -> None:
    async def play() -> Outcome:
        gateway = FakeGateway(answers=[answer])  # type: ignore[list-item]
        ours = account(gateway, MemoryLeases())
        await ours.own()
        return await ours.submit(MESSAGE)

    assert isinstance(run(play()), Unknown)


def test_a_gateway_that_does_not_even_stop_when_told_to_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "SUBMIT_WITHIN_S", 0.02)
    over = asyncio.Event()

    class Stubborn(FakeGateway):
        async def submit(self, message: Message) -> Outcome:
            while not over.is_set():
                try:
                    await over.wait()
                except asyncio.CancelledError:
                    continue
            return Accepted(message.reference, 1)

    async def play() -> Outcome:
        ours = account(Stubborn(), MemoryLeases())
        await ours.own()
        answer = await ours.submit(MESSAGE)
        over.set()
        await asyncio.sleep(0)
        return answer

    assert run(play()) == Unknown("no answer in time")


def test_while_one_gateway_hangs_the_other_sends_everything_else() -> None:
    class Hanging(FakeGateway):
        async def submit(self, message: Message) -> Outcome:
            self.messages.append(message)
            await asyncio.Event().wait()
            raise NotImplementedError

    async def play() -> tuple[int, int]:
        hanging, good = Hanging(), FakeGateway()
        hanging.capabilities = Capabilities(at_once=8, exclusive=False)
        world = World(gateways={"hanging": hanging, "good": good})
        people = [await world.meet(f"1990000{n:04}") for n in range(200)]
        task = asyncio.create_task(world.sender.run())
        await world.hear(received(*people))
        async with asyncio.timeout(5):
            while len(good.messages) < 192:  # noqa: ASYNC110  the sender works beside this
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("notify.handlers.sender.STOP_WITHIN_S", 0.05)
            await asyncio.gather(task, return_exceptions=True)
        return len(hanging.messages), len(good.messages)

    assert run(play()) == (8, 192)


def test_what_a_later_tenure_had_in_hand_an_earlier_one_does_not_get() -> None:
    async def play() -> list[int]:
        world = World()
        await world.hear(received(await world.meet(PHONE)))
        (notice,) = await world.notices.claim("file", NOON, 9, 2)
        await world.notices.change(notice.id, lambda n: n.answered(Refused("busy", Again.LATER), NOON, ["file"]))
        later = NOON + timedelta(minutes=10)
        return [len(await world.notices.claim("file", later, 9, fence)) for fence in (1, 2)]

    assert run(play()) == [0, 1]


def test_staff_is_told_once_when_an_account_sends_nothing_and_once_when_it_does_again() -> None:
    async def play() -> list[str]:
        now, staff = [0.0], FakeGateway()
        alerts = Alerts({"office": staff}, lambda: now[0])
        for second in range(100):
            now[0] = float(second)
            alerts.saw("carrier", Unknown("no answer") if second % 2 else Refused("not connected", Again.ELSEWHERE))
            alerts.saw("other", Refused("no such number", Again.NEVER))
        for _ in range(2):
            alerts.saw("carrier", Accepted("1", 1))
        await asyncio.gather(*alerts._telling)
        return [message.text for message in staff.messages]

    first, second = run(play())
    assert "carrier" in first
    assert "发不出短信" in first
    assert "已恢复" in second


def test_a_staff_gateway_never_gets_what_is_for_residents() -> None:
    async def play() -> tuple[int, int]:
        staff, good = FakeGateway(), FakeGateway()
        staff.capabilities = Capabilities(exclusive=False, staff=True)
        world = World(gateways={"staff": staff, "good": good})
        await world.hear(received(*[await world.meet(f"1990000{n:04}") for n in range(9)]))
        await world.sender.sweep()
        return len(staff.messages), len(good.messages)

    assert run(play()) == (0, 9)
