"""Minutes: made from the record, amended beside it, sealed with a hash that the record gives again."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.canonical import canonical, digest
from common.errors import Conflict, Forbidden, Invalid, NotFound
from fakes import COUNTY
from meetings.domain import Meeting, MeetingState, Result, Stance, minutes
from meetings.domain.content import FORM
from meetings.domain.minutes import Phase
from meetings.domain.record import Answer
from meetings.handlers.minutes import MinutesDesk
from village import KNOWN, Village

YES = Answer(taken_up=True, reason="已写入")
KNOWN_HASH = "a7202d140a394963932b867f5e0a69db74a7452763fb2bc8b13fe32c4587db90"


class Story(Village):
    """A village, its minutes desk, and a meeting that is adjourned."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.desk = MinutesDesk(self.meetings, COUNTY)
        self.id = ""

    async def tell(self) -> None:
        self.id = await self.meet(await self.begin())
        await self.handlers.check_in(self.id, "居民", 3, KNOWN, self.by("recorder"))
        await self.stand(self.id, "供暖企业", Stance.OBJECT, "管网没钱")
        await self.adjourn(self.id, Result.CONTINUE)

    async def meeting(self) -> Meeting:
        return await self.meetings.get(self.id)

    async def draft(self, text: str = "纪要") -> None:
        await self.handlers.record(self.id, text, self.by("recorder"))

    async def sign(self) -> Meeting:
        await self.handlers.sign(self.id, self.by("host"))
        return await self.handlers.sign(self.id, self.by("recorder"))


def play(story: Callable[[Story], Awaitable[None]]) -> None:
    async def told() -> None:
        village = Story()
        await village.tell()
        await story(village)

    asyncio.run(told())


def test_minutes_go_through_four_phases() -> None:
    async def story(village: Story) -> None:
        phases = [minutes.phase(await village.meeting())]
        await village.draft()
        phases.append(minutes.phase(await village.meeting()))
        await village.desk.amend(village.id, "居民", "写明费用", village.by("wang", "party"))
        phases.append(minutes.phase(await village.meeting()))
        await village.desk.answer(village.id, 1, YES, village.by("recorder"))
        phases.append(minutes.phase(await village.sign()))
        assert phases == list(Phase)

    play(story)


def test_the_record_gives_the_sealed_hash_again_and_any_change_of_it_shows() -> None:
    async def story(village: Story) -> None:
        await village.draft()
        sealed = await village.sign()
        assert minutes.minutes(await village.meeting()).hash == sealed.seal
        await village.handlers.publish(village.id, village.by("convenor"))
        found = minutes.minutes(await village.meeting())
        assert (found.hash, found.intact) == (sealed.seal, True)
        assert found.hash == digest(found.content)
        document = village.meetings._documents[village.id]
        statement = document["statements"][0]  # type: ignore[index]
        statement["text"] = "我没有说过"
        assert not minutes.minutes(await village.meeting()).intact

    play(story)


def test_an_earlier_draft_is_kept_and_an_amendment_stands_beside_it() -> None:
    async def story(village: Story) -> None:
        await village.draft("初稿")
        await village.handlers.sign(village.id, village.by("host"))
        asked = village.by("wang", "party")
        for _ in range(2):
            await village.desk.amend(village.id, "居民", "写明费用", asked)
        await village.draft("二稿，费用写明")
        meeting = await village.meeting()
        assert (meeting.drafts, meeting.minutes, meeting.signatures) == (["初稿"], "二稿，费用写明", [])
        assert [amendment.wanted for amendment in meeting.amendments] == ["写明费用"]
        with pytest.raises(Conflict, match="amendment 1 waits"):
            await village.sign()
        await village.desk.answer(village.id, 1, YES, village.by("recorder"))
        content = minutes.minutes(await village.sign()).content
        assert content["text"] == "二稿，费用写明"
        assert '"answer": "已写入"' in json.dumps(content["amendments"], ensure_ascii=False)

    play(story)


def test_who_did_not_attend_cannot_amend_and_who_does_not_record_cannot_answer() -> None:
    async def story(village: Story) -> None:
        with pytest.raises(Conflict, match="ADJOURNED"):
            await village.desk.amend(village.id, "居民", "早了", village.by("wang", "party"))
        await village.draft()
        with pytest.raises(Invalid, match="did not attend"):
            await village.desk.amend(village.id, "路人", "我也说", village.by("lu", "party"))
        with pytest.raises(Forbidden, match="包抓不包办"):
            await village.desk.amend(village.id, "居民", "要改", village.by("zhang", "party", "leader"))
        await village.desk.amend(village.id, "居民", "写明费用", village.by("wang", "party"))
        with pytest.raises(Forbidden, match="own recorder"):
            await village.desk.answer(village.id, 1, YES, village.by("host"))
        with pytest.raises(NotFound):
            await village.desk.answer(village.id, 2, YES, village.by("recorder"))
        await village.desk.answer(village.id, 1, YES, village.by("recorder"))
        with pytest.raises(Conflict, match="has its answer"):
            await village.desk.answer(village.id, 1, YES, village.by("recorder"))
        await village.sign()
        with pytest.raises(Conflict, match="not signed yet"):
            await village.desk.amend(village.id, "居民", "晚了", village.by("wang", "party"))

    play(story)


def test_residents_read_what_is_published_and_no_name_in_it() -> None:
    async def story(village: Story) -> None:
        await village.draft("host 主持，recorder 记录。")
        await village.sign()
        resident = village.by("li", "resident")
        with pytest.raises(Conflict, match="not published"):
            await village.desk.read(village.id, resident, published=False)
        await village.handlers.publish(village.id, village.by("convenor"))
        found, signatures = await village.desk.read(village.id, resident, published=False)
        assert found.content["host"] == "h***"
        assert found.content["text"] == "h*** 主持，r******* 记录。"
        assert {signature.by for signature in signatures} == {"h***", "r*******"}
        whole, _ = await village.desk.read(village.id, village.by("wang", "party"), published=False)
        assert whole.content["host"] == "host"
        assert whole.hash == found.hash
        assert "person-" not in json.dumps(whole.content)

    play(story)


def test_a_form_once_used_gives_the_same_hash_for_ever() -> None:
    async def story(village: Story) -> None:
        await village.draft()
        meeting = await village.sign()
        assert meeting.state is MeetingState.SIGNED
        assert (meeting.seal, FORM) == (KNOWN_HASH, "yishi/minutes/1")

    play(story)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé中", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_is_written_canonically_reads_back_and_is_written_the_same_again(thing: object) -> None:
    written = canonical(thing)
    assert json.loads(written) == thing
    assert canonical(json.loads(written)) == written


@pytest.mark.parametrize("thing", [1.5, {"a": [0.1]}, {1: "a"}, object()])
def test_what_cannot_be_written_in_one_way_only_is_refused(thing: object) -> None:
    with pytest.raises(TypeError):
        canonical(thing)
