"""A topic as a machine: no sequence of meetings, votes and late facts ends it without its conditions."""

import copy
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.aggregate import Origin
from common.errors import DomainError
from common.events import MeetingAdjourned, TopicAgreed, TopicEnded, VoteCalled
from fakes import NOON, origin
from meetings.domain import (
    Count,
    Deliberation,
    Meeting,
    Method,
    Plan,
    Position,
    Result,
    Stance,
    Tally,
    TopicState,
    VoteKind,
)
from shadow import MEASURES, PARTIES, mostly, passes
from village import DECIDED

EXAMPLES = os.environ.get("YISHI_EXAMPLES")
PLAN = Plan("council", "院里", NOON, ("供暖",), "host", "recorder")
DUE, HELD = date(2026, 12, 8), date(2026, 12, 20)
party = st.sampled_from(PARTIES)
leads = st.sampled_from([False, False, False, True])
share = st.sampled_from([*range(13), 7, 8, 9, 12, 12])


class TopicMachine(RuleBasedStateMachine):
    """Meetings are held one after the other; facts about them come again; votes come between."""

    @initialize(needs_research=st.booleans(), vote=st.sampled_from([None, None, *MEASURES, *MEASURES]))
    def decide(self, *, needs_research: bool, vote: VoteKind | None) -> None:
        self.topic = Deliberation.of(DECIDED.model_copy(update={"needs_research": needs_research}), vote)
        self.meeting: Meeting | None = None
        self.facts: list[MeetingAdjourned] = []
        self.calls: dict[str, str] = {}
        self.requests = 0
        self.researched = not needs_research
        self.heard: set[str] = set()
        self.objecting: dict[str, str] = {}
        self.ended_by: str | None = None

    def by(self, who: str = "convenor", *, leads: bool = False) -> Origin:
        self.requests += 1
        return origin(f"request-{self.requests}", who, *(["leader"] if leads else []))

    def try_(self, decide: Callable[[Deliberation], None]) -> bool:
        trial = copy.deepcopy(self.topic)
        trial.said = list(self.topic.said)
        try:
            decide(trial)
        except DomainError:
            return False
        again = copy.deepcopy(trial)
        decide(again)
        assert again == trial, "a repeat changes nothing"
        self.topic = trial
        return True

    @precondition(lambda self: not self.researched)
    @rule()
    def research(self) -> None:
        by = self.by()
        if self.try_(lambda topic: topic.research(Method.VISIT, "管网老化", (), by)):
            self.researched = True

    @rule(repeat=st.booleans())
    def convene(self, *, repeat: bool) -> None:
        by = self.by()
        if repeat and self.calls:
            by = replace(by, id=next(iter(self.calls)))
        open_before = self.topic.open_meeting
        if not self.try_(lambda topic: topic.convene(PLAN, by)):
            return
        assert self.researched
        id_ = self.topic.meeting_called_by(by)
        assert self.calls.setdefault(by.id, id_) == id_, "a repeated call finds its meeting"
        if repeat and self.topic.open_meeting == open_before:
            return
        assert open_before is None
        assert self.topic.open_meeting
        self.meeting = Meeting.of(self.topic, self.topic.open_meeting)
        self.meeting.open(self.by("host"))

    @rule(speaking=st.sampled_from([*([[one] for one in PARTIES]), PARTIES, PARTIES]))
    def speak(self, speaking: list[str]) -> None:
        if self.meeting:
            for one in speaking:
                self.meeting.speak(one, "说说", self.by("recorder"))

    @rule(party=party, stance=st.sampled_from(Stance), reason=st.sampled_from(["亏损", "采光"]))
    def stand(self, party: str, stance: Stance, reason: str) -> None:
        if self.meeting:
            self.meeting.stand(Position(party, stance, reason), self.by("recorder"))
            self.objecting.pop(party, None)
            if stance is Stance.OBJECT:
                self.objecting[party] = reason

    @rule(result=mostly([Result.PARTIAL, Result.CONTINUE, Result.CONSENSUS], st.just(Result.NO_CONSENSUS)))
    def adjourn(self, result: Result) -> None:
        if not self.meeting:
            return
        trial = copy.deepcopy(self.meeting)
        try:
            trial.adjourn(result, "谈了", "结论", self.by("host"), None, DUE)
        except DomainError:
            return
        fact = trial.adjournment()
        assert {objection.party: objection.reason for objection in fact.dissent} == self.objecting
        self.heard |= {statement.party for statement in trial.statements}
        kind, called = self.topic.vote, sum(isinstance(event, VoteCalled) for event in self.topic.said)
        assert self.try_(lambda topic: topic.follow(fact))
        self.facts.append(fact)
        self.meeting = None
        if result is Result.CONSENSUS:
            assert not self.objecting
            assert (sum(isinstance(event, VoteCalled) for event in self.topic.said) > called) == bool(kind)
            self.ended_by = None if kind else "consensus"
        elif result is Result.NO_CONSENSUS:
            self.ended_by = "no consensus"

    @rule(
        speaking=st.sampled_from([PARTIES, PARTIES, PARTIES[:1]]),
        stances=st.lists(st.sampled_from([Stance.SUPPORT, Stance.SUPPORT, Stance.OBJECT]), min_size=2, max_size=2),
        result=mostly([Result.PARTIAL, Result.CONTINUE, Result.CONSENSUS], st.just(Result.NO_CONSENSUS)),
    )
    def hold(self, speaking: list[str], stances: list[Stance], result: Result) -> None:
        """Hold a whole meeting: single steps seldom come to an end."""
        self.research()
        self.convene(repeat=False)
        self.speak(speaking)
        for one, stance in zip(PARTIES, stances, strict=True):
            self.stand(one, stance, "亏损")
        self.adjourn(result)

    @rule()
    def cancel(self) -> None:
        if self.meeting:
            id_, self.meeting = self.meeting.id, None
            # the objections spoken of in a meeting that is broken off are not on the topic's record
            self.objecting = {objection.party: objection.reason for objection in self.topic.dissent}
            assert self.try_(lambda topic: topic.release(id_))

    @precondition(lambda self: self.facts)
    @rule(number=st.integers(0, 50))
    def hear_again(self, number: int) -> None:
        before = copy.deepcopy(self.topic)
        assert self.try_(lambda topic: topic.follow(self.facts[number % len(self.facts)]))
        assert self.topic == before, "what was heard is heard once"

    @rule(kind=st.sampled_from(list(MEASURES)), leads=leads)
    def leave_to(self, kind: VoteKind, *, leads: bool) -> None:
        by = self.by(leads=leads)
        assert not (self.try_(lambda topic: topic.leave_to(kind, by)) and leads)

    @precondition(lambda self: self.topic.vote and not self.meeting)
    @rule(leads=leads)
    def send_to_vote(self, *, leads: bool) -> None:
        by = self.by(leads=leads)
        if self.try_(lambda topic: topic.send_to_vote("换壁挂炉", by)):
            assert set(PARTIES) <= self.heard
            assert self.topic.vote
            assert self.meeting is None
            assert not leads

    @precondition(lambda self: self.topic.ballots)
    @rule(took=st.lists(share, min_size=2, max_size=2), favour=st.lists(share, min_size=2, max_size=2), both=leads)
    def take_back(self, took: list[int], favour: list[int], *, both: bool) -> None:
        by, before = self.by(), self.topic.state
        kind = self.topic.ballots[-1].kind
        measures = MEASURES[kind] if kind is not VoteKind.VILLAGERS or both else MEASURES[kind][:1]
        counted = {measure: (took[i], favour[i]) for i, measure in enumerate(measures)}
        tally = Tally(HELD, tuple(Count(measure, 12, *counts) for measure, counts in counted.items()))
        if self.try_(lambda topic: topic.take_back(tally, by)):
            assert before is TopicState.VOTING
            assert all(favour <= took for took, favour in counted.values())
            passed = passes(kind, counted)
            assert self.topic.state is (TopicState.AGREED if passed else TopicState.CONSULTING)
            self.ended_by = "vote" if passed else self.ended_by

    @precondition(lambda self: self.topic.replies)
    @rule(party=party, leads=leads)
    def reply(self, party: str, *, leads: bool) -> None:
        by = self.by(leads=leads)
        owed = [reply for reply in self.topic.replies if reply.party == party and reply.text is None]
        assert self.try_(lambda topic: topic.reply(party, None, "答复如下", HELD, by)) == (bool(owed) and not leads)

    @invariant()
    def it_ends_once_and_only_as_it_may(self) -> None:
        if not hasattr(self, "topic"):
            return
        ends = [event for event in self.topic.said if isinstance(event, TopicAgreed | TopicEnded)]
        assert len(ends) == (1 if self.ended_by else 0)
        state = {
            None: None,
            "consensus": TopicState.AGREED,
            "vote": TopicState.AGREED,
            "no consensus": TopicState.ENDED,
        }
        if self.ended_by:
            assert self.topic.state is state[self.ended_by]
            assert set(PARTIES) <= self.heard
            assert self.meeting is None
        if self.topic.state is TopicState.AGREED and self.topic.vote:
            assert self.topic.ballots[-1].passed

    @invariant()
    def every_objection_is_remembered_and_owed_one_reply(self) -> None:
        if not hasattr(self, "topic"):
            return
        assert self.topic.held == len(self.facts)
        standing = {(objection.party, objection.reason) for objection in self.topic.dissent}
        owed = [(reply.party, reply.reason) for reply in self.topic.replies]
        assert len(owed) == len(set(owed))
        assert set(owed) <= standing
        if self.facts and self.facts[-1].result in ("PARTIAL", "NO_CONSENSUS"):
            assert set(owed) == standing


TestTopicMachine = TopicMachine.TestCase
TestTopicMachine.settings = settings(
    max_examples=int(EXAMPLES or 100),
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
