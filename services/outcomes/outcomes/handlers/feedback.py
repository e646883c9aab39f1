"""Arranges what follows a task that is done: publicity, rating, rework, closing, and going back to a meeting."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from prometheus_client import Counter

from common.aggregate import Aggregates, Origin, derived_id
from common.calendar import local_date
from common.county import County
from common.errors import Forbidden, NotFound
from common.events import ReplyReceived, TaskVerified
from common.people import mask_phones
from outcomes.domain import closing, office
from outcomes.domain.outcome import Outcome, OutcomeState, Publicity, outcome_id
from outcomes.domain.rating import score_of
from outcomes.domain.task import OFFICE, Task, TaskState
from outcomes.domain.term import Term, Why
from outcomes.handlers.ports import Figures, Publication
from outcomes.handlers.publicity import publication
from outcomes.handlers.supervision import Supervision, at_nine

BY_ITSELF = "outcomes"
UNSATISFIED = "群众评价不满意，请重办"

_ignored = Counter("yishi_outcomes_ratings_ignored_total", "Ratings by SMS from people who were not asked")


class Feedback:
    """Lets those concerned rate what was done, and closes no topic before."""

    def __init__(
        self,
        outcomes: Aggregates[Outcome],
        tasks: Aggregates[Task],
        figures: Figures,
        supervision: Supervision,
        county: County,
        now: Callable[[], datetime],
    ) -> None:
        self._outcomes = outcomes
        self._tasks = tasks
        self._figures = figures
        self._supervision = supervision
        self._county = county
        self._now = now

    async def follow(self, fact: TaskVerified, origin: Origin) -> None:
        """Hear that a task was verified: with the last one the outcome is publicised."""
        await self._settle(outcome_id(fact.topic_id), origin)

    async def rework(self, task_id: str, text: str, origin: Origin) -> Task:
        """Find a task not done after all; its outcome is publicised no more."""
        outcome = await self._outcomes.get((await self._tasks.get(task_id)).outcome_id)
        term, closed = self._rework_term(mask_phones(text), origin), outcome.state is OutcomeState.CLOSED
        task = await self._supervision.change(
            task_id, lambda task: office.rework(task, term.reason, origin, term, closed=closed)
        )
        await self._settle(outcome.id, origin)
        return task

    async def listen(self, fact: ReplyReceived, origin: Origin) -> None:
        """Hear what a person answered to a message: a figure from 1 to 5 is a rating, anything else is not."""
        score = score_of(fact.text)
        if score is None or fact.topic_id is None:
            return

        def rate(outcome: Outcome) -> None:
            if outcome.state is OutcomeState.PUBLICISED:
                closing.rate(outcome, fact.person_id, score, origin)

        try:
            outcome = await self._outcomes.change(outcome_id(fact.topic_id), rate)
        except NotFound:
            # a rating is asked for once the outcome is publicised; before, the figure answered something else
            return
        except Forbidden:
            _ignored.inc()
            return
        await self._answer(outcome, origin)

    async def rate(self, topic_id: str, score: int, person_id: str | None, origin: Origin) -> Outcome:
        """Take a rating, by the caller, or by the office for somebody."""
        if person_id not in (None, origin.by) and OFFICE not in origin.roles:
            raise Forbidden("only the county office may record somebody else's rating")
        person = person_id or origin.by
        outcome = await self._outcomes.change(
            outcome_id(topic_id), lambda outcome: closing.rate(outcome, person, score, origin)
        )
        return await self._answer(outcome, origin)

    async def close(self, topic_id: str, origin: Origin) -> Outcome:
        """Close a topic, having looked at its tasks once more."""
        id_ = outcome_id(topic_id)
        await self._settle(id_, origin)
        return await self._outcomes.change(id_, lambda outcome: closing.close(outcome, origin, local_date(origin.at)))

    async def reopen(self, topic_id: str, text: str, origin: Origin) -> Outcome:
        """Send a topic back to a meeting."""
        return await self._outcomes.change(
            outcome_id(topic_id), lambda outcome: closing.reopen(outcome, mask_phones(text), origin)
        )

    async def look(self, id_: str) -> None:
        """Look at an outcome that is due, whoever asks, once or ten times.

        One that waits for its report is said to be late; one whose publicity is over is closed, or reworked.
        """
        outcome, now = await self._outcomes.get(id_), self._now()
        if outcome.due_at is None or outcome.due_at > now:
            return
        if outcome.state is not OutcomeState.PUBLICISED:
            await self._outcomes.change(id_, lambda found: found.delay(now))
            return
        once = derived_id("publicity", id_, str(outcome.round), outcome.due_at.isoformat())
        origin = Origin(once, BY_ITSELF, now)
        await self._answer(outcome, origin)
        outcome = await self._settle(id_, origin)
        if outcome.state is OutcomeState.PUBLICISED:
            await self._outcomes.change(id_, lambda found: closing.close(found, origin, local_date(now)))

    async def public(self, after: str | None, limit: int) -> tuple[list[Publication], str | None]:
        """Tell everyone what came of the topics that are in publicity now; and where the next page begins."""
        found = await self._figures.public(local_date(self._now()), after, limit)
        published = [publication(self._county, outcome, await self._tasks_of(outcome)) for outcome in found]
        return published, found[-1].id if len(found) == limit else None

    async def _answer(self, outcome: Outcome, origin: Origin) -> Outcome:
        """Have every task reworked where people are not satisfied; a crash in between is made good by `look`."""
        if not closing.unsatisfied(outcome, local_date(origin.at)):
            return outcome
        term = self._rework_term(UNSATISFIED, origin)
        for commitment in outcome.commitments:
            about = commitment.task_id, str(outcome.publicised_at)
            once = Origin(derived_id("unsatisfied", *about), BY_ITSELF, origin.at)

            def rework(task: Task, once: Origin = once) -> None:
                if task.state is TaskState.VERIFIED:
                    office.rework(task, UNSATISFIED, once, term, closed=False)

            await self._supervision.change(commitment.task_id, rework)
        return await self._settle(outcome.id, origin)

    async def _settle(self, id_: str, origin: Origin) -> Outcome:
        """Compare an outcome with its tasks as they stand: right however often, in whatever order it is done."""
        outcome = await self._outcomes.get(id_)
        if not outcome.commitments:
            return outcome
        done = all(task.state is TaskState.VERIFIED for task in await self._tasks_of(outcome))
        publicity = self.publicity(local_date(origin.at))
        return await self._outcomes.change(id_, lambda found: closing.settle(found, origin.at, publicity, done=done))

    def publicity(self, today: date) -> Publicity:
        """Tell how long a result can be read that is published today."""
        until = self._county.calendar.after(today, self._county.deadlines.publicity)
        return Publicity(until, at_nine(until + timedelta(days=1)))

    def _rework_term(self, reason: str, origin: Origin) -> Term:
        today, days = local_date(origin.at), self._county.deadlines.rework
        due_on = self._county.calendar.after(today, days)
        self._county.calendar.warn(today, due_on)
        return Term(Why.REWORK, today, due_on, today, days, reason=reason, by=origin.by)

    async def _tasks_of(self, outcome: Outcome) -> list[Task]:
        return [await self._tasks.get(commitment.task_id) for commitment in outcome.commitments]
