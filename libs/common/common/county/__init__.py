"""A county's own rules: county.yaml, validated whole, every fault listed with its path."""

import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, ValidationError

from common.calendar import Calendar
from common.county import categories
from common.county.rules import (
    Area,
    CountyCode,
    Deadlines,
    Department,
    Division,
    Gateway,
    ImportField,
    Imports,
    Ladder,
    Leader,
    LeadingGroup,
    MeetingRules,
    Name,
    QuietHours,
    Rule,
    Slug,
    Step,
    System,
    Template,
)
from common.county.scope import Criterion, Deciding, Scope, Screening
from common.errors import Fault, Misconfigured

__all__ = [
    "Area",
    "County",
    "CountyCode",
    "Criterion",
    "Deadlines",
    "Deciding",
    "Department",
    "Division",
    "Gateway",
    "ImportField",
    "Imports",
    "Ladder",
    "Leader",
    "LeadingGroup",
    "MeetingRules",
    "Name",
    "QuietHours",
    "Rule",
    "Scope",
    "Screening",
    "Slug",
    "Step",
    "System",
    "Template",
    "check",
    "step_templates",
    "warnings",
]


TOWNSHIPS = ("street", "town", "township")
VILLAGES = ("community", "village")


class County(Rule):
    """Everything that is this county's own."""

    code: CountyCode
    name: Name
    divisions: list[Division] = Field(min_length=1)
    area: Area | None = None
    systems: list[System] = []
    departments: list[Department] = []
    leading_group: LeadingGroup | None = None
    leaders: list[Leader] = []
    committees: list[str] = []
    steps: str = "gansu6"
    scope: Scope
    imports: Imports = Imports()
    screening: Screening = Screening()
    deciding: Deciding = Deciding()
    deadlines: Deadlines = Deadlines()
    ladder: Ladder = Ladder()
    meetings: MeetingRules = MeetingRules()
    holidays: list[date] = []
    make_up_days: list[date] = Field(default=[], description="Working days on a weekend, beside the State Council's")
    arranged_years: list[int] = Field(default=[], description="Years whose holidays and make_up_days stand here whole")
    quiet_hours: QuietHours = QuietHours()
    signature: str = Field(default="议事", max_length=12, description="Stands in 【】 before every message")
    templates: dict[str, Template] = {}
    gateways: list[Gateway] = [Gateway(name="file", kind="file")]
    languages: list[str] = ["zh"]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and validate a file. Raises Misconfigured with every fault and its path in the file."""
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise Misconfigured(f"{path} cannot be read: {error}") from error
        document = categories.beside(document, path)
        faults = check(document)
        if faults:
            lines = "\n".join(f"  {fault}" for fault in faults)
            raise Misconfigured(f"{path} has {len(faults)} fault(s):\n{lines}", faults)
        return cls.model_validate(document)

    @cached_property
    def calendar(self) -> Calendar:
        """The county's working days."""
        return Calendar(self.holidays, self.make_up_days, self.arranged_years)

    def division(self, code: str) -> Division | None:
        """Find a division by its code."""
        return self._places.get(code)

    @cached_property
    def _places(self) -> dict[str, Division]:
        return {division.code: division for division in self.divisions}

    def department(self, name: str) -> Department | None:
        """Find a department by its name."""
        return next((d for d in self.departments if d.name == name), None)

    def covering(self, code: str) -> list[Leader]:
        """List the leaders who cover a division (包抓): those of the nearest place that any leader covers."""
        for place in (code, code[:9] + "000", code[:6] + "000000", code[:4] + "00000000", code[:2] + "0000000000"):
            if found := [leader for leader in self.leaders if place in leader.covers]:
                return found
        return []

    def has_system(self, name: str) -> bool:
        """Whether a department system of this name may speak on the bus."""
        return any(s.name == name for s in self.systems)

    def step_names(self) -> list[Step]:
        """List the county's steps in order."""
        return step_templates()[self.steps]


def step_templates() -> dict[str, list[Step]]:
    """Read the step templates that come with Yishi."""
    document = yaml.safe_load(Path(__file__).with_name("steps.yaml").read_text(encoding="utf-8"))
    return {name: [Step.model_validate(step) for step in steps] for name, steps in document.items()}


def check(document: object) -> list[Fault]:
    """List every fault of a county file, of form first; those of meaning once the form is right."""
    try:
        county = County.model_validate(document)
    except ValidationError as error:
        return [Fault(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_input=False)]
    return [*_codes(county), *_names(county), *_references(county), *_ladder(county)]


def warnings(county: County) -> list[Fault]:
    """List what works but should be mended: townships without a covering leader, or with several (包抓无空白、无交叉).

    No fault, since a county starts with few leaders and they change: supervision goes one rung up meanwhile.
    """
    found = []
    for i, division in enumerate(county.divisions):
        if division.kind in TOWNSHIPS:
            leaders = [leader for leader in county.covering(division.code) if not leader.vacant]
            if len(leaders) != 1:
                posts = "、".join(leader.post for leader in leaders)
                problem = f"is covered by {len(leaders)} leaders ({posts})" if leaders else "is covered by no leader"
                found.append(Fault(f"divisions.{i}", f"{division.name} {division.code} {problem}"))
    return found


def _codes(county: County) -> list[Fault]:
    prefix = re.sub(r"(?:00)+$", "", county.code)
    seen: set[str] = set()
    faults = []
    for i, division in enumerate(county.divisions):
        if not division.code.startswith(prefix):
            faults.append(Fault(f"divisions.{i}.code", f"{division.code} does not lie in {county.code}"))
        if division.code in seen:
            faults.append(Fault(f"divisions.{i}.code", f"{division.code} stands here twice"))
        if division.valid_from and division.valid_to and division.valid_to < division.valid_from:
            faults.append(Fault(f"divisions.{i}.valid_to", "is before valid_from"))
        seen.add(division.code)
    return faults


def _names(county: County) -> list[Fault]:
    faults = []
    for kind in ("systems", "departments", "gateways"):
        names = [item.name for item in getattr(county, kind)]
        faults += [Fault(f"{kind}.{i}.name", f"{n!r} stands here twice") for i, n in enumerate(names) if n in names[:i]]
    for kind, criteria in (("grounds", county.scope.grounds), ("bars", county.scope.bars)):
        names = [item.name for item in criteria]
        where = [(i, name) for i, name in enumerate(names) if name in names[:i]]
        faults += [Fault(f"scope.{kind}.{i}.name", f"{name!r} stands here twice") for i, name in where]
    return faults


def _references(county: County) -> list[Fault]:
    faults = []
    if county.steps not in step_templates():
        known = ", ".join(step_templates())
        faults.append(Fault("steps", f"{county.steps!r} is not a step template; there are {known}"))
    unknown = [category for category in county.scope.votes if category not in county.scope.categories]
    faults += [Fault("scope.votes", f"{category!r} is not among the categories") for category in unknown]
    for i, leader in enumerate(county.leaders):
        unknown = [code for code in leader.covers if county.division(code) is None]
        faults += [Fault(f"leaders.{i}.covers", f"{code} is not among the divisions") for code in unknown]
    for i, department in enumerate(county.departments):
        if department.system and not county.has_system(department.system):
            faults.append(Fault(f"departments.{i}.system", f"{department.system!r} is not among the systems"))
    return faults


def _ladder(county: County) -> list[Fault]:
    steps = list(county.ladder.model_dump().values())
    if steps == sorted(set(steps)):
        return []
    return [Fault("ladder", "each rung must come later than the one below: department, office, leader, group")]
