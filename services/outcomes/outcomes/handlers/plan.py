"""Makes commitments of what the office words, by the county's departments, calendar and deadlines."""

from collections.abc import Sequence
from datetime import date

from common.aggregate import derived_id
from common.county import County
from common.errors import Fault, Invalid
from common.people import mask_phones
from outcomes.domain.commitment import Assignment, Commitment, Holder, Milestone
from outcomes.domain.outcome import Outcome


def commitments(county: County, outcome: Outcome, tasks: Sequence[Assignment], today: date) -> list[Commitment]:
    """Give every task exactly one department and a day. Raises Invalid with every fault of every task."""
    faults = [fault for i, task in enumerate(tasks) for fault in _faults(county, f"tasks.{i}", task, today)]
    if not tasks:
        faults.append(Fault("tasks", "an outcome has at least one task"))
    if faults:
        raise Invalid(faults)
    # the first round's ids are those that tasks had before there were rounds
    again = (str(outcome.round),) if outcome.round > 1 else ()
    ids = [derived_id("task", outcome.id, *again, str(i)) for i in range(len(tasks))]
    return [_commitment(county, id_, task, today) for id_, task in zip(ids, tasks, strict=True)]


def holder(county: County, name: str) -> Holder | None:
    """Name a department and the system where it hears of tasks: the one it is given, or the one called as it is."""
    department = county.department(name)
    if department is None:
        return None
    return Holder(name, department.system or (name if county.has_system(name) else None))


def due_day(county: County, today: date, working_days: int | None, due_on: date | None) -> tuple[date, int | None]:
    """Tell when something is due, and by how many working days; None where the day itself was named."""
    days = None if due_on else working_days or county.deadlines.handling
    due = due_on or county.calendar.after(today, days or 0)
    county.calendar.warn(today, due)
    return due, days


def day_faults(path: str, today: date, working_days: int | None, due_on: date | None) -> list[Fault]:
    """List what is wrong with a day, or with a number of them."""
    faults = []
    if due_on and working_days:
        faults.append(Fault(f"{path}due_on", "is said twice: give either due_on or working_days"))
    if due_on and due_on < today:
        faults.append(Fault(f"{path}due_on", f"{due_on} is over"))
    if due_on and due_on.year == date.max.year:
        faults.append(Fault(f"{path}due_on", f"{due_on} is beyond every calendar"))
    return faults


def unknown_department(county: County, path: str, name: str) -> Fault:
    """Word the fault of a department that the county does not have."""
    known = ", ".join(department.name for department in county.departments)
    return Fault(path, f"{name!r} is not a department of this county; known are {known}")


def _commitment(county: County, id_: str, task: Assignment, today: date) -> Commitment:
    due, days = due_day(county, today, task.working_days, task.due_on)
    found = holder(county, task.department)
    return Commitment(
        task_id=id_,
        department=task.department,
        system=found.system if found else None,
        title=mask_phones(task.title),
        evidence=mask_phones(task.evidence),
        due_on=due,
        working_days=days,
        given_on=today,
        helpers=tuple(helper for name in task.helpers if (helper := holder(county, name))),
        milestones=tuple(Milestone(mask_phones(step.title), step.due_on) for step in task.milestones),
    )


def _faults(county: County, path: str, task: Assignment, today: date) -> list[Fault]:
    faults = day_faults(f"{path}.", today, task.working_days, task.due_on)
    if county.department(task.department) is None:
        faults.insert(0, unknown_department(county, f"{path}.department", task.department))
    for i, name in enumerate(task.helpers):
        where = f"{path}.helpers.{i}"
        if county.department(name) is None:
            faults.append(unknown_department(county, where, name))
        if name == task.department:
            faults.append(Fault(where, f"{name!r} is accountable already: one department is, the others help"))
        if name in task.helpers[:i]:
            faults.append(Fault(where, f"{name!r} stands here twice"))
    return faults + ([] if faults else _milestone_faults(county, path, task, today))


def _milestone_faults(county: County, path: str, task: Assignment, today: date) -> list[Fault]:
    faults, due = [], task.due_on or county.calendar.after(today, task.working_days or county.deadlines.handling)
    for i, step in enumerate(task.milestones):
        where = f"{path}.milestones.{i}"
        if not today <= step.due_on <= due:
            faults.append(Fault(f"{where}.due_on", f"{step.due_on} is not between today and {due}, when all is due"))
        if step.title in [other.title for other in task.milestones[:i]]:
            faults.append(Fault(f"{where}.title", f"{step.title!r} stands here twice"))
    return faults
