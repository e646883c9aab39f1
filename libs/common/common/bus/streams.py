"""The one table of streams and consumers. Nobody else declares any; common.bus.provision makes the server agree."""

from dataclasses import dataclass, replace

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from common import timers
from common.bus import advisories
from common.bus.advisories import Watch
from common.bus.suspects import SUSPECTS
from common.events import PUBLIC, Event, type_registry

DEPT_IN, EVENTS, TIMERS, DEAD = "DEPT_IN", "EVENTS", timers.STREAM, "DEAD"

ACK_WAIT_S = 10
"""After this long an event that nobody has acknowledged is given to another: what a killed process had in hand."""

MAX_ACK_PENDING = 512
MAX_DELIVER = 100_000
"""The last backstop: at 5 s each it outlasts five days without MongoDB, which must bury nothing. What fails or kills
is buried by the listener long before; what the server gives up lands among the dead by way of ADVISORIES."""

_DAY_S = 86_400
_DEDUPLICATED_S = 120


def streams(county: str, replicas: int = 1) -> list[StreamConfig]:
    """Every stream of a county. Departments can publish to DEPT_IN alone, so it has neither schedules nor rollup."""
    table = [
        StreamConfig(
            name=DEPT_IN,
            subjects=[f"dept.{county}.*.in.issue.*", f"dept.{county}.*.in.task.*"],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            max_bytes=4 * 1024**3,
            deny_delete=True,
            deny_purge=True,
        ),
        StreamConfig(
            name=EVENTS,
            subjects=[f"yishi.{county}.>", f"dept.{county}.*.out.*.*"],
            retention=RetentionPolicy.LIMITS,
            max_age=90 * _DAY_S,
            deny_delete=True,
        ),
        timers.stream(county),
        StreamConfig(name=DEAD, subjects=[f"dead.{county}.*"], retention=RetentionPolicy.LIMITS),
        advisories.stream([DEPT_IN, EVENTS, TIMERS]),
        StreamConfig(
            name=SUSPECTS,
            subjects=[f"suspect.{county}.>"],
            retention=RetentionPolicy.LIMITS,
            max_msgs_per_subject=1,
            max_age=_DAY_S,
        ),
    ]
    return [
        replace(stream, storage=StorageType.FILE, duplicate_window=_DEDUPLICATED_S, num_replicas=replicas)
        for stream in table
    ]


def home(subject: str) -> str:
    """Name the stream that a subject of ours is stored in."""
    root = subject.split(".", 1)[0]
    return {"dead": DEAD, "timer": TIMERS, "suspect": SUSPECTS}.get(root, EVENTS)


@dataclass(frozen=True)
class Consumer:
    """A durable consumer: `service` hears `event`. Its name, filter and deliver subject follow from these."""

    service: str
    event: type[Event]
    county: str

    @property
    def stream(self) -> str:
        """Where the event is stored."""
        return DEPT_IN if self.event.type.startswith("dept.in.") else home(self.event.type)

    @property
    def name(self) -> str:
        """`intake-meetings-topic-ended-v1`."""
        return f"{self.service}-{self.event.type.removeprefix('yishi.').replace('.', '-')}"

    @property
    def filter(self) -> str:
        """The event's subject; from departments every version of it, so that an unknown one is answered."""
        subject = self.event.subject(self.county)
        return subject.rsplit(".", 1)[0] + ".*" if self.stream == DEPT_IN else subject

    def config(self, replicas: int = 1) -> ConsumerConfig:
        """Configure a push consumer with a fixed deliver subject, shared by the service's replicas.

        Push rather than pull, as measured with FastStream 0.7.8: no stalled fetches, no spinning when the consumer
        is deleted, no frozen event loop; and delivery goes on by itself when the consumer is made anew.
        """
        return ConsumerConfig(
            durable_name=self.name,
            filter_subject=self.filter,
            deliver_subject=f"deliver.{self.county}.{self.name}",
            deliver_group=self.name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_S,
            max_deliver=MAX_DELIVER,
            max_ack_pending=MAX_ACK_PENDING,
            num_replicas=replicas,
        )


def consumers(county: str) -> list[Consumer]:
    """Every consumer of a county: who hears what is said in the events themselves."""
    heard = ((service, event) for event in type_registry.values() for service in event.heard_by)
    return [Consumer(service, event, county) for service, event in heard if service != PUBLIC]


def table(county: str) -> list[Consumer | Watch]:
    """Every durable consumer on the server: those that hear, and each service's of what the server gave up."""
    hearing = consumers(county)
    services = dict.fromkeys(consumer.service for consumer in hearing)
    watches = [
        Watch(service, county, tuple((c.stream, c.name) for c in hearing if c.service == service))
        for service in services
    ]
    return [*hearing, *watches]
