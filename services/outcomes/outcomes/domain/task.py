"""Decides about tasks (任务): what one department must do until a day, and who may say what about it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from common.aggregate import Aggregate, Origin
from common.errors import Conflict, Fault, Forbidden, Invalid
from common.events import (
    Attachment,
    DeptTask,
    DeptTaskOrder,
    TaskAssigned,
    TaskReplied,
    TaskReturned,
    TaskUrged,
    TaskVerified,
)
from outcomes.domain.outcome import Commitment, Outcome

OFFICE = "office"
"""The county office (区县政协办): as a holder of tasks, and as the role that may act on those."""

EXTENSION = 7
"""Working days by which a task may be extended, once (Shandong's rule for 12345 hotlines, 2017)."""

Status = Literal["assigned", "urged", "yellow", "red", "accepted", "returned", "extended", "verified", "rework"]


class TaskState(StrEnum):
    """Where a task stands. RETURNED: the county office holds it, and deals with it as a department does."""

    ASSIGNED = "ASSIGNED"
    ACCEPTED = "ACCEPTED"
    REPLIED = "REPLIED"
    VERIFIED = "VERIFIED"
    RETURNED = "RETURNED"
    REWORK = "REWORK"


TO_DO = (TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.RETURNED, TaskState.REWORK)


class Colour(StrEnum):
    """A card: YELLOW one working day before the due day (黄牌), RED once it has passed (红牌)."""

    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Note:
    """What somebody said about a task, and as what: the verb of the route or of the event."""

    verb: str
    by: str
    text: str
    at: datetime
    evidence: tuple[Attachment, ...] = ()


@dataclass(kw_only=True)
class Task(Aggregate):
    """A task. `evidence` is what shall prove that it is done; `replied_on` is the county's day of the last reply.

    `due_at` is when its next card is due, None while none is; `cards` are those it was shown.
    """

    topic_id: str
    outcome_id: str
    department: str
    system: str | None
    title: str
    evidence: str
    due_on: date
    assigned_at: datetime
    state: TaskState = TaskState.ASSIGNED
    replies: list[Note] = field(default_factory=list)
    urges: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    extended: bool = False
    replied_on: date | None = None
    on_time: bool | None = None
    due_at: datetime | None = None
    cards: list[Colour] = field(default_factory=list)

    @classmethod
    def assign(cls, outcome: Outcome, commitment: Commitment, at: datetime) -> "Task":
        """Give a commitment to its department."""
        task = cls(
            id=commitment.task_id,
            topic_id=outcome.topic_id,
            outcome_id=outcome.id,
            department=commitment.department,
            system=commitment.system,
            title=commitment.title,
            evidence=commitment.evidence,
            due_on=commitment.due_on,
            assigned_at=at,
        )
        task.say(
            TaskAssigned(
                topic_id=task.topic_id,
                task_id=task.id,
                department=task.department,
                title=task.title,
                due_on=task.due_on,
            )
        )
        task.tell("assigned", reason=task.evidence or None)
        return task

    def act(self, fact: DeptTask, origin: Origin, *, today: date, latest: date) -> None:
        """Let its holder accept, reply, return or extend. `latest` is the last day an extension may ask for."""
        if not self.take(origin):
            return
        if self.department == OFFICE and OFFICE not in origin.roles:
            raise Forbidden("the county office holds this task")
        match fact.action:
            case "accept":
                self._accept(fact, origin)
            case "reply":
                self._reply(fact, origin, today)
            case "return":
                self._return(fact, origin)
            case "extend":
                self._extend(fact, origin, latest)

    def require_system(self, origin: Origin) -> None:
        """Let a department system act on its own tasks only. Raises Invalid.

        What it has said before may come again, though the task has gone to somebody else by then.
        """
        if self.system != origin.by and origin.id not in self.taken:
            raise Invalid([not_a_task_of(origin.by, self.id)])

    def verify(self, text: str, origin: Origin) -> None:
        """Find the reply true and the task done (办结核验)."""
        if not self.take(origin):
            return
        self._require("verified", TaskState.REPLIED)
        self.state = TaskState.VERIFIED
        self.on_time = self.replied_on is not None and self.replied_on <= self.due_on
        self.notes.append(Note("verify", origin.by, text, origin.at))
        self.say(
            TaskVerified(topic_id=self.topic_id, task_id=self.id, department=self.department, on_time=self.on_time)
        )
        self.tell("verified", reason=text)

    def rework(self, text: str, origin: Origin, *, due_on: date, closed: bool) -> None:
        """Find it not done after all (重办), with new days to do it in."""
        if not self.take(origin):
            return
        if closed:
            raise Conflict("the topic is closed: its tasks cannot be reworked")
        self._require("reworked", TaskState.REPLIED, TaskState.VERIFIED)
        self.state, self.due_on, self.on_time = TaskState.REWORK, max(self.due_on, due_on), None
        self.notes.append(Note("rework", origin.by, text, origin.at))
        self.tell("rework", reason=text)

    def urge(self, text: str, origin: Origin) -> None:
        """Urge the holder on (督办); this edits nothing else."""
        if not self.take(origin):
            return
        if self.state is TaskState.VERIFIED:
            raise Conflict("the task is VERIFIED: there is nothing left to urge")
        self.urges.append(Note("urge", origin.by, text, origin.at))
        self.say(
            TaskUrged(topic_id=self.topic_id, task_id=self.id, department=self.department, by=origin.by, text=text)
        )
        self.tell("urged", reason=text)

    def colour(self, on: date, soon: date) -> Colour | None:
        """Show the card of a day, `soon` being the next working day; None while all is well."""
        if self.state is TaskState.VERIFIED or self.due_on > soon:
            return None
        return Colour.RED if self.due_on < on else Colour.YELLOW

    def _accept(self, fact: DeptTask, origin: Origin) -> None:
        self._require("accepted", TaskState.ASSIGNED, TaskState.RETURNED, TaskState.REWORK)
        self.state = TaskState.ACCEPTED
        self._note(fact, origin)
        self.tell("accepted", origin)

    def _reply(self, fact: DeptTask, origin: Origin, today: date) -> None:
        self._require("replied to", *TO_DO)
        self.state, self.replied_on = TaskState.REPLIED, today
        self.replies.append(Note("reply", origin.by, fact.text, origin.at, tuple(fact.evidence)))
        self.say(TaskReplied(topic_id=self.topic_id, task_id=self.id, department=self.department, text=fact.text))

    def _return(self, fact: DeptTask, origin: Origin) -> None:
        if self.department == OFFICE:
            raise Conflict("the county office holds this task: there is nobody to return it to")
        self._require("returned", TaskState.ASSIGNED, TaskState.ACCEPTED)
        self._note(fact, origin)
        self.say(TaskReturned(topic_id=self.topic_id, task_id=self.id, department=self.department, reason=fact.text))
        self.tell("returned", origin, fact.text)
        self.state, self.department, self.system = TaskState.RETURNED, OFFICE, None

    def _extend(self, fact: DeptTask, origin: Origin, latest: date) -> None:
        if fact.until is None:
            raise Invalid([Fault("until", "is needed to extend a task")])
        if fact.until <= self.due_on:
            raise Invalid([Fault("until", f"must be after {self.due_on}, when the task is due now")])
        self._require("extended", *TO_DO)
        if self.extended:
            raise Conflict("the task has been extended once already: reply, or return it")
        if fact.until > latest:
            raise Conflict(f"a task can be extended by {EXTENSION} working days, here until {latest}")
        self.due_on, self.extended = fact.until, True
        self._note(fact, origin)
        self.tell("extended", origin, fact.text)

    def _note(self, fact: DeptTask, origin: Origin) -> None:
        self.notes.append(Note(fact.action, origin.by, fact.text, origin.at, tuple(fact.evidence)))

    def _require(self, verb: str, *states: TaskState) -> None:
        if self.state not in states:
            raise Conflict(f"the task is {self.state} and cannot be {verb}; it must be {' or '.join(states)}")

    def tell(self, status: Status, origin: Origin | None = None, reason: str | None = None) -> None:
        """Tell the holder's system, where it has one; `origin` is what it answers, if the system itself said that."""
        if self.system is None:
            return
        self.say(
            DeptTaskOrder(
                system=self.system,
                status=status,
                task_id=self.id,
                topic_id=self.topic_id,
                title=self.title,
                due_on=self.due_on,
                in_reply_to=origin.id if origin and origin.by == self.system else None,
                reason=reason,
            )
        )


def not_a_task_of(system: str, task_id: str) -> Fault:
    """Word the fault of a system that speaks of a task which is none of its own, or none at all."""
    return Fault("task_id", f"{task_id!r} is not a task of system {system!r}")
