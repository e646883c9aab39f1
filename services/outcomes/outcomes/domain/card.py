"""Decides about the cards (黄牌、红牌) a task is shown by itself: each once, for ever, when its moment has come."""

from collections.abc import Mapping
from datetime import datetime

from common.events import CardDue, TaskCarded
from outcomes.domain.task import Colour, Task, TaskState

Moments = Mapping[Colour, datetime]
"""When each card is due, by the task's due day as it stands now; the earlier card first."""


def watch(task: Task, moments: Moments) -> None:
    """Note when the next card is due, and ask to be woken then; a verified task awaits none."""
    awaited = [at for colour, at in moments.items() if colour not in task.cards]
    due_at = None if task.state is TaskState.VERIFIED else min(awaited, default=None)
    if due_at == task.due_at:
        return
    task.due_at = due_at
    if due_at:
        task.say(CardDue(topic_id=task.topic_id, task_id=task.id, at=due_at))


def show(task: Task, moments: Moments, now: datetime) -> None:
    """Show every card that is due by now and was never shown; what the clock did in between does not matter."""
    due = [colour for colour, at in moments.items() if at <= now and colour not in task.cards]
    for colour in due if task.state is not TaskState.VERIFIED else ():
        task.cards.append(colour)
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
    watch(task, moments)
