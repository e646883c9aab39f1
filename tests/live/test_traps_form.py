"""The traps of settings and of form (F5-F7, F11, F13-F16 of research/bus-and-store.md), each with its guard.

F11 and F15 belong to FastStream's Path() and to handlers of several parameters; FastStream sees one function of one
parameter here, and tests/bus/test_bus.py shows that each subject reaches its own method with the system.
"""

import asyncio
import re
from pathlib import Path

import pytest
from loopback import CLOSED, COUNTY, FROM_GRID, Ear, Ground, closed, play, until
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from prometheus_client import generate_latest

from common.bus import Bus, apply, diff, streams
from common.bus.streams import DEAD, DEPT_IN, EVENTS
from common.errors import Misconfigured
from common.events import DeptIssue, TopicClosed
from fakes import sealer

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("traps")]

ROOT = Path(__file__).parents[2]


def test_f5_a_service_leaves_the_operators_settings_alone_and_refuses_to_start_on_a_difference(tmp_path: Path) -> None:
    async def story(here: Ground) -> None:
        config = (await here.js.stream_info(EVENTS)).config
        config.max_age, config.description = 3600, "the operator's"
        await here.js.update_stream(config)
        bus = Bus(here.url, COUNTY, "intake", sealer)
        bus.listen(TopicClosed, Ear().hear)
        with pytest.raises(Misconfigured, match=r"stream EVENTS: max_age is 3600.*, must be 7776000"):
            await bus.connect()
        await bus.broker.start()  # what a service without the comparison would do
        after = (await here.js.stream_info(EVENTS)).config
        assert (after.max_age, after.description, after.subjects) == (3600, "the operator's", config.subjects)
        await bus.stop()

    play(tmp_path, story)


def test_f6_a_consumer_with_other_settings_is_a_difference_and_apply_mends_it(tmp_path: Path) -> None:
    async def story(here: Ground) -> None:
        name = "intake-outcomes-topic-closed-v1"
        config = (await here.js.consumer_info(EVENTS, name)).config
        await here.js.add_consumer(EVENTS, ConsumerConfig(**{**vars(config), "ack_wait": 77}))
        bus = Bus(here.url, COUNTY, "intake", sealer)
        with pytest.raises(Misconfigured, match=f"consumer {name}: ack_wait is 77"):
            await bus.connect()
        await bus.stop()
        assert await apply(here.url, COUNTY) == [f"consumer {name} changed"]
        assert await diff(here.url, COUNTY) == []

    play(tmp_path, story)


def test_f7_what_no_stream_stores_is_an_error_and_not_silence(tmp_path: Path) -> None:
    async def story(here: Ground) -> None:
        bus = await here.service("intake")
        await here.js.delete_stream(EVENTS)
        with pytest.raises((NatsError, TimeoutError)):
            await bus.publish(closed())

    play(tmp_path, story)


def test_f11_f15_the_system_and_every_field_reach_the_method_whatever_the_subjects_wildcards(tmp_path: Path) -> None:
    ear = Ear()

    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, ear.hear))
        await here.issue(1)
        await here.issue(2, fact="not a parameter", origin="neither", message="nor this")
        await until(lambda: sorted(ear.ids) == ["issue-1", "issue-2"])
        assert ear.by == ["grid", "grid"]

    play(tmp_path, story)


def test_f13_no_id_gets_into_a_subject_or_a_metric(tmp_path: Path) -> None:
    ear = Ear()

    async def story(here: Ground) -> None:
        bus = await here.service("intake", (TopicClosed, ear.hear))
        before = len(generate_latest().splitlines())
        for number in range(30):
            await bus.publish(closed(number))
        await until(lambda: len(ear.ids) == 30)
        info = await here.js.stream_info(EVENTS, subjects_filter=">")
        assert info.state.subjects == {CLOSED: 30}
        metrics = generate_latest()
        assert b"topic-2" not in metrics
        assert b"fact-2" not in metrics
        assert len(metrics.splitlines()) - before < 30

    play(tmp_path, story)


def test_f14_a_body_without_content_type_is_read_and_one_that_is_no_object_is_buried(tmp_path: Path) -> None:
    ear = Ear()

    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, ear.hear))
        said = {"ce-id": "zero", "ce-type": DeptIssue.type, "ce-source": "grid", "ce-specversion": "1.0"}
        await here.js.publish(FROM_GRID, b"0", headers=said)
        await here.js.publish(FROM_GRID, b"")
        await here.issue()
        await until(lambda: ear.ids == ["issue-1"])
        await until(lambda: here.holds(DEAD, 2))
        first = next(letter for letter in await here.letters() if letter.headers)
        assert "data must be a JSON object" in str(first.faults)
        await until(lambda: here.holds(DEPT_IN, 0))

    play(tmp_path, story)


def test_a_header_in_chinese_is_read_and_an_unreadable_one_harms_nobody(tmp_path: Path) -> None:
    ear = Ear()

    async def story(here: Ground) -> None:
        await here.service("intake", (DeptIssue, ear.hear))
        lines = b"NATS/1.0\r\nce-id: bad\r\nce-type: \xff\xfe\xe7\r\nx-name: \xe7\x8e\x8b\r\n\r\n"
        _, writer = await asyncio.open_connection(*here.url.removeprefix("nats://").split(":"))
        writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
        writer.write(b"HPUB %b %d %d\r\n%b{}\r\n" % (FROM_GRID.encode(), len(lines), len(lines) + 2, lines))
        await writer.drain()
        await here.issue()
        await until(lambda: ear.ids == ["issue-1"])
        await until(lambda: here.holds(DEAD, 1))
        assert (await here.letters())[0].headers["x-name"] == "王"
        writer.close()

    play(tmp_path, story)


def test_f16_nothing_of_ours_fetches_or_takes_batches_by_faststream() -> None:
    for path in [*ROOT.glob("libs/**/*.py"), *ROOT.glob("services/**/*.py")]:
        assert not re.search(r"pull_sub|PullSub|batch=True", path.read_text(encoding="utf-8")), path
    for consumer in streams.table(COUNTY):
        assert consumer.config().deliver_subject
