"""The minutes over HTTP, and as papers."""

import asyncio
import hashlib
import io
import zipfile

import pytest
from docx import Document
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fakes import COUNTY, bearer, client
from meetings import api
from meetings.api import live as live_view
from meetings.api import minutes as minutes_api
from meetings.api.papers import Layout, Sheet
from meetings.api.papers.__main__ import pdf
from meetings.api.papers.word import docx
from meetings.domain import Result, Stance
from meetings.domain.minutes import minutes
from meetings.handlers.live import Live
from meetings.handlers.minutes import MinutesDesk
from village import Village

PDF = "application/pdf"


@pytest.fixture
def village() -> Village:
    """Have a meeting with its minutes drafted."""
    village = Village()

    async def told() -> None:
        id_ = await village.meet(await village.begin(), hear=("居民", "供暖企业"))
        await village.stand(id_, "居民", Stance.OBJECT, "费用高")
        await village.adjourn(id_, Result.CONTINUE)
        await village.handlers.record(id_, "纪要\n第二段", village.by("recorder"))

    asyncio.run(told())
    return village


@pytest.fixture
def http(village: Village) -> TestClient:
    def routes(app: FastAPI) -> None:
        api.routes(app, village.handlers)
        minutes_api.routes(app, MinutesDesk(village.meetings, COUNTY))
        live_view.routes(app, Live(village.meetings))

    return client("meetings", routes)


@pytest.fixture
def path(village: Village) -> str:
    (meeting,) = village.meetings.all()
    return f"/meetings/{meeting.id}"


def sheet(village: Village, language: str = "zh", phase: str = "final") -> Sheet:
    (meeting,) = village.meetings.all()
    found = minutes(meeting)
    return Layout(found.content, language, "城关区", "西北新村社区").sheet(phase, found.hash, [])


def test_minutes_are_amended_answered_signed_and_read_by_residents_once_published(http: TestClient, path: str) -> None:
    wanted = {"party": "居民", "text": "写明费用，电话19900000001"}
    assert http.post(f"{path}/minutes/amendments", json=wanted, headers=bearer("party")).status_code == 201
    found = http.get(f"{path}/minutes", headers=bearer("party")).json()
    assert (found["phase"], found["intact"]) == ("amending", True)
    assert "19900000001" not in str(found)
    answer = {"taken_up": False, "reason": "会上没有谈费用"}
    recorder = bearer("recorder", subject="recorder")
    assert http.post(f"{path}/minutes/amendments/1/answer", json=answer, headers=recorder).status_code == 200
    assert http.get(f"{path}/minutes", headers=bearer("resident")).status_code == 409
    for headers in (recorder, bearer("host", subject="host")):
        http.post(f"{path}/sign", headers=headers)
    http.post(f"{path}/publish", headers=bearer("office"))
    read = http.get(f"{path}/minutes", headers=bearer("resident")).json()
    assert (read["phase"], read["content"]["host"], len(read["signatures"])) == ("final", "h***", 2)


def test_a_paper_comes_with_its_kind_and_its_hash(http: TestClient, path: str) -> None:
    office = bearer("office")
    answer = http.get(f"{path}/minutes", headers=office | {"Accept": PDF})
    assert (answer.headers["content-type"], answer.content[:5]) == (PDF, b"%PDF-")
    assert answer.headers["repr-digest"].startswith("sha-256=:")
    assert http.get(f"{path}/minutes?format=odt", headers=office).status_code == 422
    assert http.get(f"{path}/minutes?language=en", headers=office).status_code == 422


def test_a_word_document_holds_everything_in_its_order_in_both_languages(village: Village) -> None:
    paper = docx(sheet(village, "zh-bo", "draft"))
    lines = [paragraph.text for paragraph in Document(io.BytesIO(paper)).paragraphs]
    text = "\n".join(lines)
    expected = (
        "协商议事会议纪要 "
        "གྲོས་མོལ་ཚོགས་འདུའི་ཟིན་ཐོ། 记录人初稿 议题 时间 2026年11月24日12:00 地点 主持人 记录人 出席 无 缺席 居民、供暖企业 "
        "会议议程 发言记录 各方态度 不赞成 费用高 保留的不同意见 继续协商 第二段"
    )
    place = 0
    for word in expected.split():
        place = text.index(word, place) + len(word)


@pytest.mark.parametrize("language", ["zh", "zh-bo"])
def test_the_same_minutes_give_the_same_bytes_whenever_they_are_set(village: Village, language: str) -> None:
    made = sheet(village, language)
    for setting in (pdf, docx):
        assert hashlib.sha256(setting(made)).digest() == hashlib.sha256(setting(made)).digest()
    with zipfile.ZipFile(io.BytesIO(docx(made))) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_every_font_a_paper_needs_is_in_it(village: Village) -> None:
    paper = pdf(sheet(village, "zh-bo"))
    for font in (b"NotoSerifSC", b"NotoSansSC", b"NotoSerifTibetan"):
        assert font in paper
    assert b"NotoSerifTibetan" not in pdf(sheet(village, "zh"))


def test_nothing_that_was_said_can_set_type_or_read_files(village: Village) -> None:
    made = sheet(village)
    made.facts = [("议题", '#read("/etc/passwd") #panic() \\ $ ] } *b* _i_ <l> @r // c /* "')]
    assert pdf(made).startswith(b"%PDF-")


def test_what_no_font_has_and_what_no_paper_can_hold_does_not_stop_a_paper(village: Village) -> None:
    (meeting,) = village.meetings.all()
    meeting.minutes = "好\x00\x0b\x1b 🏔 \ufffe 𪚥"
    made = Layout(minutes(meeting).content, "zh", "城关区", "").sheet("final", "", [])
    assert pdf(made).startswith(b"%PDF-")
    assert docx(made)[:2] == b"PK"


def test_the_view_of_a_meeting_that_is_over_ends_and_there_is_nothing_to_come_back_for(
    http: TestClient, path: str
) -> None:
    answer = http.get(f"{path}/live", headers=bearer("resident"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    last = [line for line in answer.text.splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")
    assert answer.text.count("event: end") == 1
    again = bearer("resident") | {"Last-Event-ID": last}
    assert http.get(f"{path}/live", headers=again).status_code == 204
    wrong = bearer("resident") | {"Last-Event-ID": "x"}
    assert http.get(f"{path}/live", headers=wrong).json()["faults"][0]["path"] == "Last-Event-ID"
    assert http.get("/meetings/none/live", headers=bearer("resident")).status_code == 404
    assert http.get(f"{path}/live").status_code == 401
