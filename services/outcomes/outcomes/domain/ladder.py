"""Decides what happens to a task by itself: cards (黄牌、红牌), then the ladder of supervision (领导包抓督导).

Each card and each rung comes once, when its moment has come, until the task is reworked or goes to another department.
Where nobody stands on a rung, that is said, and the next one is reached at once: nothing is passed over in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from common.events import CardDue, TaskCarded, TaskEscalated
from outcomes.domain.task import Colour, Note, Rung, Task, TaskState

SUPERVISION = "supervision"
"""In whose name a task is urged when nobody did it."""

Gap = Literal["no-owner", "vacant", "broken-rule"]
"""Why nobody is urged on a rung: nobody has the task, nobody holds the post, or the rule does not name one alone."""


@dataclass(frozen=True)
class Post:
    """Who stands on a rung for a task: the department or the post; or why nobody does."""

    to: str | None = None
    gap: Gap | None = None


@dataclass(frozen=True)
class Agenda:
    """When each card is due and each rung is reached, by the task's due day as it stands now; the earlier ones first.

    `posts` has whoever stands on each rung.
    """

    cards: Mapping[Colour, datetime] = field(default_factory=dict)
    rungs: Mapping[Rung, datetime] = field(default_factory=dict)
    posts: Mapping[Rung, Post] = field(default_factory=dict)


def watch(task: Task, agenda: Agenda) -> None:
    """Note when the next card or rung is due, and ask to be woken then; a verified task awaits none."""
    awaited = [at for colour, at in agenda.cards.items() if colour not in task.cards]
    awaited += [at for rung, at in agenda.rungs.items() if rung not in task.rungs]
    due_at = None if task.state is TaskState.VERIFIED else min(awaited, default=None)
    if due_at == task.due_at:
        return
    task.due_at = due_at
    if due_at:
        task.say(CardDue(topic_id=task.topic_id, task_id=task.id, at=due_at))


def show(task: Task, agenda: Agenda, now: datetime) -> None:
    """Do all that is due by now and was never done; what the clock did in between does not matter."""
    if task.state is not TaskState.VERIFIED:
        for colour, at in agenda.cards.items():
            if at <= now and colour not in task.cards:
                _show(task, colour)
        _climb(task, agenda, now)
    watch(task, agenda)


def _show(task: Task, colour: Colour) -> None:
    task.cards.append(colour)
    task.red_cards += colour is Colour.RED
    task.say(
        TaskCarded(
            topic_id=task.topic_id,
            task_id=task.id,
            department=task.department,
            colour=colour.value,
            due_on=task.due_on,
        )
    )
    task.tell(colour.value)


def _climb(task: Task, agenda: Agenda, now: datetime) -> None:
    higher = False
    for rung, at in agenda.rungs.items():
        if rung in task.rungs:
            continue
        if at > now and not higher:
            return
        post = agenda.posts[rung]
        higher = post.gap is not None
        task.rungs.append(rung)
        task.say(
            TaskEscalated(
                topic_id=task.topic_id,
                task_id=task.id,
                department=task.department,
                rung=rung.value,
                due_on=task.deadline,
                to=post.to,
                gap=post.gap,
            )
        )
        if not higher:
            task.urges.append(Note("urge", SUPERVISION, f"督办至{_TITLES[rung]}", now))
            if task.state is not TaskState.REPLIED:
                task.tell("urged", reason=f"已逾期，督办至{_TITLES[rung]}")


_TITLES = {Rung.DEPARTMENT: "责任部门", Rung.OFFICE: "协商办", Rung.LEADER: "包抓领导", Rung.GROUP: "领导小组"}
