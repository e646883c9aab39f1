"""Dead letters on a real server: killers and what it gave up are buried, and what is sent again goes through as new."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from loopback import CLOSED, COUNTY, TRACE, Ear, Ground, closed, play, until
from nats.aio.msg import Msg
from typer.testing import CliRunner

from common.bus import dead, streams
from common.bus.listen import ATTEMPTS
from common.bus.streams import DEAD, DEPT_IN, EVENTS
from common.bus.suspects import KILLS, SUSPECT_AFTER
from common.errors import Conflict
from common.events import DeptIssue, Event, TopicClosed
from fakes import PHONE, opener
from yishi.main import app

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("dead")]

EAR = "intake-dept-in-issue-v1"
KILLED = """
import asyncio, os, sys
from common.bus import Bus, streams
from common.events import DeptIssue
from common.people import Sealer
from fakes import sealer

streams.ACK_WAIT_S = 1

async def take(fact, origin):
    print(origin.id, flush=True)
    if fact.title == "kill":
        os._exit(9)

async def main():
    bus = Bus(sys.argv[1], "620102", "intake", sealer)
    bus.listen(DeptIssue, take)
    await bus.connect()
    await bus.start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def yishi(*arguments: str | Path, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


async def live(here: Ground) -> str:
    """Run the service until it dies, or until there is nothing left for it to do; tell what it has taken."""
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        here.url,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])},
        stdout=subprocess.PIPE,
    )
    talking = asyncio.create_task(service.communicate())
    while not talking.done() and not await here.holds(DEPT_IN, 0):  # noqa: ASYNC110  it happens in the other process
        await asyncio.sleep(0.1)
    if not talking.done():
        service.terminate()
    out, _ = await talking
    assert service.returncode in (9, -signal.SIGTERM)
    return out.decode()


def test_an_event_that_kills_its_taker_every_time_is_buried_and_the_others_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ACK_WAIT_S", 1)

    async def story(here: Ground) -> None:
        await here.issue(0, title="kill")
        await here.issue(1)
        taken: list[str] = []
        for _ in range((SUSPECT_AFTER + KILLS) * 2):
            taken += (await live(here)).split()
            if await here.holds(DEPT_IN, 0):
                break
        (letter,) = await here.letters()
        assert KILLS <= taken.count("issue-0") <= SUSPECT_AFTER + KILLS
        assert "issue-1" in taken
        assert letter.reason == "killed its taker"
        # some deliveries go to a connection whose process has just died
        assert SUSPECT_AFTER + KILLS < letter.attempts < (SUSPECT_AFTER + KILLS) * 2
        assert letter.headers["ce-id"] == "issue-0"
        await until(lambda: here.holds(DEPT_IN, 0))

    play(tmp_path, story)


def test_one_that_waits_long_for_better_weather_is_no_killer(tmp_path: Path) -> None:
    ear = Ear()

    async def storm(_: Event) -> None:
        if len(ear.ids) < (SUSPECT_AFTER + KILLS) * 2:
            raise ConnectionResetError

    ear.then = storm

    async def story(here: Ground) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("common.bus.listen.WEATHER_DELAY_S", 0.05)
            await here.service("intake", (DeptIssue, ear.hear))
            await here.issue()
            await until(lambda: here.holds(DEPT_IN, 0))
        assert len(ear.ids) == (SUSPECT_AFTER + KILLS) * 2 > ATTEMPTS
        assert await here.letters() == []

    play(tmp_path, story)


def test_what_the_server_gave_up_while_nobody_heard_is_buried_by_whoever_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ACK_WAIT_S", 0.5)
    monkeypatch.setattr(streams, "MAX_DELIVER", 2)
    seen: list[int] = []

    async def ignore(message: Msg) -> None:
        seen.append(message.metadata.num_delivered)

    async def story(here: Ground) -> None:
        deaf = await here.client.subscribe(f"deliver.{COUNTY}.{EAR}", EAR, cb=ignore)
        await here.client.flush()
        await here.issue(description=f"ring {PHONE}")
        await until(lambda: here.holds("ADVISORIES", 1))
        await deaf.unsubscribe()
        assert seen == [1, 2]
        assert await here.letters() == []
        ear = Ear()
        await here.service("intake", (DeptIssue, ear.hear))
        await until(lambda: here.holds(DEAD, 1))
        (letter,) = await here.letters()
        assert (letter.reason, letter.attempts, letter.place) == ("deliveries used up", 2, f"{DEPT_IN}.1")
        assert PHONE.encode() in letter.opened(opener).body
        await until(lambda: here.holds("ADVISORIES", 0))
        assert await here.stored(DEPT_IN) == 0
        await dead.requeue(here.js, letter, opener)
        await until(lambda: ear.ids == ["issue-1"])

    play(tmp_path, story)


def test_what_somebody_else_terminated_is_buried_and_our_own_terminations_are_not_told_twice(tmp_path: Path) -> None:
    async def terminate(message: Msg) -> None:
        await message.term()

    async def refuse(_: Event) -> None:
        raise Conflict("no")

    async def story(here: Ground) -> None:
        name = "intake-outcomes-topic-closed-v1"
        other = await here.client.subscribe(f"deliver.{COUNTY}.{name}", name, cb=terminate)
        await here.client.flush()
        await here.js.publish(CLOSED, closed().body(), headers=closed().headers())
        await until(lambda: here.holds("ADVISORIES", 1))
        await other.unsubscribe()
        await here.service("intake", (TopicClosed, Ear(refuse).hear))
        await until(lambda: here.holds(DEAD, 1))
        await here.js.publish(CLOSED, closed(2).body(), headers=closed(2).headers())
        await until(lambda: here.holds(DEAD, 2))
        await until(lambda: here.holds("ADVISORIES", 0))
        assert [letter.reason for letter in await here.letters()] == ["terminated by somebody else", "conflict"]

    play(tmp_path, story)


def test_a_requeued_fact_reaches_the_service_that_failed_at_once_with_its_id_and_trace(tmp_path: Path) -> None:
    broken = True

    async def fail(_: Event) -> None:
        if broken:
            raise Conflict("a rule was wrong")

    failed, other = Ear(fail), Ear()

    async def story(here: Ground) -> None:
        nonlocal broken
        await here.service("intake", (TopicClosed, failed.hear))
        bus = await here.service("meetings", (TopicClosed, other.hear))
        await bus.publish(closed())
        await until(lambda: here.holds(DEAD, 1))
        broken = False
        (letter,) = await here.letters()
        began = time.monotonic()
        await dead.requeue(here.js, letter, opener)
        await until(lambda: failed.ids == ["fact-1", "fact-1"])
        assert time.monotonic() - began < 5
        assert other.ids == ["fact-1", "fact-1"]
        assert await here.letters() == []
        again = (await here.js.get_msg(EVENTS, 2)).headers or {}
        assert again["traceparent"] == TRACE
        # cut off between publishing and removing, it is done again: stored once all the same
        await dead.requeue(here.js, letter, opener)
        assert await here.stored(EVENTS) == 2

    play(tmp_path, story)


def test_an_event_too_long_for_a_letter_is_buried_with_its_beginning(tmp_path: Path) -> None:
    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, Ear().hear))
        await here.issue(description="长" * 1_300_000)
        await until(lambda: here.holds(DEAD, 1))
        (letter,) = await here.letters()
        assert not letter.whole
        with pytest.raises(Conflict, match="beginning"):
            await dead.requeue(here.js, letter, opener)
        await until(lambda: here.holds(DEPT_IN, 0))

    play(tmp_path, story)
