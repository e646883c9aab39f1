"""A village where the service meetings runs in memory; unit tests tell their stories in it."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from common.aggregate import Origin
from common.events import Event, Reporter, TopicDecided
from fakes import COUNTY, NOON, PHONE, MemoryAggregates, MemoryBus, origin, sealer
from meetings import bus
from meetings.domain import Council, Deliberation, Meeting, Member, Method, Plan, Position, Result, Stance
from meetings.handlers import Meetings

TOPIC = "topic-heating"
DECIDED = TopicDecided(
    topic_id=TOPIC,
    title="西北新村供暖",
    division="620102007004",
    category="heating",
    issue_ids=["issue-1"],
    parties=["居民", "供暖企业"],
    steps="gansu6",
    people=("person-reporter",),
)
NOBODY = Reporter()
KNOWN = Reporter(name=SecretStr("王玉萍"), phone=SecretStr(PHONE))


@dataclass
class Village:
    """Meetings with its collections in memory; each step of a meeting as one word."""

    bus: MemoryBus = field(default_factory=MemoryBus)
    requests: int = 0

    def __post_init__(self) -> None:
        self.deliberations = MemoryAggregates(Deliberation, self.bus.tell)
        self.meetings = MemoryAggregates(Meeting, self.bus.tell)
        self.handlers = Meetings(
            MemoryAggregates(Council),
            MemoryAggregates(Member),
            self.deliberations,
            self.meetings,
            COUNTY,
            sealer,
        )
        bus.listen(self.bus, self.handlers)  # type: ignore[arg-type]  # as common.bus.Bus

    def by(self, who: str, *roles: str) -> Origin:
        """Make a request that is new."""
        self.requests += 1
        return origin(f"request-{self.requests}", who, *roles)

    async def begin(self, *, researched: bool = True, parties: tuple[str, ...] = ("居民", "供暖企业")) -> Plan:
        """Hear of a topic, found a council, add a finding; plan a meeting."""
        await self.handlers.begin(DECIDED.model_copy(update={"parties": list(parties)}), origin("decided"))
        council = await self.handlers.found("西北新村议事会", "620102007004", "协商议事会", self.by("office"))
        if researched:
            await self.handlers.research(TOPIC, Method.VISIT, "管网老化", ("业委会",), self.by("member"))
        return Plan(council.id, "社区活动室", NOON, ("供暖方式",), "host", "recorder")

    async def meet(self, plan: Plan, *, hear: tuple[str, ...] = ("居民", "供暖企业")) -> str:
        """Convene, open, and hear the parties; gives the meeting's id."""
        meeting = await self.handlers.convene(TOPIC, plan, self.by("convenor"))
        await self.handlers.open(meeting.id, self.by("host"))
        for party in hear:
            await self.handlers.speak(meeting.id, party, "说说看法", self.by("recorder"))
        return meeting.id

    async def adjourn(self, meeting_id: str, result: Result, conclusion: str = "") -> Meeting:
        """Adjourn as the host."""
        return await self.handlers.adjourn(meeting_id, result, "讨论了供暖", conclusion, self.by("host"))

    async def stand(self, meeting_id: str, party: str, stance: Stance, reason: str | None = None) -> None:
        """Record a position."""
        position = Position(party, stance, reason, "费用减半" if reason else None)
        await self.handlers.stand(meeting_id, position, self.by("recorder"))

    def said(self, kind: type[Event]) -> list[Event]:
        """List what was said of one kind."""
        return [event for event in (*self.deliberations.said, *self.meetings.said) if isinstance(event, kind)]
