"""What becomes of each delivery: taken, asked for again, or answered and laid among the dead."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from nats.errors import TimeoutError as NatsTimeoutError
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure, ServerSelectionTimeoutError, WTimeoutError

from common.aggregate import Origin
from common.bus.cloudevents import E
from common.bus.listen import ATTEMPTS, DELAYS_S, WEATHER_DELAY_S, Answer, Hearing, Listener
from common.errors import Conflict, Fault, Invalid, NotFound, Refusal, Stale
from common.events import DeptIssue, DeptIssueAnswer, FaultLine, IssueSupplemented
from fakes import PHONE, opener, sealer

SUBJECT = IssueSupplemented.subject("620102")
FROM_GRID = DeptIssue.subject("620102", "grid")
PLACE = "EVENTS.17"
GOOD = {"issue_id": "issue-1", "version": 2}
STORMS: list[Exception] = [AutoReconnect(), ServerSelectionTimeoutError(), ExecutionTimeout("slow")]
STORMS += [WTimeoutError("slow"), NatsTimeoutError(), ConnectionResetError(), TimeoutError()]
ISSUE = {"external_id": "1", "version": 1, "title": "t", "description": "d", "division": "620102007004"}
ISSUE |= {"category": "heating", "occurred_at": "2026-11-20T08:00:00+08:00"}


@dataclass
class Delivery:
    """A delivery that notes, in order, what was done with it; `log` is shared with the way out."""

    subject: str = SUBJECT
    data: bytes = json.dumps(GOOD).encode()
    headers: dict[str, str] | None = None
    log: list[str] = field(default_factory=list)
    delays: list[float | None] = field(default_factory=list)

    async def ack(self) -> None:
        self.log.append("ack")

    async def nak(self, delay: float | None = None) -> None:
        self.log.append("nak")
        self.delays.append(delay)

    async def term(self) -> None:
        self.log.append("term")


class World:
    """A listener, and everything that it published."""

    def __init__(self) -> None:
        self.delivery = Delivery()
        self.published: list[tuple[str, bytes, dict[str, str]]] = []
        self.bus_is_away = False
        self.listener = Listener("620102", sealer, self._publish)

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        if self.bus_is_away:
            raise NatsTimeoutError
        self.delivery.log.append(f"publish {subject}")
        self.published.append((subject, body, headers))

    def hear(
        self,
        method: Callable[[E, Origin], Awaitable[object]],
        event: type[E],
        *,
        refused: Answer | None = None,
        times: int = 1,
    ) -> None:
        for _ in range(times):
            hearing = Hearing(event, method, "intake", refused)
            asyncio.run(self.listener.take(hearing, self.delivery, PLACE))

    @property
    def letter(self) -> dict[str, object]:
        """The one dead letter."""
        (body,) = [body for subject, body, _ in self.published if subject == "dead.620102.intake"]
        letter: dict[str, object] = json.loads(body)
        return letter


@pytest.fixture
def world() -> World:
    world = World()
    world.delivery.headers = headers(IssueSupplemented.type)
    return world


def headers(type_: str) -> dict[str, str]:
    return {"ce-id": "id-1", "ce-type": type_, "ce-source": "yishi/620102/intake", "ce-specversion": "1.0"}


def failing(*errors: Exception) -> Callable[[IssueSupplemented, Origin], Awaitable[None]]:
    """Make a method that raises these one after another, and then the last one for ever."""
    left = list(errors)

    async def method(_: IssueSupplemented, __: Origin) -> None:
        raise left.pop(0) if len(left) > 1 else left[0]

    return method


def refuse(refusal: Refusal) -> DeptIssueAnswer:
    refusal.faults = [*refusal.faults, Fault("county", "has its own word to say")]
    faults = tuple(FaultLine(path=fault.path, problem=fault.problem) for fault in refusal.faults)
    return DeptIssueAnswer(system=refusal.system, status="refused", in_reply_to=refusal.id, faults=faults)


async def take(_: object, __: Origin) -> None:
    """Take anything."""


def test_an_event_is_acknowledged_only_when_the_method_has_returned(world: World) -> None:
    async def method(fact: IssueSupplemented, origin: Origin) -> None:
        await asyncio.sleep(0)
        world.delivery.log.append(f"taken {fact.version} from {origin.by} as {origin.id}")

    world.hear(method, IssueSupplemented)
    assert world.delivery.log == ["taken 2 from yishi/620102/intake as id-1", "ack"]
    assert world.published == []


def test_whoever_is_cut_off_in_the_middle_acknowledges_nothing(world: World) -> None:
    async def method(_: IssueSupplemented, __: Origin) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        world.hear(method, IssueSupplemented)
    assert world.delivery.log == []


@pytest.mark.parametrize("error", [Conflict("not now"), Invalid([Fault("title", "is missing")])])
def test_an_event_at_fault_is_buried_at_the_first_attempt(world: World, error: Exception) -> None:
    world.hear(failing(error), IssueSupplemented)
    assert world.delivery.log == ["publish dead.620102.intake", "term"]
    assert world.letter["reason"] == getattr(error, "title", "")
    assert world.letter["attempts"] == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [(NotFound("topic", "t"), "not found"), (KeyError(PHONE), "KeyError"), (Stale("too fast"), "stale")],
)
def test_the_unknown_and_bugs_come_back_ever_later_and_are_buried_in_the_end(
    world: World, error: Exception, reason: str
) -> None:
    world.hear(failing(error), IssueSupplemented, times=ATTEMPTS)
    assert world.delivery.log == ["nak"] * (ATTEMPTS - 1) + ["publish dead.620102.intake", "term"]
    delays = world.delivery.delays
    assert delays[: len(DELAYS_S)] == list(DELAYS_S)
    assert set(delays[len(DELAYS_S) :]) == {DELAYS_S[-1]}
    assert list(DELAYS_S) == sorted(set(DELAYS_S))
    assert (world.letter["reason"], world.letter["attempts"]) == (reason, ATTEMPTS)
    assert PHONE not in json.dumps(world.letter)


@pytest.mark.parametrize("error", STORMS, ids=lambda error: type(error).__name__)
def test_weather_is_waited_out_however_long_it_takes(world: World, error: Exception) -> None:
    world.hear(failing(error), IssueSupplemented, times=ATTEMPTS * 5)
    assert world.delivery.log == ["nak"] * ATTEMPTS * 5
    assert set(world.delivery.delays) == {WEATHER_DELAY_S}


def test_weather_does_not_count_as_an_attempt(world: World) -> None:
    storm = [ConnectionResetError(), KeyError("bug")] * (ATTEMPTS - 1)
    world.hear(failing(*storm, ConnectionResetError()), IssueSupplemented, times=len(storm) + 5)
    assert set(world.delivery.log) == {"nak"}


def test_other_errors_of_the_database_are_bugs(world: World) -> None:
    world.hear(failing(OperationFailure("no such operator")), IssueSupplemented, times=ATTEMPTS)
    assert world.delivery.log[-1] == "term"


def test_attempts_start_anew_once_it_was_taken(world: World) -> None:
    world.hear(failing(KeyError()), IssueSupplemented, times=ATTEMPTS - 1)
    world.hear(take, IssueSupplemented)
    world.hear(failing(KeyError()), IssueSupplemented, times=ATTEMPTS - 1)
    assert world.delivery.log == ["nak"] * (ATTEMPTS - 1) + ["ack"] + ["nak"] * (ATTEMPTS - 1)


def test_it_is_not_terminated_before_the_dead_letter_is_stored(world: World) -> None:
    world.bus_is_away = True
    with pytest.raises(NatsTimeoutError):
        world.hear(failing(Conflict("no")), IssueSupplemented)
    assert world.delivery.log == []
    world.bus_is_away = False
    world.hear(failing(Conflict("no")), IssueSupplemented)
    assert world.delivery.log == ["publish dead.620102.intake", "term"]


# ------------------------------------------------------------------------------------------------ departments


def test_a_department_is_answered_before_its_event_is_buried(world: World) -> None:
    world.delivery.subject, world.delivery.headers = FROM_GRID, headers(DeptIssue.type)
    world.hear(take, DeptIssue, refused=refuse)
    answer = "publish dept.620102.grid.out.issue.v1"
    assert world.delivery.log == [answer, "publish dead.620102.intake", "term"]
    body = json.loads(world.published[0][1])
    assert (body["status"], body["in_reply_to"]) == ("refused", "id-1")
    listed = {fault["path"] for fault in body["faults"]}
    assert {"external_id", "title", "county"} <= listed
    assert {fault["path"] for fault in world.letter["faults"]} == listed  # type: ignore[attr-defined]


def test_the_answer_to_a_redelivery_is_the_same_message(world: World) -> None:
    world.delivery.subject, world.delivery.headers = FROM_GRID, headers(DeptIssue.type)
    world.hear(take, DeptIssue, refused=refuse, times=2)
    ids = [sent["Nats-Msg-Id"] for _, _, sent in world.published]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def test_the_system_is_the_one_whose_subject_it_is_whatever_the_event_says(world: World) -> None:
    async def method(_: DeptIssue, origin: Origin) -> None:
        world.delivery.log.append(origin.by)

    world.delivery.data = json.dumps(ISSUE).encode()
    world.delivery.subject, world.delivery.headers = FROM_GRID, headers(DeptIssue.type) | {"ce-source": "petition"}
    world.hear(method, DeptIssue)
    assert world.delivery.log == ["grid", "ack"]


def test_an_unknown_version_is_answered_too(world: World) -> None:
    world.delivery.subject = FROM_GRID.replace(".v1", ".v7")
    world.delivery.headers = headers("dept.in.issue.v7")
    world.hear(take, DeptIssue, refused=refuse)
    assert "version v7 of this event is not known here; v1 is" in world.published[0][1].decode()


@pytest.mark.parametrize("data", [b"not json", b'{"external_id":"\\ud800","version":1}', b"\xff", b"[" * 100_000])
def test_the_worst_of_bodies_is_answered_and_buried(world: World, data: bytes) -> None:
    world.delivery.data, world.delivery.subject, world.delivery.headers = data, FROM_GRID, None
    world.hear(take, DeptIssue, refused=refuse)
    assert world.delivery.log[-1] == "term"


def test_a_dead_letter_shows_no_number_and_gives_the_original_back_to_the_operator(world: World) -> None:
    world.delivery.data = f'{{"reporter": "{PHONE}"'.encode() + b"\xff}"
    world.delivery.headers = headers(IssueSupplemented.type) | {"ce-note": PHONE}
    world.hear(take, IssueSupplemented)
    assert PHONE not in json.dumps(world.letter)
    assert (world.letter["subject"], world.letter["place"]) == (SUBJECT, PLACE)
    original = json.loads(opener.open(str(world.letter["original"])))
    assert (base64.b64decode(original["body"]), original["headers"]) == (world.delivery.data, world.delivery.headers)
