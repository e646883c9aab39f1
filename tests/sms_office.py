"""Notify's sending part on a real MongoDB, without bus and HTTP: here, or as a child that dies on purpose."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

from common.county import QuietHours
from common.outbox import Outbox
from common.people import Contact
from common.settings import Settings
from common.store import Store
from fakes import NOON, county, sealer
from notify import gateways
from notify.domain import Notice, NoticeState, Person, notice, segments
from notify.gateways import link
from notify.handlers import Addresses, Answers, Matching, Sender, account, accounts_of, matching
from notify.store import MongoLeases, MongoNotices, MongoPeople, MongoReceipts, Vault
from notify.store import notices as stored

TEXT = "【城关议事】您反映的“老旧小区供暖不热”已收到，我们会尽快研究。"
FIRST = 19_900_000_000
ROUND_THE_CLOCK = QuietHours.model_validate({"start": "00:00", "end": "00:00"})


class SmsOffice:
    """Collections, gateways and a sender, put together as notify's main does."""

    def __init__(self, mongo_url: str, database: str, described: Sequence[dict[str, object]], driver: str) -> None:
        self.store = Store(mongo_url, database, driver, Outbox(_nowhere), "yishi/620102/notify")
        self.vault = Vault(b"v" * 32)
        self.people, self.notices = MongoPeople(self.store), MongoNotices(self.store)
        self.receipts, self.leases = MongoReceipts(self.store), MongoLeases(self.store)
        self.matching = Matching(self.notices, self.receipts)
        self.answers = Answers(self.people, self.notices, self.matching, sealer, self.vault)
        if described:
            here = county(gateways=list(described))
            self.answers.gateways = gateways.make(here, cast("Settings", None), self.answers)
        self.accounts = accounts_of(self.answers.gateways, self.leases)
        self.wake = asyncio.Event()
        addresses = Addresses(self.people, self.vault)
        self.sender = Sender(
            addresses, self.notices, self.matching, self.accounts, ROUND_THE_CLOCK, _nothing, self.wake
        )

    async def queue(self, many: int, text: str = TEXT) -> None:
        """Queue a message to each of so many people, who become known with it."""
        for start in range(0, many, 1000):
            phones = [str(FIRST + number) for number in range(start, min(many, start + 1000))]
            ids = {sealer.person_id(phone): phone for phone in phones}
            await self.people.collection.insert_many(
                [{"_id": id_, "revision": 1, "outbox": [], **self.person(id_, phone)} for id_, phone in ids.items()]
            )
            await self.notices.queue([_notice(id_, text) for id_ in ids])
        self.wake.set()

    def person(self, id_: str, phone: str) -> dict[str, object]:
        """Make the document of a person."""
        state = self.people._freeze(Person(id=id_, contact=self.vault.lock(id_, Contact(phone))))
        return dict(state)

    async def states(self) -> dict[str, int]:
        """Count notices by state."""
        return {str(tally.state): tally.notices for tally in await self.notices.tally()}

    async def until(self, within_s: float, *ends: NoticeState) -> None:
        """Wait until every notice has come to one of these."""
        async with asyncio.timeout(within_s):
            while set(await self.states()) - set(ends):  # noqa: ASYNC110  the database is asked
                await asyncio.sleep(0.05)


@asynccontextmanager
async def office(
    mongo_url: str, database: str, *described: dict[str, object], driver: str = "motor"
) -> AsyncIterator[SmsOffice]:
    """Have an office, and close it."""
    os.environ.setdefault("YISHI_TEST_PASSWORD", "secret")
    here = SmsOffice(mongo_url, database, described, driver)
    await here.store.prepare()
    try:
        yield here
    finally:
        await here.store.close()


@asynccontextmanager
async def sending(here: SmsOffice) -> AsyncIterator[None]:
    """Send beside whatever is done."""
    task = asyncio.create_task(here.sender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def carrier(name: str, kind: str, **options: object) -> dict[str, object]:
    """Describe a carrier as county.yaml does: `smpp`, `cmpp` or `cmpp2`."""
    own = {"system_id": "yishi"}
    if kind != "smpp":
        kind, own = "cmpp", {"company": "901234", "version": "2.0" if kind == "cmpp2" else "3.0"}
    line = {"host": "127.0.0.1", "source": "10690", "reconnect_s": 0.05, **own, **options}
    return {"name": name, "kind": kind, "options": line, "secrets": {"password": "YISHI_TEST_PASSWORD"}}


def hurry(set_: Callable[[object, str, object], None] = setattr) -> None:
    """Shorten every patience, for tests that kill."""
    short = timedelta(seconds=1)
    set_(notice, "PATIENCE", short)
    set_(notice, "_FIRST_DELAY", short / 10)
    set_(stored, "PATIENCE", short)
    set_(account, "LEASE", short)
    set_(account, "RENEW_EVERY_S", 0.2)
    set_(account, "MARGIN_S", 0.2)
    set_(matching, "REST", short / 5)


def _notice(person_id: str, text: str) -> Notice:
    return Notice(
        id=f"notice-{person_id}",
        person_id=person_id,
        template="intake.issue.received",
        values={},
        text=text,
        segments=segments(text),
        queued_at=NOON,
        due_at=NOON.replace(year=2020),
    )


async def _nowhere(*_: object) -> None:
    """Publish nothing."""


async def _nothing() -> None:
    """Follow nothing up."""


def _die(countdown: list[int]) -> None:
    countdown[0] -= 1
    if not countdown[0]:
        os.kill(os.getpid(), signal.SIGKILL)


def _arm(here: SmsOffice, point: str) -> None:
    """Make this process kill itself at one point of its work, on the n-th occasion."""
    countdown = [{"claim": 1, "write": 3, "reply": 5, "result": 5}.get(point, 0)]

    def after(of: object, name: str, when: Callable[[object], bool] = bool) -> None:
        inner = getattr(of, name)

        async def armed(*arguments: object) -> object:
            found = await inner(*arguments)
            if when(found):
                _die(countdown)
            return found

        setattr(of, name, armed)

    if point == "claim":
        after(here.notices, "claim")
    elif point == "write":
        flush = link.Link._flush

        def armed_flush(self: link.Link) -> None:
            flush(self)
            if here.accounts[0].in_hand:
                _die(countdown)

        link.Link._flush = armed_flush  # type: ignore[method-assign]
    elif point == "reply":
        after(here.accounts[0], "submit")
    elif point == "result":
        after(here.notices, "amend")


async def main(mongo_url: str, point: str, database: str, kind: str, port: str) -> None:
    """Send until this process dies at a point."""
    hurry()
    async with office(mongo_url, database, carrier("way", kind, port=int(port), answer_s=2)) as here:
        _arm(here, point)
        await here.sender.run()


def run_all(mongo_url: str, *deaths: str) -> None:
    """Run a process for each `point,database,kind,port`; prints with which signals they died, in this order."""
    pids = []
    for death in deaths:
        if not (pid := os.fork()):  # nothing runs here yet: whoever is forked begins anew, with everything imported
            asyncio.run(main(mongo_url, *death.split(",")))
            os._exit(0)
        pids.append(pid)
    sys.stdout.write(" ".join(str(os.WTERMSIG(os.waitpid(pid, 0)[1])) for pid in pids))


if __name__ == "__main__":
    run_all(*sys.argv[1:])
