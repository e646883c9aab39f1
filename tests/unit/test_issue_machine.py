"""Whatever is done to an issue, in whatever order: somebody answers for it, and it is adopted as the county asks."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.aggregate import Origin
from common.errors import Conflict
from common.events import DeptIssue, DeptIssueAnswer, IntakePersonMet, IssueProgressed
from fakes import NOON
from intake.domain import OPEN, Conditions, Content, Issue, IssueState, merge, screening
from intake.domain.desk import NOT_READ

CLERKS = st.sampled_from(["clerk-1", "clerk-2"])
TOPICS = st.sampled_from(["topic-1", "topic-2"])
TOLD = {
    IssueState.SCREENED: {"screened", "handed_over"},
    IssueState.SECONDED: {"seconded", "handed_over"},
    IssueState.MERGED: {"merged"},
    IssueState.REDIRECTED: {"redirected"},
    IssueState.REJECTED: {"rejected"},
    IssueState.ADOPTED: {"decided", "referred"},
    IssueState.ENDED: {"ended"},
    IssueState.CLOSED: {"closed"},
}
"""What the department hears of each state, apart from answers to what it said itself."""


class Life(RuleBasedStateMachine):
    """An issue that everything may happen to."""

    @initialize(screened=st.booleans(), seconds=st.integers(0, 2))
    def begin(self, seconds: int, *, screened: bool) -> None:
        self.asked = Conditions(screened, seconds)
        self.now, self.requests = NOON, 0
        self.ready_for: set[str] = set()
        content = Content("供暖不热", "只有十三度", "620102007004", "heating", NOON)
        self.issue = Issue(id="issue-1", source="grid", external_id="1", content=content, received_at=NOON)
        self.other = Issue(id="issue-2", source="grid", external_id="2", content=content, received_at=NOON)
        self.excluded = False
        self.hear(1, "raise")

    def origin(self, by: str = "clerk-1") -> Origin:
        self.requests += 1
        return Origin(f"request-{self.requests}", by, self.now)

    def hear(self, version: int, action: str) -> None:
        content = Content("供暖不热", "只有十三度", "620102007004", "heating", NOON)
        data = {**vars(content), "external_id": "1", "version": version, "action": action, "attachments": []}
        met = IntakePersonMet(person_id=f"person-{version}", contact="sealed")
        with suppress(Conflict):
            self.issue.receive(DeptIssue.model_validate(data), content, self.origin("grid"), met)

    @rule(version=st.integers(1, 6), action=st.sampled_from(["raise", "supplement", "withdraw"]))
    def receive(self, version: int, action: str) -> None:
        self.hear(version, action)

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(by=CLERKS, verb=st.sampled_from(["hold", "release", "register", "screen", "hand_over"]))
    def desk(self, by: str, verb: str) -> None:
        origin = self.origin(by)
        before = self.issue.lease
        try:
            if verb == "hold":
                screening.hold(self.issue, 10, origin)
            elif verb == "release":
                screening.release(self.issue, origin)
            elif verb == "register":
                screening.register(self.issue, origin)
            elif verb == "screen":
                screening.screen(self.issue, "属于", self.asked.seconds, origin)
            else:
                screening.hand_over(self.issue, "water" if self.issue.owner != "water" else "office", "归口", origin)
        except Conflict:
            return
        held = before is not None and before.by != by and self.now < before.until
        unheeding = verb == "release" or (verb == "register" and self.issue.state is IssueState.REGISTERED)
        assert not held or unheeding, "a lease was passed over"

    @rule(by=st.sampled_from(["m1", "m2", "m3"]))
    def second(self, by: str) -> None:
        with suppress(Conflict):
            screening.second(self.issue, self.asked.seconds, self.origin(by))

    @rule(by=CLERKS, verb=st.sampled_from(["merge", "redirect", "exclude", "reject", "withdraw"]))
    def end(self, by: str, verb: str) -> None:
        with suppress(Conflict):
            if verb == "merge":
                merge(self.issue, self.other, "同一件事", self.origin(by))
            elif verb == "redirect":
                self.issue.redirect("法院", "已起诉", self.origin(by))
            elif verb == "exclude":
                self.issue.exclude("纪委监委", self.origin(by))
                self.excluded = True
            elif verb == "reject":
                self.issue.reject("不议", self.origin(by))
            else:
                self.issue.withdraw("已好", self.origin(by))

    @rule(topic=TOPICS)
    def claim(self, topic: str) -> None:
        seconders, state = len(self.issue.seconders), self.issue.state
        with suppress(Conflict):
            self.issue.claim(topic, self.now, self.asked)
            asks = self.asked.screened or self.asked.seconds
            assert state in OPEN
            assert not asks or state in (IssueState.SCREENED, IssueState.SECONDED)
            assert seconders >= self.asked.seconds
            self.ready_for = {topic}

    @rule(topic=TOPICS)
    def let_go(self, topic: str) -> None:
        self.issue.let_go(topic)

    @rule(topic=TOPICS)
    def adopt(self, topic: str) -> None:
        before = self.issue.state
        self.issue.adopt(topic)
        if self.issue.state is IssueState.ADOPTED and before is not IssueState.ADOPTED:
            assert topic in self.ready_for

    @rule(topic=TOPICS)
    def refer(self, topic: str) -> None:
        self.issue.refer(topic, "跨社区", self.origin())

    @rule(topic=TOPICS, state=st.sampled_from([IssueState.ENDED, IssueState.CLOSED]))
    def conclude(self, topic: str, state: IssueState) -> None:
        before = self.issue.state
        self.issue.conclude(topic, state, None)
        assert self.issue.state is before or before is IssueState.ADOPTED

    @precondition(lambda self: hasattr(self, "issue"))
    @invariant()
    def somebody_answers_for_it(self) -> None:
        assert self.issue.owner in ("office", "water")
        chain = [hop.origin for hop in self.issue.handed_over] + [self.issue.owner]
        assert chain[0] == "office"
        assert all(hop.to == chain[i + 1] for i, hop in enumerate(self.issue.handed_over))

    @precondition(lambda self: hasattr(self, "issue"))
    @invariant()
    def the_department_was_told_of_where_it_stands(self) -> None:
        answers = [fact for fact in self.issue.said if isinstance(fact, DeptIssueAnswer)]
        news = [fact.status for fact in answers if fact.in_reply_to is None]
        assert self.issue.state not in TOLD or news[-1] in TOLD[self.issue.state]
        told = [fact.step for fact in self.issue.said if isinstance(fact, IssueProgressed)]
        assert [status for status in news if status in ("registered", "screened", "seconded", "handed_over")] == told

    @precondition(lambda self: getattr(self, "excluded", False))
    @invariant()
    def what_must_not_be_read_is_gone(self) -> None:
        assert "十三度" not in repr(self.issue)
        assert self.issue.content.title == self.issue.content.description == NOT_READ
        assert self.issue.people == []

    @precondition(lambda self: hasattr(self, "issue"))
    @invariant()
    def it_is_settled_or_open_and_only_an_open_one_is_held(self) -> None:
        assert self.issue.is_open or self.issue.lease is None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
