"""Arranges: what outcomes does when something is heard or asked."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from common.aggregate import Aggregates, Origin, utc_now
from common.calendar import local_date
from common.county import County
from common.errors import Fault, Forbidden, Invalid, NotFound, Refusal
from common.events import (
    CardDue,
    DeptTask,
    DeptTaskOrder,
    FaultLine,
    MeetingAdjourned,
    OutcomeReported,
    ReplyReceived,
    TaskVerified,
    TopicAgreed,
    TopicEnded,
)
from common.people import mask_phones
from outcomes.domain.activity import Activity, KeyFigure, explain
from outcomes.domain.card import show, watch
from outcomes.domain.outcome import Assignment, Kind, Outcome, OutcomeState, outcome_id, score_of
from outcomes.domain.task import EXTENSION, OFFICE, Task, TaskState, not_a_task_of
from outcomes.handlers.plan import card_moments, commitments
from outcomes.handlers.ports import Card, Figures

__all__ = ["Card", "Figures", "Outcomes"]


class Outcomes:
    """Turns agreements into tasks, follows these to their end, and lets people rate what came of it."""

    def __init__(
        self,
        activities: Aggregates[Activity],
        outcomes: Aggregates[Outcome],
        tasks: Aggregates[Task],
        figures: Figures,
        county: County,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.activities = activities
        self.outcomes = outcomes
        self.tasks = tasks
        self._figures = figures
        self._county = county
        self._calendar = county.calendar
        self._now = now

    async def record(self, fact: MeetingAdjourned, origin: Origin) -> None:
        """Hear that a meeting is over."""
        on = local_date(origin.at)
        await self.activities.change(fact.meeting_id, _leave, new=lambda: Activity.of(fact, on))

    async def agree(self, fact: TopicAgreed, _: Origin) -> None:
        """Hear of an agreement."""
        await self.outcomes.change(outcome_id(fact.topic_id), _leave, new=lambda: Outcome.agreed(fact))

    async def end(self, fact: TopicEnded, _: Origin) -> None:
        """Hear of an end without agreement."""
        await self.outcomes.change(outcome_id(fact.topic_id), _leave, new=lambda: Outcome.ended(fact))

    async def report(self, topic_id: str, kind: Kind, tasks: Sequence[Assignment], origin: Origin) -> Outcome:
        """Report the outcome of a topic with its tasks. Raises Invalid with every fault of every task."""

        def report(outcome: Outcome) -> None:
            if origin.id not in outcome.taken:
                outcome.report(kind, commitments(self._county, outcome.id, tasks, local_date(origin.at)), origin)

        outcome = await self.outcomes.change(outcome_id(topic_id), report)
        await self._assign(outcome)
        return outcome

    async def assign(self, fact: OutcomeReported, _: Origin) -> None:
        """Hear that an outcome was reported: whichever of its tasks a crash left unmade are made now."""
        await self._assign(await self.outcomes.get(fact.outcome_id))

    async def receive(self, fact: DeptTask, origin: Origin) -> Task:
        """Take what a department system says about a task of its own. Raises Invalid with every fault."""

        def act(task: Task) -> None:
            task.require_system(origin)
            self._act(task, fact, origin)

        if not self._county.has_system(origin.by):
            raise Invalid([_no_such_system(origin.by)])
        try:
            return await self._change(fact.task_id, act)
        except NotFound:
            # a system learns a task's id from us after it is stored, so an unknown one will not be known later
            raise Invalid([not_a_task_of(origin.by, fact.task_id)]) from None

    async def act(self, fact: DeptTask, origin: Origin) -> Task:
        """Take what a department, or the office for it, says about a task."""
        return await self._change(fact.task_id, lambda task: self._act(task, fact, origin))

    async def verify(self, task_id: str, text: str, origin: Origin) -> Task:
        """Find a task done; the outcome hears of it as an event."""
        return await self._change(task_id, lambda task: task.verify(mask_phones(text), origin))

    async def rework(self, task_id: str, text: str, origin: Origin) -> Task:
        """Find a task not done after all; its outcome is publicised no more."""
        outcome = await self.outcomes.get((await self.tasks.get(task_id)).outcome_id)
        due_on = self._calendar.after(local_date(origin.at), self._county.deadlines.rework)
        closed = outcome.state is OutcomeState.CLOSED
        task = await self._change(
            task_id, lambda task: task.rework(mask_phones(text), origin, due_on=due_on, closed=closed)
        )
        await self._settle(outcome.id, origin)
        return task

    async def urge(self, task_id: str, text: str, origin: Origin) -> Task:
        """Urge whoever holds a task."""
        return await self.tasks.change(task_id, lambda task: task.urge(mask_phones(text), origin))

    async def follow(self, fact: TaskVerified, origin: Origin) -> None:
        """Hear that a task was verified: with the last one the outcome is publicised."""
        await self._settle(outcome_id(fact.topic_id), origin)

    async def listen(self, fact: ReplyReceived, origin: Origin) -> None:
        """Hear what a person answered to a message: a figure from 1 to 5 is a rating, anything else is not."""
        score = score_of(fact.text)
        if score is None or fact.topic_id is None:
            return

        def rate(outcome: Outcome) -> None:
            if outcome.state is OutcomeState.PUBLICISED:
                outcome.rate(fact.person_id, score, origin)

        try:
            await self.outcomes.change(outcome_id(fact.topic_id), rate)
        except NotFound:
            # a rating is asked for once the outcome is publicised; before, the figure answered something else
            return

    async def rate(self, topic_id: str, score: int, person_id: str | None, origin: Origin) -> Outcome:
        """Take a rating, by the caller, or by the office for somebody."""
        if person_id not in (None, origin.by) and OFFICE not in origin.roles:
            raise Forbidden("only the county office may record somebody else's rating")
        person = person_id or origin.by
        return await self.outcomes.change(outcome_id(topic_id), lambda outcome: outcome.rate(person, score, origin))

    async def close(self, topic_id: str, origin: Origin) -> Outcome:
        """Close a topic, having looked at its tasks once more."""
        id_ = outcome_id(topic_id)
        await self._settle(id_, origin)
        today = local_date(origin.at)
        return await self.outcomes.change(
            id_, lambda outcome: outcome.close(origin, publicity_over=self._publicity_over(outcome, today))
        )

    async def supervise(self, on: date | None, origin: Origin) -> list[Card]:
        """List the yellow and red cards of a day, today where none is given, the longest due first."""
        on = on or local_date(origin.at)
        soon = self._calendar.after(on, 1)
        tasks = sorted(await self._figures.due(soon), key=lambda task: (task.due_on, task.id))
        return [Card(colour, task) for task in tasks if (colour := task.colour(on, soon))]

    async def wake(self, fact: CardDue, _: Origin) -> None:
        """Hear that a task may be due for a card."""
        await self.show_cards(fact.task_id)

    async def show_cards(self, task_id: str) -> Task:
        """Show a task the cards that are due by now, whoever asks: its schedule or the sweeper, once or ten times."""
        now = self._now()
        return await self.tasks.change(task_id, lambda task: show(task, card_moments(self._calendar, task.due_on), now))

    async def kpi(self, origin: Origin) -> dict[str, KeyFigure]:
        """Count the key figures."""
        return explain(await self._figures.totals(), origin.at)

    def refuse(self, refusal: Refusal) -> DeptTaskOrder:
        """Word the answer to a department whose event is at fault, adding what can be said without its task."""
        data = refusal.data if isinstance(refusal.data, dict) else {}
        said = [] if self._county.has_system(refusal.system) else [_no_such_system(refusal.system)]
        if data.get("action") == "extend" and data.get("until") is None:
            said.append(Fault("until", "is needed to extend a task"))
        known = {fault.path for fault in refusal.faults}
        refusal.faults += [fault for fault in said if fault.path not in known]
        task_id = data.get("task_id")
        return DeptTaskOrder(
            system=refusal.system,
            status="refused",
            task_id=task_id if isinstance(task_id, str) else None,
            in_reply_to=refusal.id,
            reason=f"{len(refusal.faults)} fault(s)",
            faults=tuple(FaultLine(path=fault.path, problem=fault.problem) for fault in refusal.faults),
        )

    async def _assign(self, outcome: Outcome) -> None:
        at = outcome.reported_at
        if at is None:
            return
        for commitment in outcome.commitments:
            await self._change(commitment.task_id, _leave, new=partial(Task.assign, outcome, commitment, at))

    async def _change(self, id_: str, decide: Callable[[Task], None], new: Callable[[], Task] | None = None) -> Task:
        """Change a task, and note with it when its next card is due."""

        def decided(task: Task) -> None:
            decide(task)
            watch(task, card_moments(self._calendar, task.due_on))

        return await self.tasks.change(id_, decided, new=new)

    def _act(self, task: Task, fact: DeptTask, origin: Origin) -> None:
        masked = fact.model_copy(update={"text": mask_phones(fact.text)})
        latest = self._calendar.after(task.due_on, EXTENSION)
        task.act(masked, origin, today=local_date(origin.at), latest=latest)

    async def _settle(self, id_: str, origin: Origin) -> None:
        """Compare an outcome with its tasks as they stand: right however often, in whatever order it is done."""
        outcome = await self.outcomes.get(id_)
        tasks = [await self.tasks.get(commitment.task_id) for commitment in outcome.commitments]
        done = all(task.state is TaskState.VERIFIED for task in tasks)
        await self.outcomes.change(id_, lambda found: found.settle(origin.at, done=done))

    def _publicity_over(self, outcome: Outcome, today: date) -> bool:
        since = outcome.publicised_at
        days = self._county.deadlines.publicity
        return since is not None and today > self._calendar.after(local_date(since), days)


def _no_such_system(system: str) -> Fault:
    return Fault("system", f"{system!r} is not a department system of this county")


def _leave(_: object) -> None:
    """Decide nothing: what is there already stays as it is."""
