"""Keeps tasks (任务): what one department must do until a day, and whatever was said about it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from common.aggregate import Aggregate, Origin
from common.errors import Conflict
from common.events import (
    Attachment,
    DeptTaskOrder,
    TaskAssigned,
    TaskReassigned,
    TaskRescheduled,
)
from outcomes.domain.commitment import Commitment, Holder, Milestone
from outcomes.domain.outcome import Outcome
from outcomes.domain.term import Term, Why

OFFICE = "office"
"""The county office (区县政协办): as a holder of tasks, and as the role that may act on those."""

Status = Literal[
    "assigned",
    "urged",
    "yellow",
    "red",
    "accepted",
    "returned",
    "extended",
    "verified",
    "rework",
    "progress",
    "reassigned",
    "paused",
    "resumed",
]


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


class Rung(StrEnum):
    """A rung of the ladder of supervision (督办): each stands above the one before."""

    DEPARTMENT = "department"
    OFFICE = "office"
    LEADER = "leader"
    GROUP = "group"


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

    `due_on` was reached by `terms`. A reply is to be checked by `verify_by`: until then nobody is urged. `due_at` is
    when its next card is due or the next rung is reached, None while neither is. `cards` were shown and `rungs` reached
    since it was given to its department, or for rework; `red_cards` counts them all. `refused` have returned it.
    """

    topic_id: str
    outcome_id: str
    department: str
    system: str | None
    title: str
    evidence: str
    due_on: date
    assigned_at: datetime
    division: str = ""
    helpers: list[Holder] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    state: TaskState = TaskState.ASSIGNED
    replies: list[Note] = field(default_factory=list)
    urges: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    given_on: date | None = None
    extended: bool = False
    paused_until: date | None = None
    replied_on: date | None = None
    verify_by: date | None = None
    on_time: bool | None = None
    answer: str = ""
    due_at: datetime | None = None
    cards: list[Colour] = field(default_factory=list)
    rungs: list[Rung] = field(default_factory=list)
    red_cards: int = 0

    @classmethod
    def assign(cls, outcome: Outcome, commitment: Commitment, at: datetime) -> "Task":
        """Give a commitment to its department, and tell those who help."""
        given_on = commitment.given_on
        task = cls(
            id=commitment.task_id,
            topic_id=outcome.topic_id,
            outcome_id=outcome.id,
            division=outcome.division,
            department=commitment.department,
            system=commitment.system,
            title=commitment.title,
            evidence=commitment.evidence,
            due_on=commitment.due_on,
            assigned_at=at,
            given_on=given_on,
            helpers=list(commitment.helpers),
            milestones=list(commitment.milestones),
        )
        if given_on:
            days = commitment.working_days
            task.terms.append(Term(Why.ASSIGNED, given_on, task.due_on, given_on, days))
        task._told_assigned()
        for helper in task.helpers:
            if helper.system:
                task.say(task._order(helper.system, "assigned", reason=task.evidence or None, role="helper"))
        return task

    def hand_over(self, to: Holder, reason: str, term: Term) -> None:
        """Let another department begin with the task; cards and supervision begin anew."""
        before, self.department, self.system = self.department, to.department, to.system
        self.state, self.given_on = TaskState.ASSIGNED, term.on
        self.extended, self.paused_until, self.cards, self.rungs = False, None, [], []
        self.reschedule(term)
        about = {"topic_id": self.topic_id, "task_id": self.id, "department": self.department}
        self.say(TaskReassigned(**about, before=before, reason=reason, due_on=self.due_on))
        self._told_assigned()

    @property
    def deadline(self) -> date:
        """The day by which whoever has it in hand must act: its holder, or the office that is to check the reply."""
        return self.verify_by or self.due_on if self.state is TaskState.REPLIED else self.due_on

    def colour(self, on: date, soon: date) -> Colour | None:
        """Show the card of a day, `soon` being the next working day; None while all is well."""
        if self.state is TaskState.VERIFIED or self.deadline > soon:
            return None
        return Colour.RED if self.deadline < on else Colour.YELLOW

    def reschedule(self, term: Term) -> None:
        """Give it another due day, or the same one again; cards that were shown stay shown."""
        self.terms.append(term)
        before, self.due_on = self.due_on, term.due_on
        if before == self.due_on:
            return
        self.say(
            TaskRescheduled(
                topic_id=self.topic_id,
                task_id=self.id,
                department=self.department,
                why=term.why.value,
                before=before,
                due_on=self.due_on,
                reason=term.reason,
            )
        )

    def require(self, verb: str, *states: TaskState) -> None:
        """Raise Conflict unless the task is in one of these states."""
        if self.state not in states:
            raise Conflict(f"the task is {self.state} and cannot be {verb}; it must be {' or '.join(states)}")

    def tell(self, status: Status, origin: Origin | None = None, reason: str | None = None) -> None:
        """Tell the holder's system, where it has one; `origin` is what it answers, if the system itself said that."""
        if self.system is not None:
            self.say(self._order(self.system, status, origin, reason))

    def _told_assigned(self) -> None:
        self.say(
            TaskAssigned(
                topic_id=self.topic_id,
                task_id=self.id,
                department=self.department,
                title=self.title,
                due_on=self.due_on,
            )
        )
        self.tell("assigned", reason=self.evidence or None)

    def _order(
        self,
        system: str,
        status: Status,
        origin: Origin | None = None,
        reason: str | None = None,
        role: Literal["accountable", "helper"] = "accountable",
    ) -> DeptTaskOrder:
        return DeptTaskOrder(
            system=system,
            status=status,
            task_id=self.id,
            topic_id=self.topic_id,
            title=self.title,
            due_on=self.due_on,
            in_reply_to=origin.id if origin and origin.by == self.system else None,
            reason=reason,
            role=role,
        )
