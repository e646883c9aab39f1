"""Arranges the thread of each topic, and the library of closed ones."""

from collections.abc import Sequence
from contextlib import suppress

from common.aggregate import Aggregates, Origin
from common.county import County
from common.errors import Fault, Invalid, NotFound
from common.events import Event, TopicClosed, TopicDecided, TopicReopened
from common.words import sought
from outcomes.domain.case import Case, Deed
from outcomes.domain.outcome import Outcome, OutcomeState, outcome_id
from outcomes.domain.task import Task
from outcomes.domain.thread import Entry, Thread, Violation, cut, issues_of, spin
from outcomes.handlers.ports import Archive
from outcomes.handlers.publicity import masked, publication

MOST_HOPS = 20
"""How often an issue may have been merged into one that was merged in turn, before nobody follows any more."""


class Threads:
    """Notes what is said, so that each topic can be followed from its issues to its rating."""

    def __init__(
        self, archive: Archive, outcomes: Aggregates[Outcome], tasks: Aggregates[Task], county: County
    ) -> None:
        self._trail = archive.trail
        self._cases = archive.cases
        self._outcomes = outcomes
        self._tasks = tasks
        self._county = county

    async def note(self, fact: Event, origin: Origin) -> None:
        """Hear a fact that belongs to some topic's thread."""
        await self._trail.change(origin.id, _as_it_is, new=lambda: Entry.of(fact, origin))

    async def decided(self, fact: TopicDecided, origin: Origin) -> None:
        """Hear what a topic is about: its case, should it be told already, says so too."""
        await self.note(fact, origin)
        with suppress(NotFound):
            await self._cases.change(fact.topic_id, lambda case: case.describe(fact.category, list(fact.parties)))

    async def settled(self, fact: TopicClosed | TopicReopened, origin: Origin) -> None:
        """Hear that a topic is closed, or open again: the case tells how the outcome stands now."""
        await self.note(fact, origin)
        with suppress(NotFound):
            case = await self._told(await self._outcomes.get(outcome_id(fact.topic_id)))
            await self._cases.change(case.id, lambda found: found.tell(case), new=lambda: case)
            # after the case is kept: whichever of this and the decision is heard last finds the other
            for entry in await self._trail.about([case.id]):
                if entry.type == TopicDecided.type:
                    about = str(entry.facts["category"]), _texts(entry.facts["parties"])
                    await self._cases.change(case.id, lambda found, about=about: found.describe(*about))  # type: ignore[misc]

    async def thread(self, topic_id: str) -> Thread:
        """Follow a topic from its issues to its rating. Raises NotFound where nothing was said of it."""
        entries = await self._trail.about([topic_id])
        if not entries:
            raise NotFound("topic", topic_id)
        return spin(topic_id, await self._with_issues(entries))

    async def violations(self, after: str | None, limit: int) -> tuple[list[Violation], str | None]:
        """Look at a page of tasks for those that do not go back to an issue; gives them, and the next page's cursor."""
        tasks = await self._tasks.page(after, limit)
        entries = await self._with_issues(await self._trail.about(sorted({task.topic_id for task in tasks})))
        problems = {topic: cut(topic, entries) for topic in {task.topic_id for task in tasks}}
        found = [Violation(t.id, t.topic_id, problem) for t in tasks if (problem := problems[t.topic_id])]
        return found, tasks[-1].id if len(tasks) == limit else None

    async def search(self, query: str, after: str | None, limit: int) -> list[Case]:
        """Find cases; all of them where nothing is asked. Raises Invalid for a query without a letter or figure."""
        pieces = sought(query)
        if query and not pieces:
            raise Invalid([Fault("q", "needs a letter or a figure")])
        return await self._cases.having(pieces, after, limit)

    async def case(self, topic_id: str) -> Case:
        """Give one case. Raises NotFound, also while its topic is open again."""
        case = await self._cases.get(topic_id)
        if not case.shown:
            raise NotFound("case", topic_id)
        return case

    async def keep(self, case: Case) -> Case:
        """Take in a case from elsewhere; the same one again tells it anew."""
        case.title, case.agreement, case.explanation = map(masked, (case.title, case.agreement, case.explanation))
        case.deeds = [Deed(d.department, masked(d.title), d.due_on, d.on_time, masked(d.answer)) for d in case.deeds]
        case.index()

        def tell(found: Case) -> None:
            found.tell(case)
            found.describe(case.category, case.parties)

        return await self._cases.change(case.id, tell, new=lambda: case)

    async def _with_issues(self, entries: list[Entry]) -> list[Entry]:
        seen: set[str] = set()
        for _ in range(MOST_HOPS):
            new = [id_ for id_ in issues_of(entries) if id_ not in seen]
            if not new:
                break
            seen.update(new)
            entries = [*entries, *await self._trail.about(new)]
        return entries

    async def _told(self, outcome: Outcome) -> Case:
        tasks = [await self._tasks.get(promised.task_id) for promised in outcome.commitments]
        public = publication(self._county, outcome, tasks)
        case = Case(
            id=outcome.topic_id,
            title=public.title,
            division=outcome.division,
            place=public.division,
            meetings=outcome.meetings,
            agreement=public.agreement,
            explanation=public.explanation,
            deeds=[Deed(done.department, done.title, done.due_on, done.on_time, done.answer) for done in public.tasks],
            score=outcome.score,
            ratings=len(outcome.ratings),
            ending=outcome.ending,
            closed_at=outcome.closed_at,
            source=self._county.name.zh,
            shown=outcome.state is OutcomeState.CLOSED,
        )
        case.index()
        return case


def _as_it_is(_: object) -> None:
    """Change nothing: what is noted stays."""


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, Sequence) else []
