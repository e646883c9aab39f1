"""All that outcomes does, put together from its parts; what comes of a topic until it has tasks is arranged here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from common.aggregate import Aggregates, Origin, utc_now
from common.calendar import local_date
from common.county import TOWNSHIPS, VILLAGES, County
from common.errors import NotFound
from common.events import MeetingAdjourned, MeetingsTopicJoined, OutcomeReported, TaskVerified, TopicAgreed, TopicEnded
from common.people import mask_phones
from outcomes.domain.activity import Activity
from outcomes.domain.commitment import Assignment, Body, Commitment, Grade, Kind
from outcomes.domain.figures import FIGURES, KeyFigure, Over, Record, Window, explain
from outcomes.domain.outcome import Outcome, outcome_id
from outcomes.domain.task import Task
from outcomes.handlers import plan
from outcomes.handlers.feedback import Feedback
from outcomes.handlers.ports import Archive, Figures
from outcomes.handlers.supervision import Supervision, at_nine
from outcomes.handlers.thread import Threads
from outcomes.handlers.work import Work


class Outcomes:
    """Turns agreements into tasks; `work`, `supervision` and `feedback` follow these to their end."""

    def __init__(
        self,
        activities: Aggregates[Activity],
        outcomes: Aggregates[Outcome],
        tasks: Aggregates[Task],
        archive: Archive,
        figures: Figures,
        county: County,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.activities = activities
        self.outcomes = outcomes
        self.tasks = tasks
        self.supervision = Supervision(tasks, figures, county, now)
        self.work = Work(tasks, self.supervision, county)
        self.feedback = Feedback(outcomes, tasks, figures, self.supervision, county, now)
        self.threads = Threads(archive, outcomes, tasks, county)
        self._figures = figures
        self._county = county

    async def record(self, fact: MeetingAdjourned, origin: Origin) -> None:
        """Hear that a meeting is over."""
        await self.threads.note(fact, origin)
        on = local_date(origin.at)
        await self.activities.change(fact.meeting_id, _leave, new=lambda: Activity.of(fact, on))

    async def conclude(self, fact: TopicAgreed | TopicEnded, origin: Origin) -> None:
        """Hear of an agreement, or of an end without one; and again after the topic was reopened."""
        await self.threads.note(fact, origin)
        times = origin.at, self._report_by(origin)
        await self.outcomes.change(
            outcome_id(fact.topic_id),
            lambda outcome: outcome.conclude(fact, *times),
            new=lambda: Outcome.of(fact, *times),
        )

    async def join(self, fact: MeetingsTopicJoined, _: Origin) -> None:
        """Hear that more people are concerned with a topic that came out already."""
        await self.outcomes.change(outcome_id(fact.topic_id), lambda outcome: outcome.join(fact.people))

    async def submit(self, topic_id: str, kind: Kind, to: Sequence[Body], origin: Origin) -> Outcome:
        """Submit an outcome to committee and government, which say what becomes of it."""
        by = self._report_by(origin)
        return await self.outcomes.change(outcome_id(topic_id), lambda outcome: outcome.submit(kind, to, origin, by))

    async def report(
        self, topic_id: str, kind: Kind, tasks: Sequence[Assignment], origin: Origin, to: Sequence[Body] = tuple(Body)
    ) -> Outcome:
        """Report the outcome of a topic with its tasks. Raises Invalid with every fault of every task."""

        def report(outcome: Outcome) -> None:
            outcome.report(kind, self._commitments(outcome, tasks, origin), origin, to)

        return await self._assign(await self.outcomes.change(outcome_id(topic_id), report))

    async def adopt(
        self, topic_id: str, grade: Grade, by: Body, text: str, tasks: Sequence[Assignment], origin: Origin
    ) -> Outcome:
        """Hear what committee or government makes of an outcome. Raises Invalid with every fault of every task."""
        publicity = self.feedback.publicity(local_date(origin.at))

        def adopt(outcome: Outcome) -> None:
            promised = self._commitments(outcome, tasks, origin) if tasks else []
            outcome.adopt(grade, by, mask_phones(text), promised, origin, publicity)

        return await self._assign(await self.outcomes.change(outcome_id(topic_id), adopt))

    async def verified(self, fact: TaskVerified, origin: Origin) -> None:
        """Hear that a task was verified."""
        await self.threads.note(fact, origin)
        await self.feedback.follow(fact, origin)

    async def assign(self, fact: OutcomeReported, origin: Origin) -> None:
        """Hear that an outcome was reported: whichever of its tasks a crash left unmade are made now."""
        await self.threads.note(fact, origin)
        await self._assign(await self.outcomes.get(fact.outcome_id))

    async def kpi(self, origin: Origin, window: Window = Window()) -> dict[str, KeyFigure]:
        """Count the key figures of some days and a place."""
        on = window.until or local_date(origin.at)
        places = [place for place in self._county.divisions if place.code.startswith(window.prefix)]
        valid = [p for p in places if (p.valid_from or on) <= on <= (p.valid_to or on)]
        denominators = {
            Over.TOWNSHIPS: len([place for place in valid if place.kind in TOWNSHIPS]),
            Over.VILLAGES: len([place for place in valid if place.kind in VILLAGES]),
        }
        return explain(await self._figures.sums(window), denominators, on, origin.at)

    async def records(self, figure: str, window: Window, after: str | None, limit: int) -> list[Record]:
        """List what is behind a figure, in the order of ids. Raises NotFound for a figure that there is not."""
        if figure not in FIGURES:
            raise NotFound("figure", figure)
        return await self._figures.records(FIGURES[figure], window, after, limit)

    def _report_by(self, origin: Origin) -> datetime:
        last = self._county.calendar.after(local_date(origin.at), self._county.deadlines.reporting)
        return at_nine(self._county.calendar.after(last, 1))

    def _commitments(self, outcome: Outcome, tasks: Sequence[Assignment], origin: Origin) -> list[Commitment]:
        """Plan tasks; a request that was taken already is not looked at again, though its days may be over by now."""
        if origin.id in outcome.taken:
            return []
        return plan.commitments(self._county, outcome, tasks, local_date(origin.at))

    async def _assign(self, outcome: Outcome) -> Outcome:
        at = outcome.reported_at
        if at is not None:
            for commitment in outcome.commitments:
                new = partial(Task.assign, outcome, commitment, at)
                await self.supervision.change(commitment.task_id, _leave, new=new)
        return outcome


def _leave(_: object) -> None:
    """Decide nothing: what is there already stays as it is."""
