"""Explains deadlines: line by line how a task came by its due day, as the staff of a department read it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby

from common.calendar import Calendar, DayKind
from common.county import County
from outcomes.domain.ladder import Agenda
from outcomes.domain.task import TO_DO, Task, TaskState
from outcomes.domain.term import Days, Term, Why
from outcomes.handlers.ports import Explanation, Step
from outcomes.handlers.supervision import card_moments

_WEEKDAYS = "一二三四五六日"
_NAMED = {
    Why.ASSIGNED: "{on}交办，协商办指定截止日期为{due}，其间{n}个工作日。",
    Why.REASSIGNED: "{on}改派，截止日期为{due}。",
}
_COUNTED = {
    Why.ASSIGNED: "{on}交办，自次日起计算{n}个工作日。",
    Why.EXTENDED: "{on}申请延期一次，截止日期由{start}延至{due}，增加{n}个工作日。",
    Why.PAUSED: "{on}至{until}暂停计时，其间{n}个工作日不计，自原截止日期{start}顺延。",
    Why.RESUMED: "{on}提前恢复计时，自暂停前的截止日期{start}顺延{n}个工作日。",
    Why.REWORK: "{on}退回重办，自次日起计算{n}个工作日，早于原截止日期的以原日期为准。",
    Why.REASSIGNED: "{on}改派，自次日起重新计算{n}个工作日。",
}
"""What each step says; the first where the office named the day itself."""

_LEFT_OUT = {DayKind.WEEKEND: "周末", DayKind.HOLIDAY: "放假", DayKind.COUNTY: "本县放假"}


def explain(county: County, task: Task, agenda: Agenda, days: Days) -> Explanation:
    """Explain the due day of a task; `agenda` and `days` are what the rules make of it."""
    calendar = county.calendar
    steps = [_step(calendar, term) for term in task.terms]
    first = min((term.start for term in task.terms), default=task.due_on)
    warnings = [_warning(year) for year in calendar.unknown(first, task.due_on)]
    if not steps:
        warnings.append("该任务登记时未保存计算过程，仅显示截止日期。")
    cards = card_moments(calendar, task.due_on)
    yellow, red = cards.values()
    shown = f"前一个工作日{_day(yellow.date())}亮黄牌，逾期首个工作日{_day(red.date())}亮红牌。"
    open_ = task.state in TO_DO
    return Explanation(
        task_id=task.id,
        due_on=task.due_on,
        yellow_at=yellow,
        red_at=red,
        rungs=agenda.rungs,
        paused_until=task.paused_until,
        extendable_until=days.extension if open_ and not task.extended else None,
        returnable_until=days.return_by if task.state in (TaskState.ASSIGNED, TaskState.ACCEPTED) else None,
        steps=steps,
        warnings=warnings,
        lines=[*(line for step in steps for line in step.lines), f"截止日期：{_day(task.due_on)}。{shown}", *warnings],
    )


def _step(calendar: Calendar, term: Term) -> Step:
    counted = calendar.between(term.start, term.due_on) if term.working_days is None else term.working_days
    odd = {day: kind for day in _between(term.start, term.due_on) if (kind := calendar.kind(day)) != DayKind.WORKING}
    lines = [_opening(term, counted), *_days(calendar, odd, named=term.working_days is None)]
    if term.working_days is not None:
        lines.append(_ending(calendar, term))
    return Step(
        why=term.why,
        on=term.on,
        start=term.start,
        due_on=term.due_on,
        working_days=counted,
        reason=term.reason,
        days={day.isoformat(): kind.value for day, kind in odd.items()},
        lines=lines,
    )


def _opening(term: Term, counted: int) -> str:
    words = (_NAMED if term.working_days is None else _COUNTED).get(term.why) or _COUNTED[term.why]
    said = {"on": term.on, "start": term.start, "due": term.due_on, "until": term.until or term.on}
    why = f"原因：{term.reason}。" if term.reason else ""
    return words.format(n=counted, **{name: _day(day) for name, day in said.items()}) + why


def _ending(calendar: Calendar, term: Term) -> str:
    if calendar.after(term.start, term.working_days or 0) == term.due_on:
        return f"第{term.working_days}个工作日为{_day(term.due_on)}。"
    return f"以{_day(term.due_on)}为准。"


def _days(calendar: Calendar, odd: Mapping[date, DayKind], *, named: bool) -> Iterator[str]:
    """Tell the days that were left out, festival by festival, and the weekend days that count (调休)."""
    out = [(day, kind) for day, kind in odd.items() if kind in _LEFT_OUT and not (named and kind is DayKind.WEEKEND)]
    for (kind, name), run in groupby(out, lambda item: (item[1], calendar.name(item[0]))):
        if kind is not DayKind.WEEKEND:
            yield f"{_range([day for day, _ in run])}{name}{_LEFT_OUT[kind]}，不计。"
    if weekend := [day for day, kind in out if kind is DayKind.WEEKEND]:
        yield f"{_list(weekend)}为周末，不计。"
    for day, kind in odd.items():
        if kind is DayKind.MAKE_UP:
            yield f"{_day(day)}{calendar.name(day)}调休上班，计入。"


def _between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(1, (last - first).days + 1))


def _warning(year: int) -> str:
    return f"注意：{year}年的放假调休安排尚未录入，暂按周一至周五为工作日计算，安排公布后截止日期可能调整。"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def _list(days: Iterable[date]) -> str:
    return "、".join(f"{day.month}月{day.day}日" for day in days)


def _range(days: list[date]) -> str:
    return _day(days[0]) if len(days) == 1 else f"{_day(days[0])}至{_day(days[-1])}"
