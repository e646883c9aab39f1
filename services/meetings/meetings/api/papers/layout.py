"""Lays the minutes out: what stands where, in which words; the same for every kind of paper."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import yaml

SHANGHAI = ZoneInfo("Asia/Shanghai")
LANGUAGES = {"zh": ("zh",), "zh-bo": ("zh", "bo")}
"""The forms there are, and the languages of each; what somebody said stands in whatever language they said it."""

Content = Mapping[str, object]


@dataclass
class Section:
    """A heading, and paragraphs under it: each with a lead in bold, or none."""

    heading: str
    paragraphs: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Sheet:
    """A paper ready to be set: every text in its place."""

    title: list[str]
    status: str
    number: str
    facts: list[tuple[str, str]]
    sections: list[Section]
    signatures: list[tuple[str, str]]
    foot: str
    made_at: int

    def to_json(self) -> dict[str, object]:
        """Give it to another process."""
        return asdict(self)


@cache
def _words() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str]]", yaml.safe_load(text))


class Layout:
    """Lays out the minutes of one meeting. `office` is whose paper it is; `place` the division's name."""

    def __init__(self, content: Content, language: str, office: str, place: str) -> None:
        self._content = cast("Content", _printable(content))
        self._languages = LANGUAGES[language]
        self._office, self._place = office, place

    def sheet(self, phase: str, hash_: str, signed: list[tuple[str, str]]) -> Sheet:
        """Lay out. `signed` are who signed and when."""
        content = self._content
        starts = datetime.fromisoformat(str(content["starts_at"])).astimezone(SHANGHAI)
        titles = [_words()["title"][language] for language in self._languages]
        return Sheet(
            title=[f"{self._office}{titles[0]}", *titles[1:]],
            status="" if phase == "final" else f"（{self._say(phase)}）",
            number=f"{self._say('number')}：〔{starts.year}〕第{content['sequence']}次 {content['meeting_id']}",
            facts=self._facts(starts),
            sections=[section for section in self._sections() if section.paragraphs],
            signatures=[(who, _day(datetime.fromisoformat(at))) for who, at in signed],
            foot=f"{self._say('hash')} SHA-256 {hash_}",
            made_at=int(starts.timestamp()),
        )

    def _say(self, key: str) -> str:
        return " ".join(_words()[key][language] for language in self._languages)

    def _facts(self, starts: datetime) -> list[tuple[str, str]]:
        content = self._content
        attended = [f"{there['party']}（{there['heads']}{self._say('heads')}）" for there in self._each("attended")]
        absent = "、".join(cast("list[str]", content["absent"])) or self._say("nobody")
        facts = {
            "topic": content["title"],
            "time": f"{_day(starts)}{starts:%H:%M}",
            "place": f"{self._place}{content['venue']}",
            "host": content["host"],
            "recorder": content["recorder"],
            "attended": "、".join(attended) or self._say("nobody"),
            "advised": "、".join(cast("list[str]", content["advised"])),
            "absent": absent,
            "recused": "、".join(cast("list[str]", content["recused"])),
        }
        return [(self._say(key), str(value)) for key, value in facts.items() if value]

    def _sections(self) -> list[Section]:
        content = self._content
        agenda = [("", f"{number}．{item}") for number, item in enumerate(cast("list[str]", content["agenda"]), 1)]
        result = [(f"{self._say(str(content['result']))}。", str(content["summary"]))] if content["result"] else []
        conclusion = [("", str(content["conclusion"]))] if content["conclusion"] else []
        text = [("", line) for line in str(content["text"]).splitlines() if line.strip()]
        return [
            Section(self._say("agenda"), agenda),
            Section(self._say("said"), [self._spoken(said) for said in self._each("said")]),
            Section(self._say("positions"), [self._position(position) for position in self._each("positions")]),
            Section(self._say("moods"), [self._mood(mood) for mood in self._each("moods")]),
            Section(self._say("dissent"), [(f"{d['party']}：", self._why(d)) for d in self._each("dissent")]),
            Section(self._say("conclusion"), [*result, *conclusion]),
            Section(self._say("text"), text),
            Section(self._say("amendments"), [self._amendment(asked) for asked in self._each("amendments")]),
        ]

    def _each(self, name: str) -> list[Content]:
        return cast("list[Content]", self._content[name])

    def _spoken(self, said: Content) -> tuple[str, str]:
        guided = "" if said["what"] == "spoke" else f"{self._say('guided')} "
        who = said["party"] if said["speaker"] in ("", said["party"]) else f"{said['party']} {said['speaker']}".strip()
        return f"{guided}{who}（{_clock(str(said['at']))}）：", str(said["text"])

    def _mood(self, mood: Content) -> tuple[str, str]:
        whose = f"{mood['party']} " if mood["party"] else ""
        text = f"{self._say('emotion')} {mood['emotion']}/5，{self._say('dispute')} {mood['dispute']}/5"
        return f"{whose}{self._say(str(mood['when']))}：", text

    def _position(self, position: Content) -> tuple[str, str]:
        stance, why = self._say(str(position["stance"])), self._why(position)
        return f"{position['party']}：", f"{stance}。{why}"

    def _why(self, position: Content) -> str:
        parts = [
            f"{self._say(key)}：{position[key]}"
            for key in ("option", "reason", "remedy", "considered")
            if position.get(key)
        ]
        return "；".join(parts)

    def _amendment(self, asked: Content) -> tuple[str, str]:
        became = "waiting" if not asked["answer"] else "taken_up" if asked["taken_up"] else "declined"
        return f"{asked['party']}：", f"{asked['wanted']}　【{self._say(became)}】{asked['answer']}"


def _printable(value: object) -> object:
    """Leave out what no paper can hold: control characters, and what is no character at all."""
    if isinstance(value, str):
        return re.sub("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]", "", value)
    if isinstance(value, Mapping):
        return {name: _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value


def _day(at: datetime) -> str:
    here = at.astimezone(SHANGHAI)
    return f"{here.year}年{here.month}月{here.day}日"


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(SHANGHAI):%H:%M}"
