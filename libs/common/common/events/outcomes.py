"""What outcomes says (steps 5 成果 and 6 跟踪)."""

from datetime import date
from typing import Literal

from common.events.event import PUBLIC, Event, Id, Phase, Timer


class OutcomeReported(
    Event, type="yishi.outcomes.outcome.reported.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT
):
    """An agreement went to committee and government with its tasks. `round` counts the topic's outcomes from 1."""

    topic_id: Id
    outcome_id: Id
    tasks: int
    kind: str = ""
    round: int = 1


class OutcomeSubmitted(
    Event, type="yishi.outcomes.outcome.submitted.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT
):
    """A suggestion went to committee and government (成果报送), which have not said yet what becomes of it."""

    topic_id: Id
    outcome_id: Id
    kind: str
    to: tuple[str, ...] = ()


class OutcomeAdopted(
    Event, type="yishi.outcomes.outcome.adopted.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT
):
    """Committee or government said what becomes of it: A is done, B is planned, C is taken note of and explained."""

    topic_id: Id
    outcome_id: Id
    grade: Literal["A", "B", "C"]
    by: str
    text: str


class OutcomeDelayed(Event, type="yishi.outcomes.outcome.delayed.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """An agreement waits for too long: to be reported by the office, or to be answered by committee and government."""

    topic_id: Id
    outcome_id: Id
    title: str
    waiting_for: Literal["report", "adoption"]


class TaskAssigned(Event, type="yishi.outcomes.task.assigned.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT):
    """A department is accountable for a task until a day."""

    topic_id: Id
    task_id: Id
    department: str
    title: str
    due_on: date


class TaskReplied(Event, type="yishi.outcomes.task.replied.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT):
    """The department says the task is done."""

    topic_id: Id
    task_id: Id
    department: str
    text: str


class TaskProgressed(Event, type="yishi.outcomes.task.progressed.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """The department has reached a milestone."""

    topic_id: Id
    task_id: Id
    department: str
    milestone: str
    due_on: date


class TaskReturned(Event, type="yishi.outcomes.task.returned.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """The department says the task is not its own, and perhaps whose; `holder` has it now, the office where nobody."""

    topic_id: Id
    task_id: Id
    department: str
    reason: str
    whose: str | None = None
    holder: str = "office"


class TaskReassigned(
    Event, type="yishi.outcomes.task.reassigned.v1", heard_by=("outcomes", PUBLIC), phase=Phase.SUBMIT
):
    """Another department is accountable for the task from now on (改派)."""

    topic_id: Id
    task_id: Id
    department: str
    before: str
    reason: str
    due_on: date


class TaskRescheduled(Event, type="yishi.outcomes.task.rescheduled.v1", heard_by=(PUBLIC,), phase=Phase.SUBMIT):
    """The task has another due day, and why."""

    topic_id: Id
    task_id: Id
    department: str
    why: Literal["extended", "paused", "resumed", "rework", "reassigned"]
    before: date
    due_on: date
    reason: str


class TaskUrged(Event, type="yishi.outcomes.task.urged.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """Somebody entitled to has urged the department on (督办)."""

    topic_id: Id
    task_id: Id
    department: str
    by: str
    text: str


class TaskCommented(Event, type="yishi.outcomes.task.commented.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """A leader or the office has said something about a task, which changes nothing in it."""

    topic_id: Id
    task_id: Id
    department: str
    by: str
    text: str


class TaskEscalated(Event, type="yishi.outcomes.task.escalated.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """Supervision has reached a rung of the ladder (督办升级): whoever stands there is urged.

    `to` is the department or the post. Where nobody stands there, or not one alone, `gap` says so, and the next rung
    is reached at once.
    """

    topic_id: Id
    task_id: Id
    department: str
    rung: Literal["department", "office", "leader", "group"]
    due_on: date
    to: str | None = None
    gap: Literal["no-owner", "vacant", "broken-rule"] | None = None


class CardDue(Timer, type="timer.outcomes.card", heard_by=("outcomes",), phase=Phase.FOLLOW):
    """It is time to look whether a task is shown a card, or supervision reaches a rung."""

    topic_id: Id
    task_id: Id


class TaskCarded(Event, type="yishi.outcomes.task.carded.v1", heard_by=(PUBLIC,), phase=Phase.FOLLOW):
    """A task is shown a card: yellow (黄牌) before its due day, red (红牌) after it.

    Each once, for ever; anew only where the task was sent back for rework or given to another department.
    """

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


class TopicPublicised(
    Event, type="yishi.outcomes.topic.publicised.v1", heard_by=("notify", "outcomes"), phase=Phase.FOLLOW
):
    """What came of the topic can be read until a day (公示); those concerned are asked to rate it from 1 to 5."""

    topic_id: Id
    title: str
    result: str
    people: tuple[Id, ...] = ()
    until: date | None = None


class TopicRated(Event, type="yishi.outcomes.topic.rated.v1", heard_by=("outcomes", PUBLIC), phase=Phase.FOLLOW):
    """One person rated the result, from 1 (very unsatisfied) to 5 (very satisfied)."""

    topic_id: Id
    person_id: Id
    score: int


class TopicClosed(
    Event,
    type="yishi.outcomes.topic.closed.v1",
    heard_by=("intake", "meetings", "notify", "outcomes"),
    phase=Phase.FOLLOW,
):
    """The topic is done. `score` is the mean rating, None where nobody rated.

    `ending` counts apart what nobody rated in time, and what was explained instead of done (C). `round` counts the
    topic's outcomes from 1.
    """

    topic_id: Id
    title: str
    score: float | None
    ratings: int
    people: tuple[Id, ...] = ()
    ending: Literal["rated", "unrated", "explained"] = "rated"
    round: int = 1


class TopicReopened(
    Event,
    type="yishi.outcomes.topic.reopened.v1",
    heard_by=("intake", "meetings", "notify", "outcomes"),
    phase=Phase.FOLLOW,
):
    """The topic goes back to a meeting (重新协商), with the same id; `round` is that of its next outcome."""

    topic_id: Id
    outcome_id: Id
    title: str
    reason: str
    round: int
    people: tuple[Id, ...] = ()
