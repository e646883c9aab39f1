"""Decides what the holder of a task may say about it: accept, reply, return, ask for longer, report progress."""

from dataclasses import replace

from common.aggregate import Origin
from common.errors import Conflict, Fault, Forbidden, Invalid
from common.events import DeptTask, TaskProgressed, TaskReplied, TaskReturned
from outcomes.domain.commitment import Holder
from outcomes.domain.task import OFFICE, TO_DO, Note, Task, TaskState
from outcomes.domain.term import Days, Term, Why


def act(task: Task, fact: DeptTask, origin: Origin, days: Days, successor: Holder | None = None) -> None:
    """Let its holder speak. `successor` is the department that a return names, where the county has it."""
    if not task.take(origin):
        return
    if task.department == OFFICE and OFFICE not in origin.roles:
        raise Forbidden("the county office holds this task")
    if origin.department not in (None, task.department) and OFFICE not in origin.roles:
        raise Forbidden(f"the task is none of {origin.department!r}: it is with {task.department!r}")
    match fact.action:
        case "accept":
            _accept(task, fact, origin)
        case "reply":
            _reply(task, fact, origin, days)
        case "return":
            _return(task, fact, origin, days, successor)
        case "extend":
            _extend(task, fact, origin, days)
        case "progress":
            _progress(task, fact, origin, days)


def require_system(task: Task, origin: Origin) -> None:
    """Let a department system act on its own tasks only. Raises Invalid.

    What it has said before may come again, though the task has gone to somebody else by then.
    """
    if task.system != origin.by and origin.id not in task.taken:
        raise Invalid([not_a_task_of(origin.by, task.id)])


def not_a_task_of(system: str, task_id: str) -> Fault:
    """Word the fault of a system that speaks of a task which is none of its own, or none at all."""
    return Fault("task_id", f"{task_id!r} is not a task of system {system!r}")


def _accept(task: Task, fact: DeptTask, origin: Origin) -> None:
    task.require("accepted", TaskState.ASSIGNED, TaskState.RETURNED, TaskState.REWORK)
    task.state = TaskState.ACCEPTED
    _note(task, fact, origin)
    task.tell("accepted", origin)


def _reply(task: Task, fact: DeptTask, origin: Origin, days: Days) -> None:
    task.require("replied to", *TO_DO)
    task.state, task.replied_on, task.verify_by, task.rungs = TaskState.REPLIED, days.today, days.verify_by, []
    task.paused_until = None
    task.replies.append(Note("reply", origin.by, fact.text, origin.at, tuple(fact.evidence)))
    task.say(TaskReplied(topic_id=task.topic_id, task_id=task.id, department=task.department, text=fact.text))


def _return(task: Task, fact: DeptTask, origin: Origin, days: Days, successor: Holder | None) -> None:
    """Return it: to the department that is named if it has not returned it too, and else to the county office."""
    if task.department == OFFICE:
        raise Conflict("the county office holds this task: there is nobody to return it to; reassign it")
    task.require("returned", TaskState.ASSIGNED, TaskState.ACCEPTED)
    if days.today > days.return_by:
        raise Conflict(f"a task can be returned until {days.return_by}: reply, or have the office reassign it")
    to = successor if successor and successor.department not in (task.department, *task.refused) else None
    _note(task, fact, origin)
    task.refused.append(task.department)
    task.say(
        TaskReturned(
            topic_id=task.topic_id,
            task_id=task.id,
            department=task.department,
            reason=fact.text,
            whose=fact.whose,
            holder=to.department if to else OFFICE,
        )
    )
    task.tell("returned", origin, fact.text)
    if to:
        task.hand_over(to, fact.text, Term(Why.REASSIGNED, days.today, task.due_on, days.today, by=origin.by))
    else:
        task.state, task.department, task.system, task.rungs = TaskState.RETURNED, OFFICE, None, []


def _extend(task: Task, fact: DeptTask, origin: Origin, days: Days) -> None:
    if fact.until is None:
        raise Invalid([Fault("until", "is needed to extend a task")])
    if fact.until <= task.due_on:
        raise Invalid([Fault("until", f"must be after {task.due_on}, when the task is due now")])
    task.require("extended", *TO_DO)
    if days.today > task.due_on:
        raise Conflict(f"the task was due on {task.due_on}: longer must be asked for before; reply as soon as you can")
    if task.extended:
        raise Conflict("the task has been extended once already: reply, or return it")
    if fact.until > days.extension:
        raise Conflict(f"a task can be extended by {days.extended_by} working days, here until {days.extension}")
    task.extended = True
    _note(task, fact, origin)
    task.reschedule(
        Term(Why.EXTENDED, days.today, fact.until, start=task.due_on, reason=fact.text, by=origin.by),
    )
    task.tell("extended", origin, fact.text)


def _progress(task: Task, fact: DeptTask, origin: Origin, days: Days) -> None:
    task.require("reported on", *TO_DO)
    titles = [milestone.title for milestone in task.milestones]
    if fact.milestone is None or fact.milestone not in titles:
        known = ", ".join(titles) or "none"
        raise Invalid([Fault("milestone", f"{fact.milestone!r} is not a milestone of the task; it has {known}")])
    reached = task.milestones[titles.index(fact.milestone)]
    if reached.reached_on:
        raise Conflict(f"the milestone was reached on {reached.reached_on} already")
    task.milestones[titles.index(fact.milestone)] = replace(reached, reached_on=days.today)
    _note(task, fact, origin)
    about = {"topic_id": task.topic_id, "task_id": task.id, "department": task.department}
    task.say(TaskProgressed(**about, milestone=reached.title, due_on=reached.due_on))
    task.tell("progress", origin, fact.text)


def _note(task: Task, fact: DeptTask, origin: Origin) -> None:
    task.notes.append(Note(fact.action, origin.by, fact.text, origin.at, tuple(fact.evidence)))
