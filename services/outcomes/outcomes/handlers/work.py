"""Arranges the work on tasks: what departments, the office and leaders say about them."""

from datetime import date

from common.aggregate import Aggregates, Origin
from common.calendar import local_date
from common.county import County
from common.errors import Fault, Invalid, NotFound, Refusal
from common.events import DeptTask, DeptTaskOrder, FaultLine
from common.people import mask_phones
from outcomes.domain import holder, office
from outcomes.domain.task import Task
from outcomes.domain.term import Days, Term, Why
from outcomes.handlers import deadline, plan
from outcomes.handlers.ports import Explanation
from outcomes.handlers.supervision import Supervision


class Work:
    """Lets each act on tasks within their part: departments on their own, the office on all, leaders by words alone."""

    def __init__(self, tasks: Aggregates[Task], supervision: Supervision, county: County) -> None:
        self._tasks = tasks
        self._supervision = supervision
        self._county = county

    async def receive(self, fact: DeptTask, origin: Origin) -> Task:
        """Take what a department system says about a task of its own. Raises Invalid with every fault."""

        def act(task: Task) -> None:
            holder.require_system(task, origin)
            self._act(task, fact, origin)

        if not self._county.has_system(origin.by):
            raise Invalid([_no_such_system(origin.by)])
        try:
            return await self._supervision.change(fact.task_id, act)
        except NotFound:
            # a system learns a task's id from us after it is stored, so an unknown one will not be known later
            raise Invalid([holder.not_a_task_of(origin.by, fact.task_id)]) from None

    async def act(self, fact: DeptTask, origin: Origin) -> Task:
        """Take what a department, or the office for it, says about a task."""
        return await self._supervision.change(fact.task_id, lambda task: self._act(task, fact, origin))

    async def verify(self, task_id: str, text: str, origin: Origin, answer: str = "") -> Task:
        """Find a task done; the outcome hears of it as an event."""
        said = mask_phones(text), origin, mask_phones(answer)
        return await self._supervision.change(task_id, lambda task: office.verify(task, *said))

    async def reassign(
        self, task_id: str, department: str, text: str, working_days: int | None, due_on: date | None, origin: Origin
    ) -> Task:
        """Make another department accountable, until the day there was or another. Raises Invalid with every fault."""
        today, to = local_date(origin.at), plan.holder(self._county, department)
        faults = plan.day_faults("", today, working_days, due_on)
        if to is None:
            faults.append(plan.unknown_department(self._county, "department", department))
        if faults or to is None:
            raise Invalid(faults)
        successor, named = to, bool(working_days or due_on)
        due, days = plan.due_day(self._county, today, working_days, due_on)

        def reassign(task: Task) -> None:
            until = due if named else task.due_on
            term = Term(
                Why.REASSIGNED, today, until, today, days if named else None, None, mask_phones(text), origin.by
            )
            office.reassign(task, successor, mask_phones(text), origin, term)

        return await self._supervision.change(task_id, reassign)

    async def pause(self, task_id: str, text: str, until: date, origin: Origin) -> Task:
        """Stop a task's clock until a day, that day included."""
        today, calendar = local_date(origin.at), self._county.calendar
        if not today <= until <= today.replace(year=today.year + 1, day=min(today.day, 28)):
            raise Invalid([Fault("until", f"{until} is not between today and a year from now")])
        days = calendar.between(_before(today), until)

        def pause(task: Task) -> None:
            due = calendar.after(task.due_on, days)
            calendar.warn(today, due)
            said = mask_phones(text), origin.by
            office.pause(task, Term(Why.PAUSED, today, due, task.due_on, days, until, *said), origin)

        return await self._supervision.change(task_id, pause)

    async def resume(self, task_id: str, text: str, origin: Origin) -> Task:
        """Let a task's clock run again; today counts."""
        today, calendar = local_date(origin.at), self._county.calendar

        def resume(task: Task) -> None:
            if origin.id in task.taken:
                return
            paused = office.running_pause(task, today)
            days = calendar.between(_before(paused.on), _before(today))
            # whatever was added since the pause began, such as an extension, stays
            later = calendar.between(paused.due_on, task.due_on)
            due = calendar.after(paused.start, days + later)
            said = mask_phones(text), origin.by
            office.resume(task, Term(Why.RESUMED, today, due, paused.start, days + later, None, *said), origin)

        return await self._supervision.change(task_id, resume)

    async def urge(self, task_id: str, text: str, origin: Origin) -> Task:
        """Urge whoever holds a task."""
        return await self._tasks.change(task_id, lambda task: office.urge(task, mask_phones(text), origin))

    async def comment(self, task_id: str, text: str, origin: Origin) -> Task:
        """Say something about a task."""
        return await self._tasks.change(task_id, lambda task: office.comment(task, mask_phones(text), origin))

    async def explain(self, task_id: str) -> Explanation:
        """Explain how a task came by its due day."""
        task = await self._tasks.get(task_id)
        return deadline.explain(self._county, task, self._supervision.agenda(task), self._days(task, task.due_on))

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

    def _act(self, task: Task, fact: DeptTask, origin: Origin) -> None:
        masked = fact.model_copy(update={"text": mask_phones(fact.text)})
        successor = plan.holder(self._county, fact.whose) if fact.whose else None
        holder.act(task, masked, origin, self._days(task, local_date(origin.at)), successor)

    def _days(self, task: Task, today: date) -> Days:
        calendar, rules = self._county.calendar, self._county.deadlines
        given_on = task.given_on or local_date(task.assigned_at)
        return Days(
            today,
            extended_by=rules.extension,
            extension=calendar.after(task.due_on, rules.extension),
            verify_by=calendar.after(today, rules.verifying),
            return_by=calendar.after(given_on, rules.returning),
        )


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _no_such_system(system: str) -> Fault:
    return Fault("system", f"{system!r} is not a department system of this county")
