"""What a connector must do, rule by rule. The numbers stay; rules are only added."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from common.bus.cloudevents import validate
from common.errors import Invalid
from common.events import DeptIssue, DeptTask
from common.people import mask_phones
from yishi.kit.log import Heard, Log, Matter

IN_FLIGHT_S = 1.0
"""What was on its way when the answer came is no disobedience."""

MOST_AGAIN, WITHIN_S = 5, 10.0
"""So often, within so many seconds, may something unanswered be said again."""

Outcome = Literal["pass", "fail", "not seen"]


@dataclass(frozen=True)
class Verdict:
    """How one rule came out; `why` says what was wrong, or what was not there to be judged."""

    number: int
    rule: str
    outcome: Outcome
    why: tuple[str, ...] = ()


class NotSeen(Exception):
    """What the rule is about did not happen."""


def judge(log: Log) -> list[Verdict]:
    """Hold a run against every rule."""
    return [_judge(number, words, check, log) for number, (words, check) in enumerate(RULES.values(), 1)]


def _judge(number: int, words: str, check: Callable[[Log], Iterator[str]], log: Log) -> Verdict:
    if not log.said and check is not _subjects:
        return Verdict(number, words, "not seen", (f"nothing came on {log.own}.in.issue.v1",))
    try:
        why = tuple(dict.fromkeys(map(mask_phones, check(log))))
    except NotSeen as what:
        return Verdict(number, words, "not seen", (str(what),))
    return Verdict(number, words, "fail" if why else "pass", why)


def _envelope(log: Log) -> Iterator[str]:
    for heard in log.said:
        known = {f"{log.own}.{event.type.removeprefix('dept.')}": event.type for event in (DeptIssue, DeptTask)}
        yield from (f"{heard}: {fault}" for fault in heard.event.faults)
        said, type_ = heard.event.attributes.get("type"), known.get(heard.subject)
        if said and type_ and said != type_:
            yield f"{heard}: ce-type is {said!r}, must be {type_!r}"


def _message_id(log: Log) -> Iterator[str]:
    for heard in log.said:
        found = {name.lower(): value for name, value in heard.headers.items()}.get("nats-msg-id")
        if found != heard.event.id:
            yield f"{heard}: Nats-Msg-Id is {found!r}"


def _data(log: Log) -> Iterator[str]:
    for heard in log.said:
        event = DeptTask if heard.subject.endswith(".in.task.v1") else DeptIssue
        try:
            fact = validate(event, heard.event)
        except Invalid as error:
            yield from (f"{heard}: {fault}" for fault in error.faults)
            continue
        if isinstance(fact, DeptIssue):
            if log.county.division(fact.division) is None:
                yield f"{heard}: division {fact.division} is not the county's"
            if fact.category not in (*log.county.scope.categories, *log.county.scope.refused):
                yield f"{heard}: category {fact.category!r} is not the county's"


def _subjects(log: Log) -> Iterator[str]:
    allowed = {f"{log.own}.in.issue.v1", f"{log.own}.in.task.v1"}
    yield from (f"published on {heard.subject}" for heard in log.heard if heard.subject not in allowed)


def _one_id(log: Log) -> Iterator[str]:
    first: dict[object, Heard] = {}
    for heard in log.said:
        for name, key in (("ce-id", heard.event.id), ("external_id and version", heard.matter)):
            if key is not None and None not in heard.matter:
                there = first.setdefault((name, key), heard)
                if there.event.data != heard.event.data:
                    yield f"{heard}: the same {name} said something else before"


def _repeats(log: Log) -> Iterator[str]:
    first: dict[str, Matter] = {}
    for heard in log.said:
        data = heard.event.data
        if isinstance(data, dict):
            content = repr([data.get(name) for name in ("action", "title", "description", "occurred_at", "task_id")])
            if first.setdefault(content, heard.matter) != heard.matter:
                yield f"{heard}: said before as {_named(first[content])}, now as {_named(heard.matter)}"


def _versions(log: Log) -> Iterator[str]:
    last: dict[object, int] = {}
    changed = False
    for external_id, version in log.matters():
        if isinstance(version, int):
            if version < last.get(external_id, 0):
                yield f"version {version} of {external_id} came after {last[external_id]}"
            changed = changed or external_id in last
            last[external_id] = max(version, last.get(external_id, 0))
    if not changed:
        raise NotSeen("let the connector supplement or withdraw an issue, as its next version")


def _hears(log: Log) -> Iterator[str]:
    if log.reads is None:
        raise NotSeen("give --monitor, so that the server can be asked what the connector reads")
    if not _listens(log.own, log.reads):
        yield f"it reads nothing on {log.own}.out.issue.v1, neither directly nor by a consumer of the stream EVENTS"


def _refused(log: Log) -> Iterator[str]:
    refused = [told.matter for told in log.told if told.status == "refused"]
    if not refused:
        raise NotSeen("let the connector raise three issues: the third one is refused")
    for matter, many in _again(log, refused):
        yield f"{_named(matter)} was refused, and is said {many} times again"


def _answered(log: Log) -> Iterator[str]:
    taken = [told.matter for told in log.told if told.status != "refused" and not told.strange]
    for matter, many in _again(log, taken):
        yield f"{_named(matter)} was answered, and is said {many} times again"


def _again(log: Log, matters: Iterable[Matter]) -> Iterator[tuple[Matter, int]]:
    """Tell which of these were said again after the answer, and how often."""
    for matter in dict.fromkeys(matters):
        answered = min(told.at for told in log.told if told.matter == matter and not told.strange)
        many = sum(heard.matter == matter and heard.at > answered + IN_FLIGHT_S for heard in log.said)
        if many:
            yield matter, many


def _goes_on(log: Log) -> Iterator[str]:
    strange = [told.at for told in log.told if told.strange]
    if not strange:
        raise NotSeen("let the connector raise four issues: the fourth one is answered strangely")
    if any(heard.at > max(strange) + IN_FLIGHT_S for heard in log.said) or _listens(log.own, log.reads_now):
        return
    if log.reads_now is None:
        raise NotSeen("it said nothing more since; give --monitor, so that the server can be asked whether it listens")
    yield "it neither says nor hears anything since the answers with fields, statuses, ids and text unknown to it"


def _pace(log: Log) -> Iterator[str]:
    for matter, said in log.matters().items():
        times = [heard.at for heard in said]
        most = max(sum(at <= other < at + WITHIN_S for other in times) for at in times)
        if most > MOST_AGAIN:
            yield f"{_named(matter)} was said {most} times within {WITHIN_S:.0f} s; let the delay grow"


def _reads(log: Log) -> Iterator[str]:
    if log.reads is None:
        raise NotSeen("give --monitor, so that the server can be asked what the connector reads")
    for subject in sorted(log.reads):
        if not subject.startswith(("_INBOX", f"{log.own}.out.")):
            yield f"it reads {subject}"


def _privacy(log: Log) -> Iterator[str]:
    for heard in log.said:
        data = heard.event.data if isinstance(heard.event.data, dict) else {}
        rest = {name: value for name, value in data.items() if name != "reporter"}
        where = [name for name, value in {**rest, **heard.headers}.items() if _shows_phone(value)]
        yield from (f"{heard.subject}: a phone number stands in {name}" for name in where)


RULES: dict[str, tuple[str, Callable[[Log], Iterator[str]]]] = {
    "envelope": ("each event is a CloudEvent 1.0 with id, source, type and specversion", _envelope),
    "message-id": ("Nats-Msg-Id equals ce-id", _message_id),
    "data": ("the data fits the schema, and division and category are the county's", _data),
    "subjects": ("it publishes on its own dept.<county>.<system>.in subjects alone", _subjects),
    "one-id": ("one ce-id, or one external_id and version, never says two things", _one_id),
    "repeats": ("what is said again keeps its external_id and version", _repeats),
    "versions": ("a change has a higher version", _versions),
    "hears": ("it hears what it is answered", _hears),
    "refused": ("what was refused is not said again unchanged", _refused),
    "answered": ("what was answered, once or twice, is not said again", _answered),
    "goes-on": ("it goes on after answers that it does not know yet", _goes_on),
    "pace": (f"what is not answered is said at most {MOST_AGAIN} times within {WITHIN_S:.0f} s", _pace),
    "reads": ("it reads its own dept.<county>.<system>.out subjects alone", _reads),
    "privacy": ("phone numbers stand in reporter.phone alone", _privacy),
}
"""In the order of their numbers, from 1."""


def _named(matter: Matter) -> str:
    return f"{matter[0]} version {matter[1]}"


def _listens(own: str, reads: set[str] | None) -> bool:
    return any(_covers(subject, f"{own}.out.issue.v1") for subject in reads or ())


def _shows_phone(value: JsonValue) -> bool:
    text = str(value)
    return mask_phones(text) != text


def _covers(pattern: str, subject: str) -> bool:
    """Tell whether a subscription gets a subject, by the wildcards of NATS."""
    wanted, parts = pattern.split("."), subject.split(".")
    for place, part in enumerate(wanted):
        if part == ">":
            return len(parts) > place
        if place >= len(parts) or part not in ("*", parts[place]):
            return False
    return len(wanted) == len(parts)
