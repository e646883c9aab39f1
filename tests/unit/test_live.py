"""Following a meeting while it goes on: what is new, to whom, and from where on after a break."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from common.errors import Invalid
from meetings.api import live as wire
from meetings.domain import Result, Stance
from meetings.domain.live import Audience, Cursor, audience, steps
from meetings.handlers.live import Live
from village import KNOWN, Village

AT_THE_TABLE, LOOKING_ON, RESIDENT = frozenset({"recorder"}), frozenset({"observer"}), frozenset({"resident"})


class Reader:
    """Somebody who follows, and keeps what they are told."""

    def __init__(self, live: Live, meeting_id: str, roles: frozenset[str] = AT_THE_TABLE) -> None:
        self._live, self._id, self._roles = live, meeting_id, roles
        self.text = ""

    async def follow(self, seen: str = "") -> AsyncIterator[bytes]:
        meeting = await self._live.get(self._id)
        cursor = Cursor.read(seen) if seen else Cursor()
        return wire._pieces(self._live, meeting, cursor, audience(self._roles))

    async def take(self, pieces: AsyncIterator[bytes], until: str) -> str:
        """Read on until something is said; gives the id of the last event."""
        async for piece in pieces:
            self.text += piece.decode()
            if until in self.text:
                break
        return [line for line in self.text.splitlines() if line.startswith("id: ")][-1][4:]


def tell(story: Callable[[Village, Live, str], Awaitable[None]]) -> None:
    """Tell a story in a village where a meeting is open and can be followed."""

    async def told() -> None:
        village = Village()
        meeting_id = await village.meet(await village.begin(), hear=())
        live = Live(village.meetings)
        running = asyncio.create_task(live.run())
        await asyncio.wait_for(story(village, live, meeting_id), 5)
        running.cancel()

    asyncio.run(told())


def test_a_reader_hears_what_is_said_and_the_end() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        reader = Reader(live, meeting_id)
        pieces = await reader.follow()
        await reader.take(pieces, "event: state")
        await village.handlers.speak(meeting_id, "居民", "太冷了", village.by("recorder"))
        await reader.take(pieces, "太冷了")
        await village.stand(meeting_id, "供暖企业", Stance.OBJECT, "管网没钱")
        await reader.take(pieces, "管网没钱")
        await village.adjourn(meeting_id, Result.CONTINUE)
        last = await reader.take(pieces, "event: end")
        assert [piece async for piece in pieces] == []
        meeting = await village.meetings.get(meeting_id)
        assert Cursor.read(last) == Cursor(len(meeting.course), meeting.revision, over=True)

    tell(story)


def test_after_a_break_at_any_event_nothing_is_missing_and_nothing_comes_twice() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        del live
        for number in range(5):
            await village.handlers.speak(meeting_id, "居民", f"第{number}句", village.by("recorder"))
        meeting = await village.meetings.get(meeting_id)
        whole = list(steps(meeting, Cursor(), Audience.TABLE))
        for broken_at, step in enumerate(whole):
            elsewhere = Live(village.meetings)
            reader = Reader(elsewhere, meeting_id)
            pieces = await reader.follow(str(step.cursor))
            await anext(pieces)
            text = (await anext(pieces)).decode()
            rest = [line for line in text.splitlines() if line.startswith("id: ")]
            assert rest == [f"id: {later.cursor}" for later in whole[broken_at + 1 :]]

    tell(story)


def test_an_open_view_shows_what_was_saved_while_it_was_being_opened() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        reader = Reader(live, meeting_id)
        pieces = await reader.follow()
        await village.handlers.speak(meeting_id, "居民", "抢先一句", village.by("recorder"))
        await reader.take(pieces, "抢先一句")

    tell(story)


def test_each_sees_what_their_role_may_see() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        await village.handlers.check_in(meeting_id, "居民", 2, KNOWN, village.by("recorder"))
        await village.handlers.speak(meeting_id, "居民", "太冷了", village.by("recorder"))
        await village.stand(meeting_id, "居民", Stance.OBJECT, "费用高")
        seen = {}
        for roles in (AT_THE_TABLE, LOOKING_ON, RESIDENT):
            reader = Reader(live, meeting_id, roles)
            await reader.take(await reader.follow(), "event: state")
            seen[roles] = reader.text
        assert "person-" in seen[AT_THE_TABLE]
        assert "person-" not in seen[LOOKING_ON] + seen[RESIDENT]
        assert "太冷了" in seen[LOOKING_ON]
        assert "费用高" in seen[LOOKING_ON]
        assert "太冷了" not in seen[RESIDENT]
        assert "费用高" not in seen[RESIDENT]
        assert '"object":1' in seen[RESIDENT]
        assert '"party":"居民"' in seen[RESIDENT]

    tell(story)


def test_a_meeting_is_read_once_however_many_follow_it_and_however_fast_it_changes() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        readers = [Reader(live, meeting_id) for _ in range(50)]
        streams = [await reader.follow() for reader in readers]
        for reader, pieces in zip(readers, streams, strict=True):
            await reader.take(pieces, "event: state")
        await asyncio.sleep(0)
        loaded, get = [], village.meetings.get

        async def count(id_: str) -> object:
            loaded.append(id_)
            return await get(id_)

        live._meetings.get = count  # type: ignore[method-assign,assignment]
        pieces_of = [asyncio.create_task(r.take(p, "三")) for r, p in zip(readers, streams, strict=True)]
        for word in ("一", "二", "三"):
            await village.handlers.speak(meeting_id, "居民", word, village.by("recorder"))
        village.meetings.get = get  # type: ignore[method-assign]
        await asyncio.gather(*pieces_of)
        watching = [id_ for id_ in loaded if id_ == meeting_id]
        assert len(watching) <= 3 + 3  # what the commands load themselves, and a reading for each

    tell(story)


def test_whoever_leaves_is_forgotten_and_a_service_that_ends_lets_everybody_go() -> None:
    async def story(village: Village, live: Live, meeting_id: str) -> None:
        del village
        reader = Reader(live, meeting_id)
        first, second = await reader.follow(), await reader.follow()
        await reader.take(first, "event: state")
        await anext(second)
        await first.aclose()  # type: ignore[attr-defined]
        assert live._channels[meeting_id].readers == 1
        live.close()
        assert b"end" not in b"".join([piece async for piece in second])
        assert live._channels == {}

    tell(story)


@pytest.mark.parametrize("text", ["1", "a.b", "1.2.3", "1.2.end ", "-1.2", "9" * 50])
def test_what_is_no_id_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Last-Event-ID"):
        Cursor.read(text)


def test_a_reader_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"

    async def story() -> list[object]:
        sent: list[object] = []
        stuck = asyncio.Event()

        async def send(message: object) -> None:
            sent.append(message)
            if len(sent) > 3:
                await stuck.wait()

        async def receive() -> dict[str, object]:
            await stuck.wait()
            return {}

        monkeypatch.setattr(wire, "STALLED_S", 0.01)
        await asyncio.wait_for(wire.Events(endless())({}, receive, send), 2)
        return sent

    assert len(asyncio.run(story())) == 4
