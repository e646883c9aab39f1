"""Arranges: what intake does when something is heard or asked."""

from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from common.aggregate import Aggregates, Origin, derived_id
from common.calendar import local_date
from common.county import County
from common.errors import Fault, Invalid, Refusal
from common.events import DeptIssue, DeptIssueAnswer, FaultLine, IntakePersonMet, Place, Reporter
from common.people import Sealer, mask_phones
from intake.domain import RESIDENTS, TOWNSHIP, Content, Issue, Topic, marks
from intake.handlers.joining import Joining
from intake.handlers.screening import Screening
from intake.handlers.topics import Topics

OUT_OF_SCOPE = "不属于本地协商议事范围"
"""Why an issue of a category that belongs elsewhere is sent there."""


class Intake:
    """Takes issues in from departments and residents, screens them, and makes topics of them."""

    def __init__(self, issues: Aggregates[Issue], topics: Aggregates[Topic], county: County, sealer: Sealer) -> None:
        self.issues = issues
        self.topics = topics
        self.screening = Screening(issues, county)
        self._topics = made = Topics(issues, topics, county)
        # the topics' part of the work, by one name each: for the bus and for the routes
        self.decide, self.approve, self.decline, self.refer = made.decide, made.approve, made.decline, made.refer
        self.adopt, self.moved, self.reopen = made.adopt, made.moved, made.reopen
        self.close, self.end = made.close, made.end
        joining = Joining(issues, made.join)
        self.merge, self.link, self.unmerge = joining.merge, joining.link, joining.unmerge
        self.absorb, self.linked, self.parted = joining.absorb, joining.linked, joining.parted
        self._county = county
        self._calendar = county.calendar
        self._sealer = sealer

    async def receive(self, fact: DeptIssue, origin: Origin) -> Issue:
        """Take in what a department system says. Raises Invalid with every fault."""
        self.check(fact, origin.by)
        return await self._take(fact, origin, origin.by)

    async def raise_(self, fact: DeptIssue, origin: Origin) -> Issue:
        """Take in what a resident says. Raises Invalid with every fault."""
        self.check(fact, RESIDENTS)
        return await self._take(fact, origin, RESIDENTS)

    def check(self, fact: DeptIssue, source: str) -> None:
        """Hold what is said against the county. Raises Invalid with every fault."""
        faults = [*self._unknown(fact.division, fact.category), *self._outside(fact.location)]
        if source != RESIDENTS and not self._county.has_system(source):
            faults.append(_no_such_system(source))
        if faults:
            raise Invalid(faults)

    def issue_id(self, source: str, external_id: str) -> str:
        """Tell the id of an issue before it is there: the same for whoever brings it again."""
        return derived_id("issue", self._county.code, source, external_id)

    def refuse(self, refusal: Refusal) -> DeptIssueAnswer:
        """Word the answer to a department whose event is at fault, adding what the county has to say about it."""
        data = refusal.data if isinstance(refusal.data, dict) else {}
        known = {fault.path for fault in refusal.faults}
        said = self._unknown(_text(data.get("division")), _text(data.get("category")))
        with suppress(ValidationError):  # where it is malformed, that is among the faults already
            said += self._outside(Place.model_validate(data.get("location") or {}))
        if not self._county.has_system(refusal.system):
            said.append(_no_such_system(refusal.system))
        refusal.faults += [fault for fault in said if fault.path not in known]
        version = data.get("version")
        return DeptIssueAnswer(
            system=refusal.system,
            status="refused",
            external_id=_text(data.get("external_id")),
            version=version if isinstance(version, int) else None,
            in_reply_to=refusal.id,
            reason=f"{len(refusal.faults)} fault(s)",
            faults=[FaultLine(path=fault.path, problem=fault.problem) for fault in refusal.faults],
        )

    async def _take(self, fact: DeptIssue, origin: Origin, source: str) -> Issue:
        scope = self._county.scope
        unread = scope.unread_channel(fact.category, fact.restricted)
        channel = scope.refused.get(fact.category)
        content = content_of(fact).unread() if unread else self._marked(content_of(fact))
        person = None if unread else self._meet(fact.reporter)
        id_ = self.issue_id(source, fact.external_id)

        def take(issue: Issue) -> None:
            issue.receive(fact, content, origin, person)
            if issue.said and unread and issue.is_open:
                issue.exclude(unread)
            elif issue.said and channel and issue.is_open:
                issue.redirect(channel, OUT_OF_SCOPE)

        def new() -> Issue:
            due_on = self._calendar.after(local_date(origin.at), self._county.deadlines.screening)
            return Issue(
                id=id_,
                source=source,
                external_id=fact.external_id,
                content=content,
                received_at=origin.at,
                owner=self._owner(source),
                due_on=due_on,
            )

        taken = await self.issues.change(id_, take, new=new)
        await self._topics.join(taken)
        return taken

    def _marked(self, content: Content) -> Content:
        """Mark what it can be recognised by; who lives in a place says its name, so that tells nothing."""
        places = dict.fromkeys((content.division[:TOWNSHIP] + "000", content.division))
        called = [place.name for place in map(self._county.division, places) if place]
        found = marks(content.title, content.description, content.division, called)
        return replace(content, marks=tuple(found))

    def _meet(self, reporter: Reporter | None) -> IntakePersonMet | None:
        if not (reporter and reporter.phone):
            return None
        name = reporter.name.get_secret_value() if reporter.name else ""
        known = self._sealer.meet(reporter.phone.get_secret_value(), name)
        return IntakePersonMet(person_id=known.person_id, contact=known.contact)

    def _owner(self, source: str) -> str:
        """Tell who answers for what a source brings: its department, or whoever the county falls back on."""
        departments = (d.name for d in self._county.departments if source in (d.name, d.system))
        return next(departments, self._county.screening.fallback_owner)

    def _unknown(self, division: str | None, category: str | None) -> list[Fault]:
        faults = []
        if division is not None and self._county.division(division) is None:
            faults.append(Fault("division", f"{division} is not a division of county {self._county.code}"))
        if category is not None and not self._county.scope.knows(category):
            known = ", ".join(self._county.scope.like(category))
            faults.append(Fault("category", f"{category!r} is not known in this county; known are {known}"))
        return faults

    def _outside(self, place: Place | None) -> list[Fault]:
        if place is None or (place.lon is None and place.lat is None):
            return []
        if place.lon is None or place.lat is None:
            return [Fault("location", "needs lon and lat, both or neither")]
        area = self._county.area
        if area is None or area.contains(place.lon, place.lat):
            return []
        return [Fault("location", f"does not lie in county {self._county.code}")]


def _no_such_system(system: str) -> Fault:
    return Fault("system", f"{system!r} is not a department system of this county")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def content_of(fact: DeptIssue) -> Content:
    """Keep what an issue says, without who said it."""
    return Content(
        title=mask_phones(fact.title),
        description=mask_phones(fact.description),
        division=fact.division,
        category=fact.category,
        occurred_at=fact.occurred_at,
        urgency=fact.urgency,
        location=fact.location,
        attachments=tuple(fact.attachments),
    )
