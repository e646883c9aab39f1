"""Councils (议事会), and the CPPCC members (政协委员) who serve in them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate


class Tier(StrEnum):
    """The tier of the CPPCC that a member belongs to; members of all three sink to townships (三级委员下沉)."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


@dataclass(kw_only=True)
class Council(Aggregate):
    """A council. `kind` says in words what meets there: 协商议事会, 草原议事会, 小马扎议事会."""

    name: str
    division: str
    kind: str
    founded_by: str
    founded_at: datetime


@dataclass(kw_only=True)
class Member(Aggregate):
    """A member (委员). It is a public office, so the name may be shown; `sector` is the 界别, `skills` the 特长."""

    name: str
    tier: Tier
    sector: str
    council_id: str
    skills: list[str] = field(default_factory=list)
