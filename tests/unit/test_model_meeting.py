"""A meeting as a machine: no sequence of commands, by whomever, reaches a conclusion without its conditions."""

import copy
import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.aggregate import Origin
from common.errors import DomainError, Invalid
from common.events import MeetingAdjourned
from fakes import NOON, origin
from meetings.domain import (
    Call,
    Deliberation,
    Duty,
    Meeting,
    MeetingState,
    Mood,
    Plan,
    Position,
    Result,
    Seat,
    Stance,
    Terms,
    When,
)
from shadow import ENDING, PARTIES, SEATS, Shadow, Who, hosting, mostly, option, party, reason, recording, somebody, who
from village import DECIDED

EXAMPLES = os.environ.get("YISHI_EXAMPLES")
"""So many examples, drawn anew each time; without it, a few that are always the same."""

SOON = 35
"""A meeting that is broken off at once shows nothing."""


class MeetingMachine(RuleBasedStateMachine):
    """Everybody does everything; a shadow of what was accepted says whether a conclusion may stand."""

    @initialize(
        terms=st.builds(
            Terms,
            quorum_heads=st.sampled_from([0, 0, 3]),
            quorum_percent=st.sampled_from([0, 0, 0, 60]),
            quorum_parties=st.sampled_from([False, False, True]),
            seconds_per_party=st.sampled_from([0, 5]),
            dissent_considered=st.booleans(),
            moods=st.sampled_from([False, False, True]),
        ),
        seats=st.sampled_from([SEATS, ()]),
        options=st.sampled_from([False, False, True]),
        opened=st.sampled_from([True, True, False]),
        heard=st.sampled_from([True, True, False]),
    )
    def convene(self, terms: Terms, seats: tuple[Seat, ...], *, options: bool, opened: bool, heard: bool) -> None:
        topic = Deliberation.of(DECIDED)
        topic.propose("壁挂炉", "各户自装", origin("p", "convenor")) if options else None
        plan = Plan("council", "院里", NOON, ("供暖",), "host", "recorder", seats, terms)
        self.meeting = Meeting.of(topic, Call("meeting-1", 1, plan, "call"))
        self.shadow = Shadow(terms, seats, options=options)
        self.requests = self.seconds = 0
        if opened:
            self.open(("host", ()))
        for one in PARTIES if opened and heard else []:
            self.check_in(one, 2, "", ("host", ()))
            self.speak(one, "", ("recorder", ()))

    def by(self, caller: Who) -> Origin:
        self.requests += 1
        self.seconds += 1
        made = origin(f"request-{self.requests}", caller[0], *caller[1])
        return replace(made, at=NOON + timedelta(seconds=self.seconds))

    def try_(self, decide: Callable[[Meeting], None]) -> bool:
        """Decide as a store does: nothing is kept of what was refused, and a repeat changes nothing."""
        trial = copy.deepcopy(self.meeting)
        try:
            decide(trial)
        except DomainError:
            return False
        before = self.meeting
        assert trial.course[: len(before.course)] == before.course, "the course is only appended to"
        again = copy.deepcopy(trial)
        with suppress(DomainError):  # a host who stood back may not even ask again
            decide(again)
        assert again == trial, "a repeat changes nothing"
        self.meeting = trial
        return True

    @precondition(lambda self: self.meeting.state is MeetingState.CONVENED)
    @rule(caller=hosting)
    def open(self, caller: Who) -> None:
        by = self.by(caller)
        self.try_(lambda meeting: meeting.open(by))

    @rule(party=party, heads=st.integers(1, 2), who=somebody, caller=hosting)
    def check_in(self, party: str, heads: int, who: str, caller: Who) -> None:
        by, seat = self.by(caller), self.shadow.seat(who)
        if not self.try_(lambda meeting: meeting.check_in(party, heads, None, by, who)):
            return
        if seat and who not in self.shadow.ticked:
            self.shadow.ticked.add(who)
            self.shadow.heads[seat.party] = self.shadow.heads.get(seat.party, 0) + 1
        elif not seat:
            self.shadow.heads[party] = self.shadow.heads.get(party, 0) + heads

    @rule(party=party, who=somebody, caller=recording)
    def speak(self, party: str, who: str, caller: Who) -> None:
        by, before = self.by(caller), len(self.meeting.statements)
        if self.try_(lambda meeting: meeting.speak(party, "说几句", by, who)):
            said = self.meeting.statements[before]
            seat = self.shadow.seat(said.speaker)
            assert said.speaker not in self.shadow.back
            assert seat is None or said.party == seat.party
            assert said.party or (seat and seat.duty is Duty.EXPERT)
            self.shadow.heard |= {said.party}

    @rule(party=party, stance=st.sampled_from(Stance), reason=reason, option=option, caller=recording)
    def stand(self, party: str, stance: Stance, reason: str, option: str | None, caller: Who) -> None:
        by = self.by(caller)
        if self.try_(lambda meeting: meeting.stand(Position(party, stance, reason, None, option), by)):
            assert party in PARTIES
            assert stance is not Stance.OBJECT or reason
            self.shadow.objecting.pop((party, option), None)
            if stance is Stance.OBJECT:
                self.shadow.objecting[party, option] = bool(self.meeting.dissent()[-1].considered)

    @precondition(lambda self: self.shadow.objecting)
    @rule(party=party, option=option, caller=recording)
    def consider(self, party: str, option: str | None, caller: Who) -> None:
        by = self.by(caller)
        if self.try_(lambda meeting: meeting.consider(party, option, "已当面说明", by)):
            assert (party, option) in self.shadow.objecting
            self.shadow.objecting[party, option] = True

    @rule(when=st.sampled_from(When), party=st.just("") | party, caller=recording)
    def feel(self, when: When, party: str, caller: Who) -> None:
        by = self.by(caller)
        if self.try_(lambda meeting: meeting.feel(Mood(when, 3, 3, party), by)) and not party:
            self.shadow.felt.add(when)

    @rule(party=party, who=somebody, order=st.booleans(), caller=hosting)
    def ask(self, party: str, who: str, caller: Who, *, order: bool) -> None:
        by = self.by(caller)
        self.try_(lambda meeting: meeting.ask(party, who, by, point_of_order=order))

    @rule(deed=st.sampled_from(["give", "finish"]), stale=mostly([False], st.just(value=True)), caller=hosting)
    def lead(self, deed: str, caller: Who, *, stale: bool) -> None:
        by, seen = self.by(caller), self.meeting.floor.given - stale
        done = self.try_(lambda meeting: meeting.lead(lambda floor: getattr(floor, deed)(seen, by), by))
        assert not (done and stale)

    @rule(pause=st.booleans(), caller=hosting)
    def pause(self, caller: Who, *, pause: bool) -> None:
        by = self.by(caller)
        self.try_(lambda meeting: meeting.lead(lambda floor: floor.pause("歇", by) if pause else floor.resume(by), by))

    @precondition(lambda self: len(self.shadow.back) <= 1)
    @rule(who=who, instead=somebody, caller=hosting)
    def recuse(self, who: str, instead: str, caller: Who) -> None:
        by = self.by(caller)
        if self.try_(lambda meeting: meeting.recuse(who, "有亲属关系", instead, by)):
            self.shadow.back.add(who)

    @rule(caller=hosting, urge=st.booleans())
    def comment(self, caller: Who, *, urge: bool) -> None:
        by, before = self.by(caller), copy.deepcopy(self.meeting)
        if self.try_(lambda meeting: meeting.comment("抓紧办", by, urge=urge)):
            assert "leader" in by.roles
            before.course, before.taken = self.meeting.course, self.meeting.taken
            assert before == self.meeting, "a leader's word changes nothing but the course"

    @precondition(lambda self: self.meeting.state is MeetingState.IN_SESSION)
    @rule(result=st.sampled_from(Result), option=option, caller=hosting)
    def adjourn(self, result: Result, option: str | None, caller: Who) -> None:
        by, hosts, may = self.by(caller), self.meeting.hosts(), self.shadow.may(result, option)
        done = self.try_(lambda meeting: meeting.adjourn(result, "谈了", "结论", by, option, date(2026, 12, 8)))
        assert done == (may and by.by in hosts and "leader" not in by.roles)
        if done:
            (over,) = [fact for fact in self.meeting.said if isinstance(fact, MeetingAdjourned)]
            owed = bool(self.shadow.objecting) and result in (Result.PARTIAL, Result.NO_CONSENSUS)
            assert (over.result, over.reply_by is not None) == (result, owed)

    @invariant()
    def it_is_concluded_exactly_when_it_may_be(self) -> None:
        if not hasattr(self, "meeting") or self.meeting.state is not MeetingState.IN_SESSION:
            return
        by = origin("the end", self.meeting.host)
        for result, choice in itertools.product(Result, (None, "option-1")):
            trial = copy.deepcopy(self.meeting)
            if result in ENDING:
                with pytest.raises(Invalid, match="conclusion"):
                    trial.adjourn(result, "谈了", "", replace(by, id="without a word"), choice)
            with suppress(DomainError):
                trial.adjourn(result, "谈了", "结论", by, choice)
            assert (trial.result is result) == self.shadow.may(result, choice)

    @precondition(lambda self: self.requests > SOON)
    @rule(caller=hosting)
    def cancel(self, caller: Who) -> None:
        by = self.by(caller)
        self.try_(lambda meeting: meeting.cancel("下雪", by))

    @invariant()
    def nobody_hosts_and_records(self) -> None:
        if hasattr(self, "meeting"):
            assert self.meeting.recorder not in self.meeting.hosts()
            assert not {self.meeting.recorder, *self.meeting.hosts()} & self.shadow.back

    @invariant()
    def there_is_one_order_of_speakers(self) -> None:
        if not hasattr(self, "meeting"):
            return
        queue = self.meeting.floor.queue
        assert len({turn.number for turn in queue}) == len(queue)
        assert queue == sorted(queue, key=lambda turn: not turn.point_of_order)
        assert not self.shadow.back & {turn.who for turn in queue}
        if self.meeting.state is not MeetingState.IN_SESSION:
            assert (self.meeting.floor.holder, queue, self.meeting.code) == (None, [], "")

    @invariant()
    def what_is_over_stays_as_it_was(self) -> None:
        if not hasattr(self, "meeting"):
            return
        state = [self.meeting.attendance, self.meeting.statements, self.meeting.positions, self.meeting.result]
        if self.meeting.state in (MeetingState.ADJOURNED, MeetingState.CANCELLED):
            assert getattr(self, "last", state) == state
            self.last = copy.deepcopy(state)


TestMeetingMachine = MeetingMachine.TestCase
TestMeetingMachine.settings = settings(
    max_examples=int(EXAMPLES or 40),
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
