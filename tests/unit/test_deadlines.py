"""Due days: a golden table of them, and explanations that say line by line how each was reached."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from common.calendar import Calendar, DayKind
from common.errors import Conflict, Invalid
from common.events import TaskRescheduled
from fakes import COUNTY, county
from outcomes.domain.commitment import Assignment
from outcomes.handlers import Explanation
from outcomes.handlers.supervision import card_moments
from townhall import BUMPS, TODAY, TownHall, play

ARRANGED = {
    # 国办发明电〔2023〕7号, 〔2024〕12号, 〔2025〕7号: days off, and the weekend days that make up for them
    2024: (
        "0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    2025: ("0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008", "0126 0208 0427 0928 1011"),
    2026: (
        "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
        "0104 0214 0228 0509 0920 1010",
    ),
}
"""The State Council's arrangements as they were announced, independent of every library."""


def spelled(year: int, words: str) -> Iterator[date]:
    for word in words.split():
        first, _, last = word.partition("-")
        days = [date(year, int(end[:2]), int(end[2:])) for end in (first, last or first)]
        yield from (days[0] + timedelta(days=n) for n in range((days[1] - days[0]).days + 1))


OFF = {day for year, (off, _) in ARRANGED.items() for day in spelled(year, off)}
MADE_UP = {day for year, (_, made_up) in ARRANGED.items() for day in spelled(year, made_up)}
EVERY_DAY = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]


def works(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def golden() -> list[tuple[date, int, date, date, date]]:
    with (Path(__file__).with_name("deadlines.csv")).open(encoding="utf-8") as file:
        return [
            (date.fromisoformat(start), int(days), *map(date.fromisoformat, rest))  # type: ignore[misc]
            for start, days, *rest in list(csv.reader(file))[1:]
        ]


def test_the_golden_table_is_large_and_touches_every_holiday_and_every_make_up_day() -> None:
    table = golden()
    assert len({row[:2] for row in table}) == len(table) >= 200
    spanned = {start + timedelta(days=n) for start, _, due, _, _ in table for n in range((due - start).days + 1)}
    assert spanned >= OFF | MADE_UP - {date(2026, 1, 1)}


def test_every_due_day_of_the_golden_table_and_its_cards_are_as_written() -> None:
    calendar = Calendar()
    for start, days, due, yellow, red in golden():
        assert calendar.after(start, days) == due, (start, days)
        moments = card_moments(calendar, due)
        assert [moment.date() for moment in moments.values()] == [yellow, red], due


def test_the_golden_table_agrees_with_the_arrangements_as_they_were_announced() -> None:
    for start, days, due, yellow, red in golden():
        counted = [day for day in EVERY_DAY if start < day and works(day)]
        assert counted[days - 1] == due, (start, days)
        assert [day for day in EVERY_DAY if day < due and works(day)][-1:] in ([yellow], []), due
        assert red == next(day for day in counted[days:] if day > due)


def test_calendar_library_and_announcements_agree_on_every_day_of_three_years() -> None:
    calendar = Calendar()
    assert [day for day in EVERY_DAY if calendar.is_working_day(day) != works(day)] == []
    assert [day for day in EVERY_DAY if chinese_calendar.is_workday(day) != works(day)] == []


def test_a_county_writes_down_a_year_itself_that_the_table_does_not_know_yet() -> None:
    monday, saturday = date(2099, 10, 5), date(2099, 10, 10)
    calendar = Calendar([monday], [saturday], [2099])
    assert (calendar.kind(monday), calendar.kind(saturday)) == (DayKind.COUNTY, DayKind.MAKE_UP)
    assert (calendar.unknown(monday, saturday), Calendar().unknown(monday, saturday)) == ([], [2099])
    assert calendar.after(date(2099, 10, 2), 5) == saturday


def test_a_guessed_year_is_measured_each_time_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    calendar = Calendar()
    for _ in range(3):
        calendar.warn(date(2026, 12, 30), date(2098, 1, 2))
    assert len([line for line in caplog.messages if "holidays of 2098" in line]) == 1
    caplog.clear()
    calendar.warn(date(2026, 1, 1), date(2026, 12, 31))
    assert caplog.messages == []


# ------------------------------------------------------------------------------------------------ explanations


async def explained(hall: TownHall, *tasks: Assignment) -> Explanation:
    task, *_ = await hall.report(*tasks)
    return await hall.handlers.work.explain(task.id)


LAST = (
    "截止日期：2026年10月10日（周六）。前一个工作日2026年10月9日（周五）亮黄牌，"
    "逾期首个工作日2026年10月12日（周一）亮红牌。"
)


def test_a_due_day_is_explained_by_what_was_left_out_and_what_counts() -> None:
    async def story(hall: TownHall) -> None:
        hall.later((date(2026, 9, 18) - TODAY).days)
        why = await explained(hall, replace(BUMPS, working_days=11))
        assert why.due_on == date(2026, 10, 10)
        assert why.lines == [
            "2026年9月18日（周五）交办，自次日起计算11个工作日。",
            "2026年9月25日（周五）至2026年9月27日（周日）中秋放假，不计。",
            "2026年10月1日（周四）至2026年10月7日（周三）国庆节放假，不计。",
            "9月19日为周末，不计。",
            "2026年9月20日（周日）国庆节调休上班，计入。",
            "2026年10月10日（周六）国庆节调休上班，计入。",
            "第11个工作日为2026年10月10日（周六）。",
            LAST,
        ]
        (step,) = why.steps
        assert (step.working_days, step.days["2026-09-20"], step.days["2026-10-01"]) == (
            11,
            "make-up-day",
            "public-holiday",
        )
        assert why.warnings == []

    play(story)


def test_a_year_that_is_not_arranged_yet_is_warned_of_in_the_explanation() -> None:
    async def story(hall: TownHall) -> None:
        why = await explained(hall, replace(BUMPS, working_days=40))
        assert why.due_on == date(2027, 1, 19), "Monday to Friday"
        assert ["2027年" in warning for warning in why.warnings] == [True]
        assert why.lines[-1] == why.warnings[0]

    play(story)


def test_the_countys_own_holiday_is_named_as_such() -> None:
    async def story(hall: TownHall) -> None:
        hall.handlers = hall.serve(county(holidays=["2026-11-25"]))
        why = await explained(hall)
        assert why.due_on == date(2026, 11, 30)
        assert "2026年11月25日（周三）本县放假，不计。" in why.lines

    play(story)


def test_a_pause_adds_its_working_days_and_resuming_early_takes_back_the_rest() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(replace(BUMPS, working_days=10))
        assert task.due_on == date(2026, 12, 8)
        work = hall.handlers.work
        paused = await work.pause(task.id, "等待冬季停工期结束", date(2026, 12, 3), hall.by("office"))
        assert (paused.due_on, paused.paused_until) == (COUNTY.calendar.after(task.due_on, 8), date(2026, 12, 3))
        with pytest.raises(Conflict, match="paused until"):
            await work.pause(task.id, "再停", date(2026, 12, 4), hall.by("office"))
        hall.later(3)
        resumed = await work.resume(task.id, "已可施工", hall.by("office"))
        assert resumed.due_on == date(2026, 12, 11), "Tuesday to Thursday were not needed"
        with pytest.raises(Conflict, match="clock runs"):
            await work.resume(task.id, "又", hall.by("office"))
        why = await work.explain(task.id)
        assert [step.why for step in why.steps] == ["assigned", "paused", "resumed"]
        assert "原因：等待冬季停工期结束。" in why.lines[3]
        assert [event.why for event in hall.said(TaskRescheduled)] == ["paused", "resumed"]
        assert hall.orders() == ["grid assigned", "grid paused", "grid resumed"]

    play(story)


def test_what_was_added_during_a_pause_stays_when_it_ends_early() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        paused = await hall.handlers.work.pause(task.id, "汛期", date(2026, 11, 30), hall.by("office"))
        extended = await hall.say(task, "extend", COUNTY.calendar.after(paused.due_on, 2))
        request = hall.by("office")
        await hall.handlers.work.resume(task.id, "退水", request)
        resumed = await hall.handlers.work.resume(task.id, "退水", request)
        assert resumed.due_on == COUNTY.calendar.after(task.due_on, 2) < extended.due_on

    play(story)


def test_what_is_overdue_cannot_be_paused_nor_extended() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(BUMPS)
        hall.later((task.due_on - TODAY).days)
        await hall.say(task, "extend", COUNTY.calendar.after(task.due_on, 1))
        hall.later(10)
        with pytest.raises(Conflict, match="overdue cannot be paused"):
            await hall.handlers.work.pause(task.id, "停", date(2026, 12, 31), hall.by("office"))

    play(story)
    play(_too_late)


async def _too_late(hall: TownHall) -> None:
    (task,) = await hall.report(BUMPS)
    hall.later((task.due_on - TODAY).days + 1)
    with pytest.raises(Conflict, match="must be asked for before"):
        await hall.say(task, "extend", COUNTY.calendar.after(task.due_on, 3))
    for until in (TODAY, date(2028, 1, 1)):
        with pytest.raises(Invalid, match="until"):
            await hall.handlers.work.pause(task.id, "停", until, hall.by("office"))


def test_extension_rework_and_another_department_are_steps_of_their_own() -> None:
    async def story(hall: TownHall) -> None:
        (task,) = await hall.report(replace(BUMPS, working_days=None, due_on=date(2026, 12, 1)))
        await hall.say(task, "extend", date(2026, 12, 3))
        await hall.handlers.work.reassign(task.id, "police", "属公安", None, None, hall.by("office"))
        await hall.finish(task)
        await hall.handlers.feedback.rework(task.id, "又坏了", hall.by("office"))
        why = await hall.handlers.work.explain(task.id)
        assert [(step.why, step.due_on) for step in why.steps] == [
            ("assigned", date(2026, 12, 1)),
            ("extended", date(2026, 12, 3)),
            ("reassigned", date(2026, 12, 3)),
            ("rework", date(2026, 12, 15)),
        ]
        assert why.lines[0] == "2026年11月24日（周二）交办，协商办指定截止日期为2026年12月1日（周二），其间5个工作日。"
        assert why.extendable_until is not None
        assert why.returnable_until is None, "what comes back for rework is one's own"

    play(story)
