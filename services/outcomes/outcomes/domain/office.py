"""Decides what the county office says about a task: found done or not, given to another, paused. Leaders only speak."""

from dataclasses import replace
from datetime import date

from common.aggregate import Origin
from common.errors import Conflict, Fault, Invalid
from common.events import TaskCommented, TaskUrged, TaskVerified
from outcomes.domain.commitment import Holder
from outcomes.domain.task import TO_DO, Note, Task, TaskState
from outcomes.domain.term import Term, Why


def verify(task: Task, text: str, origin: Origin, answer: str = "") -> None:
    """Find the reply true and the task done (办结核验); `answer` is what the public reads of it (公开答复)."""
    if not task.take(origin):
        return
    task.require("verified", TaskState.REPLIED)
    task.state, task.answer = TaskState.VERIFIED, answer
    task.on_time = task.replied_on is not None and task.replied_on <= task.due_on
    task.notes.append(Note("verify", origin.by, text, origin.at))
    task.say(TaskVerified(topic_id=task.topic_id, task_id=task.id, department=task.department, on_time=task.on_time))
    task.tell("verified", reason=text)


def rework(task: Task, text: str, origin: Origin, term: Term, *, closed: bool) -> None:
    """Find it not done after all (重办), with new days to do it in."""
    if not task.take(origin):
        return
    if closed:
        raise Conflict("the topic is closed: its tasks cannot be reworked; reopen it instead")
    task.require("reworked", TaskState.REPLIED, TaskState.VERIFIED)
    task.state, task.on_time, task.verify_by, task.answer = TaskState.REWORK, None, None, ""
    task.notes.append(Note("rework", origin.by, text, origin.at))
    task.cards, task.rungs = [], []
    task.reschedule(replace(term, due_on=max(task.due_on, term.due_on)))
    task.tell("rework", reason=text)


def reassign(task: Task, to: Holder, text: str, origin: Origin, term: Term) -> None:
    """Make another department accountable (改派); the due day of `term` may be the one it had."""
    if not task.take(origin):
        return
    task.require("reassigned", *TO_DO)
    if to.department == task.department:
        raise Invalid([Fault("department", f"{to.department!r} has the task already")])
    task.notes.append(Note("reassign", origin.by, text, origin.at))
    task.tell("reassigned", reason=text)
    task.hand_over(to, text, term)


def pause(task: Task, term: Term, origin: Origin) -> None:
    """Stop its clock until a day, with a reason (暂停计时): those working days are added to the due day."""
    if not task.take(origin):
        return
    task.require("paused", *TO_DO)
    if task.due_on < term.on:
        raise Conflict(f"the task was due on {task.due_on}: what is overdue cannot be paused, only done")
    if task.paused_until and task.paused_until >= term.on:
        raise Conflict(f"the task is paused until {task.paused_until}: resume it first")
    task.paused_until = term.until
    task.notes.append(Note("pause", origin.by, term.reason, origin.at))
    task.reschedule(term)
    task.tell("paused", reason=term.reason)


def running_pause(task: Task, today: date) -> Term:
    """Find the pause that a task is in. Raises Conflict where its clock runs."""
    pauses = [term for term in task.terms if term.why is Why.PAUSED]
    if not pauses or task.paused_until is None or task.paused_until < today:
        raise Conflict("the task is not paused: its clock runs")
    return pauses[-1]


def resume(task: Task, term: Term, origin: Origin) -> None:
    """Let its clock run again before the pause is over; the days that were not needed are taken back."""
    if not task.take(origin):
        return
    running_pause(task, term.on)
    task.paused_until = None
    task.notes.append(Note("resume", origin.by, term.reason, origin.at))
    task.reschedule(term)
    task.tell("resumed", reason=term.reason)


def urge(task: Task, text: str, origin: Origin) -> None:
    """Urge the holder on (督办); this edits nothing else."""
    if not task.take(origin):
        return
    if task.state is TaskState.VERIFIED:
        raise Conflict("the task is VERIFIED: there is nothing left to urge")
    task.urges.append(Note("urge", origin.by, text, origin.at))
    task.say(TaskUrged(topic_id=task.topic_id, task_id=task.id, department=task.department, by=origin.by, text=text))
    task.tell("urged", reason=text)


def comment(task: Task, text: str, origin: Origin) -> None:
    """Say something about the task; this edits nothing else (指导不主导)."""
    if not task.take(origin):
        return
    task.notes.append(Note("comment", origin.by, text, origin.at))
    about = {"topic_id": task.topic_id, "task_id": task.id, "department": task.department}
    task.say(TaskCommented(**about, by=origin.by, text=text))
