"""The routes around a meeting: seats, notice, check-in, floor, dissent, options and votes, in process."""

import asyncio
from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from common.events import TopicDecided
from fakes import COUNTY, PHONE, MemoryAggregates, bearer, client, county, origin, sealer
from meetings import api
from meetings.domain import Council, Deliberation, Meeting, Member
from meetings.handlers import Meetings

TOPIC = "topic-water"
HOST, RECORDER = bearer("host", subject="li"), bearer("recorder", subject="ma")
CONVENOR, OFFICE, LEADER = bearer("convenor"), bearer("office"), bearer("leader")
SEATS = [
    {"who": "zhao", "duty": "party", "party": "上游", "label": "上游代表"},
    {"who": "qian", "duty": "party", "party": "下游"},
    {"who": "sun", "duty": "expert", "label": "水利专家"},
]

Seats = list[dict[str, str]]
Rules = Mapping[str, object]


class Room:
    """The service in process with one meeting, and a way to ask it."""

    def __init__(self, *, opened: bool = True, seats: Seats | None = None, rules: Rules | None = None) -> None:
        here = county(meetings=rules) if rules else COUNTY
        places = (MemoryAggregates(Council), MemoryAggregates(Member), MemoryAggregates(Deliberation))
        self.meetings = MemoryAggregates(Meeting)
        self.handlers = Meetings(*places, self.meetings, here, sealer)
        fact = TopicDecided(
            topic_id=TOPIC,
            title="农田浇水",
            division="620102007004",
            category="property",
            issue_ids=["issue-1"],
            parties=["上游", "下游"],
            steps="gansu6",
            needs_research=False,
        )
        asyncio.run(self.handlers.begin(fact, origin()))
        self.client: TestClient = client("meetings", lambda app: api.routes(app, self.handlers))
        council = {"name": "议事会", "division": "620102007004", "kind": "协商议事会"}
        self.plan = {
            "council_id": self.client.post("/councils", json=council, headers=OFFICE).json()["id"],
            "venue": "渠边",
            "starts_at": "2030-11-25T09:00:00+08:00",
            "agenda": ["轮水顺序"],
            "host": "li",
            "recorder": "ma",
            "seats": seats or [],
        }
        self.path = f"/meetings/{self.topic('meetings', self.plan, CONVENOR).json()['id']}"
        if opened:
            assert self.ask("open", {}, HOST).status_code == 200

    def ask(self, verb: str, body: object, headers: dict[str, str]) -> Response:
        return self.client.post(f"{self.path}/{verb}", json=body, headers=headers)

    def topic(self, verb: str, body: object, headers: dict[str, str]) -> Response:
        return self.client.post(f"/topics/{TOPIC}/{verb}", json=body, headers=headers)

    def get(self, path: str, **query: str) -> Response:
        return self.client.get(path, params=query, headers=OFFICE)

    def hear(self) -> None:
        for party in ("上游", "下游"):
            assert self.ask("speak", {"party": party, "text": "轮流来"}, RECORDER).status_code == 200

    def adjourn(self, result: str, **more: str) -> Response:
        return self.ask("adjourn", {"result": result, "summary": "谈了", "conclusion": "单双日轮水"} | more, HOST)


def faults(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [fault["path"] for fault in answer.json()["faults"]]


def test_a_meeting_closed_twice_says_that_it_is_closed() -> None:
    room = Room()
    assert room.adjourn("CONTINUE").status_code == 200
    again = room.adjourn("CONSENSUS")
    assert (again.status_code, "ADJOURNED" in again.json()["detail"]) == (409, True)
    assert room.get(room.path).json()["result"] == "CONTINUE"


def test_a_speaker_who_is_not_seated_is_named() -> None:
    room = Room(seats=SEATS)
    answer = room.ask("speak", {"speaker": "wu", "text": "我也说说"}, RECORDER)
    assert faults(answer) == ["speaker"]
    assert "not seated" in answer.json()["detail"]
    assert faults(room.ask("floor/ask", {"speaker": "wu"}, HOST)) == ["speaker"]
    stranger = bearer("party", subject="wu")
    assert faults(room.ask("speak", {"party": "上游", "text": "替他们说"}, stranger)) == ["speaker"]
    said = room.ask("speak", {"speaker": "sun", "text": "渠道渗漏三成"}, RECORDER).json()["statements"]
    assert [(one["party"], one["speaker"]) for one in said] == [("", "sun")]


def test_a_check_in_after_the_end_is_too_late_by_list_and_by_code() -> None:
    room = Room(seats=SEATS)
    code = room.ask("code", {}, HOST).json()["code"]
    me = {"code": code, "party": "上游", "phone": PHONE, "name": "王玉萍"}
    for _ in range(2):
        assert room.ask("check-in/code", me, {}).status_code == 204
    assert room.ask("check-in/code", me | {"code": "WRONG234"}, {}).status_code == 403
    for _ in range(2):
        assert room.ask("check-in", {"who": "zhao"}, RECORDER).status_code == 200
    there = room.get(room.path)
    assert [one["heads"] for one in there.json()["attendance"]] == [1, 1]
    assert code not in there.text
    assert PHONE not in there.text
    room.adjourn("CONTINUE")
    assert room.ask("check-in/code", me | {"phone": "19900000002"}, {}).status_code == 409
    assert room.ask("check-in", {"who": "qian"}, RECORDER).status_code == 409
    assert room.ask("code", {}, HOST).status_code == 409
    assert len(room.get(room.path).json()["attendance"]) == 2


def test_what_is_wrong_with_a_list_of_seats_is_listed_whole() -> None:
    room = Room()
    room.adjourn("CONTINUE")
    wrong = [
        {"who": "a", "duty": "party", "party": "路人"},
        {"who": "a", "duty": "expert", "party": "上游"},
        {"who": "ma", "duty": "host"},
    ]
    answer = room.topic("meetings", room.plan | {"seats": wrong, "recorder": "ma"}, CONVENOR)
    assert faults(answer) == ["seats.0.party", "seats.1.who", "seats.1.party", "seats.2.who"]


def test_the_notice_is_answered_by_the_seat_or_the_table_and_anew_after_a_postponement() -> None:
    room = Room(opened=False, seats=SEATS)
    assert room.ask("acknowledge", {"coming": True}, bearer("party", subject="zhao")).status_code == 200
    assert room.ask("acknowledge", {"coming": True, "who": "zhao"}, bearer("party", subject="qian")).status_code == 403
    answers = room.ask("acknowledge", {"coming": False, "who": "sun", "note": "出差"}, RECORDER).json()["acknowledged"]
    assert [(one["who"], one["coming"]) for one in answers] == [("zhao", True), ("sun", False)]
    later = {"starts_at": "2030-12-01T09:00:00+08:00", "reason": "大雪"}
    moved = room.ask("postpone", later, CONVENOR).json()
    assert (moved["acknowledged"], moved["state"], moved["venue"]) == ([], "CONVENED", "渠边")
    assert room.ask("postpone", later, HOST).status_code == 403


def test_the_calendar_shows_what_is_to_come_and_the_invitation_follows_a_change() -> None:
    room = Room(opened=False)
    feed = room.get("/calendar.ics")
    assert feed.headers["content-type"].startswith("text/calendar")
    assert "DTSTART:20301125T010000Z" in feed.text
    room.ask("postpone", {"starts_at": "2030-12-01T09:00:00+08:00", "reason": "大雪"}, CONVENOR)
    invitation = room.get(f"{room.path}/invitation.ics").text
    assert all(line in invitation for line in ("METHOD:REQUEST", "SEQUENCE:1", "DTSTART:20301201T010000Z"))
    room.ask("cancel", {"reason": "不开了"}, CONVENOR)
    assert "STATUS:CANCELLED" in room.get(f"{room.path}/invitation.ics").text
    assert "VEVENT" not in room.get("/calendar.ics").text


def test_the_queue_is_asked_for_led_and_shown_with_its_clock() -> None:
    room = Room(seats=SEATS, rules={"turn_seconds": 180, "party_seconds": 600})
    zhao = bearer("party", subject="zhao")
    room.ask("floor/ask", {"party": "上游"}, zhao)
    room.ask("floor/ask", {"speaker": "sun"}, RECORDER)
    queue = room.ask("floor/ask", {"party": "下游", "point_of_order": True}, bearer("party", subject="qian")).json()
    assert [turn["who"] for turn in queue["queue"]] == ["qian", "zhao", "sun"]
    given = room.ask("floor/give", {"seen": 0}, HOST).json()
    assert (given["speaking"]["who"], given["given"], given["left"]) == ("qian", 1, None)
    assert room.ask("floor/give", {"seen": 0}, HOST).status_code == 409
    assert room.ask("speak", {"party": "上游", "text": "插话"}, zhao).status_code == 409
    assert room.ask("floor/give", {"seen": 1}, HOST).json()["left"] >= 179
    assert room.ask("speak", {"party": "上游", "text": "该我了"}, zhao).status_code == 200
    assert room.ask("pause", {"reason": "停电"}, HOST).json()["paused"] is True
    assert room.ask("speak", {"party": "上游", "text": "接着说"}, zhao).status_code == 409
    assert room.ask("resume", {}, HOST).json()["paused"] is False
    assert room.ask("floor/grant", {"party": "上游", "seconds": 60}, HOST).json()["parties"][0]["granted"] == 60
    assert room.ask("floor/finish", {"seen": 2}, HOST).json()["speaking"] is None
    assert [turn["who"] for turn in room.get(f"{room.path}/floor").json()["queue"]] == ["sun"]
    room.ask("floor/give", {"seen": 2}, HOST)
    room.adjourn("CONTINUE")
    over = room.get(f"{room.path}/floor").json()
    assert (over["speaking"], over["queue"]) == (None, [])


def test_a_leader_comments_and_urges_and_nobody_else_does() -> None:
    room = Room()
    answer = room.ask("comment", {"text": "入冬前拿出办法", "urge": True}, LEADER)
    assert (answer.status_code, answer.json()["course"][-1]["what"]) == (200, "urged")
    assert room.ask("comment", {"text": "我也催"}, HOST).status_code == 403
    guided = bearer("leader", "host", subject="li")
    for verb, body in (("pause", {"reason": "停"}), ("consider", {"party": "上游", "text": "不必"}), ("code", {})):
        assert room.ask(verb, body, guided).status_code == 403
    both = bearer("leader", "office")
    for verb, more in (("vote", {"kind": "owners"}), ("vote/call", {"proposal": "换"})):
        assert room.topic(verb, more, both).status_code == 403


def test_whoever_stands_back_is_heard_no_more_and_a_host_is_replaced() -> None:
    room = Room(seats=SEATS)
    assert faults(room.ask("recuse", {"who": "li", "reason": "亲属", "instead": "ma"}, CONVENOR)) == ["instead"]
    second = {"who": "wang", "duty": "host"}
    assert room.ask("seats", second, CONVENOR).status_code == 200
    assert faults(room.ask("recuse", {"who": "ma", "reason": "亲属", "instead": "wang"}, CONVENOR)) == ["instead"]
    changed = room.ask("recuse", {"who": "li", "reason": "亲属", "instead": "chen"}, CONVENOR).json()
    assert (changed["host"], changed["recused"]) == ("chen", ["li"])
    assert room.ask("pause", {"reason": "停"}, HOST).status_code == 403
    room.ask("floor/ask", {"speaker": "sun"}, RECORDER)
    room.ask("recuse", {"who": "sun", "reason": "承包商的股东"}, bearer("member", subject="sun"))
    assert room.get(f"{room.path}/floor").json()["queue"] == []
    assert faults(room.ask("speak", {"speaker": "sun", "text": "渗漏"}, RECORDER)) == ["speaker"]
    assert room.ask("recuse", {"who": "zhao", "reason": "不喜欢"}, bearer("party", subject="qian")).status_code == 403


def test_a_quorum_and_everything_else_the_county_asks_for_is_listed_together() -> None:
    quorum = {"heads": 5, "percent": 60, "parties": True}
    rules = {"quorum": quorum, "moods": True, "dissent_considered": True}
    room = Room(seats=SEATS, rules=rules)
    room.hear()
    room.ask("position", {"party": "下游", "stance": "object", "reason": "水不够"}, RECORDER)
    missing = ["quorum"] * 4 + ["dissent", "moods", "moods"]
    assert faults(room.adjourn("NO_CONSENSUS")) == missing
    assert faults(room.adjourn("PARTIAL")) == missing[:4]
    for one in ("zhao", "qian"):
        room.ask("check-in", {"who": one}, RECORDER)
    room.ask("check-in", {"party": "上游", "heads": 3}, RECORDER)
    assert room.ask("consider", {"party": "上游", "text": "无"}, RECORDER).status_code == 422
    room.ask("consider", {"party": "下游", "text": "请水管所核过，明年再议"}, RECORDER)
    for when in ("before", "after"):
        room.ask("mood", {"when": when, "emotion": 3, "dispute": 4}, RECORDER)
    assert room.adjourn("NO_CONSENSUS").status_code == 200


@pytest.mark.parametrize("days", [1, 3])
def test_notice_is_given_in_time_where_the_county_asks_for_it(days: int) -> None:
    room = Room(rules={"notice": days})
    room.adjourn("CONTINUE")
    at_once = room.plan | {"starts_at": origin().at.isoformat()}
    assert faults(room.topic("meetings", at_once, CONVENOR)) == ["starts_at"]
