"""What outcomes says (steps 5 成果 and 6 跟踪)."""

from datetime import date
from typing import Literal

from common.events.event import PUBLIC, Event, Id, Phase, Timer


class OutcomeReported(
    Event, type="yishi.outcomes.outcome.reported.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT
):
    """An agreement went to committee and government with its tasks."""

    topic_id: Id
    outcome_id: Id
    tasks: int


class TaskAssigned(Event, type="yishi.outcomes.task.assigned.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """A department is accountable for a task until a day."""

    topic_id: Id
    task_id: Id
    department: str
    title: str
    due_on: date


class TaskReplied(Event, type="yishi.outcomes.task.replied.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """The department says the task is done."""

    topic_id: Id
    task_id: Id
    department: str
    text: str


class TaskReturned(Event, type="yishi.outcomes.task.returned.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """The department says the task is not its own; the county office holds it now."""

    topic_id: Id
    task_id: Id
    department: str
    reason: str


class TaskUrged(Event, type="yishi.outcomes.task.urged.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """Somebody entitled to has urged the department on (督办)."""

    topic_id: Id
    task_id: Id
    department: str
    by: str
    text: str


class CardDue(Timer, type="timer.outcomes.card", heard_by=("outcomes",), phase=Phase.FOLLOW):
    """It is time to look whether a task is shown a card."""

    topic_id: Id
    task_id: Id


class TaskCarded(Event, type="yishi.outcomes.task.carded.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """A task is shown a card: yellow (黄牌) before its due day, red (红牌) after it; each once, for ever."""

    topic_id: Id
    task_id: Id
    department: str
    colour: Literal["yellow", "red"]
    due_on: date


class TaskVerified(Event, type="yishi.outcomes.task.verified.v1", heard_by=("outcomes",), phase=Phase.FOLLOW):
    """The county office has checked the reply and finds the task done; `on_time` by its due day."""

    topic_id: Id
    task_id: Id
    department: str
    on_time: bool


class TopicPublicised(Event, type="yishi.outcomes.topic.publicised.v1", heard_by=("notify",), phase=Phase.FOLLOW):
    """Every task of the topic is done; those concerned are asked to rate it from 1 to 5."""

    topic_id: Id
    title: str
    result: str
    people: tuple[Id, ...] = ()


class TopicRated(Event, type="yishi.outcomes.topic.rated.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """One person rated the result, from 1 (very unsatisfied) to 5 (very satisfied)."""

    topic_id: Id
    person_id: Id
    score: int


class TopicClosed(
    Event, type="yishi.outcomes.topic.closed.v1", heard_by=("intake", "meetings", "notify"), phase=Phase.FOLLOW
):
    """The topic is done. `score` is the mean rating, None where nobody rated."""

    topic_id: Id
    title: str
    score: float | None
    ratings: int
    people: tuple[Id, ...] = ()
