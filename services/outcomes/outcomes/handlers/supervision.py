"""Supervises (督办): cards and the ladder by the county's calendar, and who stands on each rung."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from common.aggregate import Aggregates, Origin
from common.calendar import SHANGHAI, Calendar, local_date
from common.county import TOWNSHIPS, County
from common.events import CardDue
from outcomes.domain.ladder import Agenda, Post, show, watch
from outcomes.domain.task import OFFICE, Colour, Rung, Task, TaskState
from outcomes.handlers.ports import Card, Cover, Figures

CARDS_AT = time(9)
"""When cards are shown and rungs reached, in Asia/Shanghai: when offices have opened."""

GROUP = "leading-group"


class Supervision:
    """Watches the due days of tasks. Whoever changes a task does it through `change`, so that none goes unwatched."""

    def __init__(self, tasks: Aggregates[Task], figures: Figures, county: County, now: Callable[[], datetime]) -> None:
        self._tasks = tasks
        self._figures = figures
        self._county = county
        self._now = now

    async def change(self, id_: str, decide: Callable[[Task], None], new: Callable[[], Task] | None = None) -> Task:
        """Change a task, and note with it when its next card or rung is due."""

        def decided(task: Task) -> None:
            decide(task)
            watch(task, self.agenda(task))

        return await self._tasks.change(id_, decided, new=new)

    async def wake(self, fact: CardDue, _: Origin) -> None:
        """Hear that a task may be due for a card or a rung."""
        await self.show_cards(fact.task_id)

    async def show_cards(self, task_id: str) -> Task:
        """Do what is due by now for a task, whoever asks: its schedule or the sweeper, once or ten times."""
        now = self._now()
        return await self._tasks.change(task_id, lambda task: show(task, self.agenda(task), now))

    async def supervise(self, on: date | None, origin: Origin) -> list[Card]:
        """List the yellow and red cards of a day, today where none is given, the longest due first."""
        on = on or local_date(origin.at)
        soon = self._county.calendar.after(on, 1)
        tasks = sorted(await self._figures.due(soon), key=lambda task: (task.deadline, task.id))
        cards = [(task.colour(on, soon), task) for task in tasks]
        return [Card(colour, task, task.rungs[-1] if task.rungs else None) for colour, task in cards if colour]

    def covers(self) -> list[Cover]:
        """Tell for every township who covers it (包抓), or that nobody or more than one does."""
        townships = [division for division in self._county.divisions if division.kind in TOWNSHIPS]
        found = [(d, self._leader(d.code)) for d in townships]
        return [Cover(d.code, d.name, self._posts(d.code), post.gap) for d, post in found]

    def agenda(self, task: Task) -> Agenda:
        """Tell what is due when: cards for the department; from the due day on the ladder, rung by rung.

        Once the department has replied, its clock stands and the office's runs: then the ladder begins at the office.
        """
        calendar, rungs = self._county.calendar, self._county.ladder.model_dump()
        replied = task.state is TaskState.REPLIED
        climbed = [rung for rung in Rung if not (replied and rung is Rung.DEPARTMENT)]
        return Agenda(
            cards={} if replied else card_moments(calendar, task.due_on),
            rungs={rung: at_nine(calendar.after(task.deadline, rungs[rung.value])) for rung in climbed},
            posts={rung: self._post(task, rung) for rung in climbed},
        )

    def _post(self, task: Task, rung: Rung) -> Post:
        match rung:
            case Rung.DEPARTMENT:
                held = self._county.department(task.department) and task.state is not TaskState.RETURNED
                return Post(task.department) if held else Post(gap="no-owner")
            case Rung.OFFICE:
                return Post(OFFICE)
            case Rung.LEADER:
                return self._leader(task.division)
            case Rung.GROUP:
                return Post(GROUP) if self._county.leading_group else Post(gap="vacant")

    def _leader(self, division: str) -> Post:
        """Find the one leader who covers a division; a division that the county lost is a rule broken, too."""
        posts = self._posts(division)
        if self._county.division(division) is None or len(posts) > 1:
            return Post(gap="broken-rule")
        return Post(posts[0]) if posts else Post(gap="vacant")

    def _posts(self, division: str) -> list[str]:
        return [leader.post for leader in self._county.covering(division) if not leader.vacant]


def card_moments(calendar: Calendar, due_on: date) -> dict[Colour, datetime]:
    """Tell when the cards are due: yellow on the last working day before the due day, red on the first one after it."""
    before = due_on - timedelta(days=1)
    while not calendar.is_working_day(before):
        before -= timedelta(days=1)
    return {Colour.YELLOW: at_nine(before), Colour.RED: at_nine(calendar.after(due_on, 1))}


def at_nine(day: date) -> datetime:
    """Tell the moment of a day at which things are done by themselves."""
    return datetime.combine(day, CARDS_AT, SHANGHAI).astimezone(UTC)
