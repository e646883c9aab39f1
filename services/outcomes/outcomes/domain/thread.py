"""Keeps the thread of a topic (全过程): what was said about it, when and by whom, from its issues to its rating."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.aggregate import Aggregate, Origin
from common.events import Event, IssueMerged, IssueReceived, TopicDecided


class Link(StrEnum):
    """The links of the chain, in their order."""

    ISSUE = "issue"
    TOPIC = "topic"
    RESEARCH = "research"
    MEETING = "meeting"
    OUTCOME = "outcome"
    TASK = "task"
    RATING = "rating"


_LINKS = {"topic.researched": Link.RESEARCH, "topic.agreed": Link.MEETING, "topic.ended": Link.MEETING}
_LINKS |= {"topic.publicised": Link.RATING, "topic.rated": Link.RATING, "topic.closed": Link.RATING}
_LINKS |= {"topic.reopened": Link.RATING}

KEPT = frozenset(
    (
        *("issue_id", "into", "source", "division", "category", "urgency"),
        *("issue_ids", "parties", "steps", "tier", "form", "weight", "hop", "direction", "origin"),
        *(
            "method",
            "meeting_id",
            "sequence",
            "starts_at",
            "result",
            "heads",
            "meetings",
            "round",
            "people",
            "person_id",
        ),
        *("outcome_id", "kind", "to", "grade", "by", "tasks", "task_id", "department", "before", "due_on", "on_time"),
        *("score", "ratings", "ending", "until"),
    )
)
"""The fields that are kept: ids, roles, counts and days. Free text stays where it is: it may name people."""


@dataclass(kw_only=True)
class Entry(Aggregate):
    """One fact, under the id of its event: heard twice it is the same entry, and entries need no order to come in.

    `about` are the topic or the issues it belongs to; `by` is the service that said it, `facts` name who acted.
    """

    about: list[str]
    type: str
    link: Link
    at: datetime
    by: str
    facts: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, fact: Event, origin: Origin) -> "Entry":
        """Note a fact."""
        facts = {name: value for name, value in fact.model_dump(mode="json").items() if name in KEPT}
        about = [fact.into, fact.issue_id] if isinstance(fact, IssueMerged) else []
        about = about or [str(getattr(fact, "topic_id", None) or facts["issue_id"])]
        type_ = fact.type.removeprefix("yishi.").removesuffix(".v1")
        entity = type_.split(".", 1)[1]
        link = _LINKS.get(entity) or Link(entity.split(".")[0])
        return cls(id=origin.id, about=about, type=fact.type, link=link, at=origin.moment, by=origin.by, facts=facts)


@dataclass(frozen=True)
class Thread:
    """The whole thread of a topic, each link in the order of time."""

    topic_id: str
    issue_ids: list[str]
    chain: dict[Link, list[Entry]]


@dataclass(frozen=True)
class Violation:
    """A task that does not go back to an issue, and where its thread is cut."""

    task_id: str
    topic_id: str
    problem: str


def spin(topic_id: str, entries: Iterable[Entry]) -> Thread:
    """Make the thread of all that was noted about a topic and its issues."""
    ordered = sorted({entry.id: entry for entry in entries}.values(), key=lambda entry: (entry.at, entry.id))
    chain = {link: [entry for entry in ordered if entry.link is link] for link in Link}
    return Thread(topic_id, issues_of(ordered), chain)


def issues_of(entries: Iterable[Entry]) -> list[str]:
    """List the issues that entries lead to: those a topic was decided from, and those merged into them."""
    found: list[str] = []
    for entry in entries:
        if entry.type == TopicDecided.type:
            found += [str(id_) for id_ in _listed(entry.facts.get("issue_ids"))]
        elif entry.type == IssueMerged.type:
            found.append(str(entry.facts["issue_id"]))
    return list(dict.fromkeys(found))


def cut(topic_id: str, entries: Sequence[Entry]) -> str | None:
    """Say where the thread of a topic is cut on its way back to an issue; None where it is whole."""
    decided = [entry for entry in entries if entry.type == TopicDecided.type and topic_id in entry.about]
    if not decided:
        return "no topic was decided on under this id"
    received = {str(entry.facts["issue_id"]) for entry in entries if entry.type == IssueReceived.type}
    if not received & set(issues_of(decided)):
        return "the topic was decided on from no issue that was received"
    return None


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
