"""Makes commitments of what the office words, by the county's departments, calendar and deadlines."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from common.aggregate import derived_id
from common.calendar import SHANGHAI, Calendar
from common.county import County
from common.errors import Fault, Invalid
from common.people import mask_phones
from outcomes.domain.card import Moments
from outcomes.domain.outcome import Assignment, Commitment
from outcomes.domain.task import Colour

CARDS_AT = time(9)
"""When cards are shown, in Asia/Shanghai: when offices have opened."""


def commitments(county: County, outcome_id: str, tasks: Sequence[Assignment], today: date) -> list[Commitment]:
    """Give every task exactly one department and a day. Raises Invalid with every fault of every task."""
    faults = [fault for i, task in enumerate(tasks) for fault in _faults(county, f"tasks.{i}", task, today)]
    if not tasks:
        faults.append(Fault("tasks", "an outcome has at least one task"))
    if faults:
        raise Invalid(faults)
    return [
        Commitment(
            task_id=derived_id("task", outcome_id, str(i)),
            department=task.department,
            system=_system(county, task.department),
            title=mask_phones(task.title),
            evidence=mask_phones(task.evidence),
            due_on=task.due_on or county.calendar.after(today, task.working_days or county.deadlines.handling),
        )
        for i, task in enumerate(tasks)
    ]


def card_moments(calendar: Calendar, due_on: date) -> Moments:
    """Tell when the cards are due: yellow on the last working day before the due day, red on the first one after it."""
    before = due_on - timedelta(days=1)
    while not calendar.is_working_day(before):
        before -= timedelta(days=1)
    days = {Colour.YELLOW: before, Colour.RED: calendar.after(due_on, 1)}
    return {colour: datetime.combine(day, CARDS_AT, SHANGHAI).astimezone(UTC) for colour, day in days.items()}


def _faults(county: County, path: str, task: Assignment, today: date) -> list[Fault]:
    faults = []
    if county.department(task.department) is None:
        known = ", ".join(department.name for department in county.departments)
        problem = f"{task.department!r} is not a department of this county; known are {known}"
        faults.append(Fault(f"{path}.department", problem))
    if task.due_on and task.working_days:
        faults.append(Fault(f"{path}.due_on", "is said twice: give either due_on or working_days"))
    if task.due_on and task.due_on < today:
        faults.append(Fault(f"{path}.due_on", f"{task.due_on} is over"))
    if task.due_on and task.due_on.year == date.max.year:
        faults.append(Fault(f"{path}.due_on", f"{task.due_on} is beyond every calendar"))
    return faults


def _system(county: County, name: str) -> str | None:
    """Name the system where a department hears of tasks: the one it is given, or the one called as it is."""
    department = county.department(name)
    system = department.system if department else None
    return system or (name if county.has_system(name) else None)
