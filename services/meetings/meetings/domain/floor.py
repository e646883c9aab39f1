"""The floor (发言次序): who waits to speak, who speaks, and for how long. One order, whoever looks."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from common.aggregate import Origin
from common.errors import Conflict, Fault, Invalid
from meetings.domain.record import Entry, What

POINT_OF_ORDER = "point of order"


@dataclass(frozen=True)
class Turn:
    """A turn asked for. `number` counts them from 1; `spent` is the seconds it had before it was interrupted."""

    number: int
    party: str
    who: str
    point_of_order: bool
    spent: int = 0


@dataclass(frozen=True)
class Clock:
    """The seconds a party has spoken in finished turns, and those it was granted beyond its share."""

    party: str
    seconds: int = 0
    granted: int = 0


@dataclass(frozen=True)
class FloorView:
    """The floor at a moment. `left` counts down to 0, for the turn and for each party; None where nothing is set.

    `given` is what a host sends back as `seen`, so that two hosts cannot give the floor twice.
    """

    given: int
    paused: bool
    speaking: Turn | None
    seconds: int
    left: int | None
    queue: tuple[Turn, ...]
    parties: tuple[Clock, ...]


@dataclass(kw_only=True)
class Floor:
    """The queue and the clock. Points of order come first, everybody else in the order of asking, unless a host says.

    Whatever two people do at once, one of them is first in the store; the other one's deed is decided on what it left.
    """

    per_turn: int = 0
    per_party: int = 0
    asked: int = 0
    given: int = 0
    queue: list[Turn] = field(default_factory=list)
    holder: Turn | None = None
    since: datetime | None = None
    paused: bool = False
    clocks: list[Clock] = field(default_factory=list)

    def ask(self, party: str, who: str, origin: Origin, *, point_of_order: bool) -> list[Entry]:
        """Wait for a turn; whoever waits already goes on waiting where they are."""
        if any((turn.party, turn.who, turn.point_of_order) == (party, who, point_of_order) for turn in self.queue):
            return []
        if not point_of_order and self._exhausted(party, origin.at):
            raise Conflict(f"{party} has had its {self.per_party} s: a host may grant more")
        self.asked += 1
        place = self._first_ordinary() if point_of_order else len(self.queue)
        self.queue.insert(place, Turn(self.asked, party, who, point_of_order))
        return [_entry(What.ASKED, origin, party, who, POINT_OF_ORDER if point_of_order else "")]

    def withdraw(self, party: str, who: str, origin: Origin) -> list[Entry]:
        """Wait no longer."""
        left = [turn for turn in self.queue if (turn.party, turn.who) != (party, who)]
        if left == self.queue:
            return []
        self.queue = left
        return [_entry(What.WITHDREW, origin, party, who)]

    def give(self, seen: int, origin: Origin) -> list[Entry]:
        """Give the floor to whoever is next; a point of order interrupts, and the interrupted goes on after it."""
        self._require(seen)
        self._require_running()
        if not self.queue:
            raise Conflict("nobody waits for the floor: ask for it first")
        turn = self.queue.pop(0)
        entries = self._leave(origin, interrupted=turn.point_of_order)
        self.holder, self.since, self.given = turn, origin.at, self.given + 1
        return [
            *entries,
            _entry(What.GIVEN, origin, turn.party, turn.who, POINT_OF_ORDER if turn.point_of_order else ""),
        ]

    def finish(self, seen: int, origin: Origin) -> list[Entry]:
        """End the turn that is on, and give the floor to nobody yet."""
        self._require(seen)
        if not self.holder:
            raise Conflict("nobody has the floor")
        return self._leave(origin, interrupted=False)

    def arrange(self, numbers: list[int], origin: Origin) -> list[Entry]:
        """Put those who wait into another order. Points of order stay first."""
        waiting = {turn.number: turn for turn in self.queue}
        if sorted(numbers) != sorted(waiting):
            raise Conflict(f"those who wait are {list(waiting)} by now: arrange all of them")
        queue = [waiting[number] for number in numbers]
        if queue != sorted(queue, key=lambda turn: not turn.point_of_order):
            raise Invalid([Fault("numbers", "points of order come first")])
        if queue == self.queue:
            return []
        self.queue = queue
        return [_entry(What.ORDERED, origin, text=" ".join(map(str, numbers)))]

    def grant(self, party: str, seconds: int, origin: Origin) -> list[Entry]:
        """Let a party speak longer than its share."""
        clock = self._clock(party)
        self._set(replace(clock, granted=clock.granted + seconds))
        return [replace(_entry(What.GRANTED, origin, party), seconds=seconds)]

    def pause(self, reason: str, origin: Origin) -> list[Entry]:
        """Stop the clock, and whoever speaks."""
        if self.paused:
            return []
        if self.holder:
            self.holder = replace(self.holder, spent=self._spent(origin.at))
        self.paused, self.since = True, None
        return [_entry(What.PAUSED, origin, text=reason)]

    def resume(self, origin: Origin) -> list[Entry]:
        """Go on where it was."""
        if not self.paused:
            return []
        self.paused, self.since = False, origin.at if self.holder else None
        return [_entry(What.RESUMED, origin)]

    def clear(self, origin: Origin) -> list[Entry]:
        """End with the meeting: nobody waits or speaks any more."""
        self.queue = []
        return self._leave(origin, interrupted=False)

    def remove(self, who: str, origin: Origin) -> list[Entry]:
        """Take the floor and the waiting turns from somebody who has to leave it."""
        self.queue = [turn for turn in self.queue if turn.who != who]
        return self._leave(origin, interrupted=False) if self.holder and self.holder.who == who else []

    def view(self, at: datetime) -> FloorView:
        """Show it at a moment."""
        spent = self._spent(at)
        limited = self.per_turn and self.holder and not self.holder.point_of_order
        return FloorView(
            given=self.given,
            paused=self.paused,
            speaking=self.holder,
            seconds=spent,
            left=max(0, self.per_turn - spent) if limited else None,
            queue=tuple(self.queue),
            parties=tuple(replace(clock, seconds=self._used(clock.party, at)) for clock in self.clocks),
        )

    def require_free_for(self, party: str, who: str) -> None:
        """Let nobody speak for themselves while it is another's turn. Raises Conflict."""
        self._require_running()
        if self.holder and (self.holder.party, self.holder.who) not in ((party, who), (party, "")):
            raise Conflict("somebody else has the floor: ask for it, and wait for the turn")

    def _require_running(self) -> None:
        if self.paused:
            raise Conflict("the meeting pauses: resume it first")

    def _require(self, seen: int) -> None:
        if seen != self.given:
            raise Conflict(f"the floor was given {self.given} times by now, not {seen}: look again, then go on")

    def _leave(self, origin: Origin, *, interrupted: bool) -> list[Entry]:
        turn, spent = self.holder, self._spent(origin.at)
        self.holder = self.since = None
        if turn is None:
            return []
        if interrupted and not turn.point_of_order:
            self.queue.insert(self._first_ordinary(), replace(turn, spent=spent))
            return []
        if not turn.point_of_order:
            clock = self._clock(turn.party)
            self._set(replace(clock, seconds=clock.seconds + spent))
        return [replace(_entry(What.FINISHED, origin, turn.party, turn.who), seconds=spent)]

    def _spent(self, at: datetime) -> int:
        if self.holder is None:
            return 0
        running = (at - self.since).total_seconds() if self.since else 0
        # two replicas' clocks may differ a little: a turn never took less than nothing
        return self.holder.spent + max(0, round(running))

    def _used(self, party: str, at: datetime) -> int:
        waiting = sum(turn.spent for turn in self.queue if turn.party == party)
        speaking = self.holder and self.holder.party == party and not self.holder.point_of_order
        return self._clock(party).seconds + waiting + (self._spent(at) if speaking else 0)

    def _exhausted(self, party: str, at: datetime) -> bool:
        return bool(self.per_party) and self._used(party, at) >= self.per_party + self._clock(party).granted

    def _clock(self, party: str) -> Clock:
        return next((clock for clock in self.clocks if clock.party == party), Clock(party))

    def _set(self, clock: Clock) -> None:
        self.clocks = [*(other for other in self.clocks if other.party != clock.party), clock]

    def _first_ordinary(self) -> int:
        return sum(turn.point_of_order for turn in self.queue)


def _entry(what: What, origin: Origin, party: str = "", who: str = "", text: str = "") -> Entry:
    return Entry(what, origin.at, origin.by, party, who, text)
