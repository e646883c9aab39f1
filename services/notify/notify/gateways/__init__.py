"""Ways out for messages: made by their kind from county.yaml, the ones that come with Yishi and plug-ins alike.

A plug-in is a package with an entry point in the group `yishi.notify.gateways`, named as the kind, that gives a `Make`:

    [project.entry-points."yishi.notify.gateways"]
    ourcarrier = "ourcarrier.gateway:make"

What it makes is a `notify.handlers.gateway.Gateway`. `notify.gateways.conformance` examines one, with the stand-in for
its provider that its author brings: see there. A plug-in that cannot be loaded refuses every message, so that another
gateway takes it; the others are none the worse.
"""

import logging
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points

from common.county import County, Template
from common.errors import Fault, Misconfigured
from common.settings import Settings
from notify.domain import Again, Finding, Outcome, Refused, Unknown, fields
from notify.gateways.making import Approved, Making
from notify.handlers.account import Way
from notify.handlers.gateway import Capabilities, Ear, Gateway, Message, Question

GROUP = "yishi.notify.gateways"

Make = Callable[[Making], Gateway]
"""Makes a gateway. Raises Misconfigured where something it needs is missing or wrong."""

BUILT_IN = {
    kind: EntryPoint(kind, f"notify.gateways.{place}:make", GROUP)
    for kind, place in {
        "file": "file",
        "smpp": "smpp",
        "cmpp": "cmpp",
        "aliyun": "aliyun",
        "tencent": "tencent",
        "http": "http",
        "apprise": "staff",
    }.items()
}

log = logging.getLogger(__name__)


class Broken:
    """Stands where a plug-in could not be loaded."""

    capabilities = Capabilities(exclusive=False)

    def __init__(self, reason: str) -> None:
        self._refused = Refused(reason, Again.ELSEWHERE)

    async def open(self) -> None:
        """Do nothing."""

    async def submit(self, _: Message) -> Outcome:
        """Refuse."""
        return self._refused

    async def query(self, _: Question) -> Finding:
        """Not know."""
        return Unknown(self._refused.code)

    async def close(self) -> None:
        """Do nothing."""


def make(of: County, settings: Settings, ear: Ear) -> dict[str, Way]:
    """Make every gateway of a county. Raises Misconfigured with all that is wrong with them."""
    kinds = {point.name: point for point in entry_points(group=GROUP)} | BUILT_IN
    ways, faults = {}, []
    for i, gateway in enumerate(of.gateways):
        if gateway.kind not in kinds:
            faults.append(Fault(f"gateways.{i}.kind", f"{gateway.kind!r} is not known; there are {', '.join(kinds)}"))
            continue
        making = Making(gateway, settings, ear, _approved(gateway.name, of.templates))
        try:
            ways[gateway.name] = Way(_made(kinds[gateway.kind], making), gateway.weight)
        except Misconfigured as error:
            faults += [Fault(f"gateways.{i}.{f.path}", f.problem) for f in error.faults]
            faults += [] if error.faults else [Fault(f"gateways.{i}", error.detail)]
    if not faults and not any(way.weight and not way.gateway.capabilities.staff for way in ways.values()):
        faults.append(Fault("gateways", "none has a weight above 0, so nothing could be sent"))
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise Misconfigured(f"the county's gateways have {len(faults)} fault(s):\n{lines}", faults)
    return ways


def _made(point: EntryPoint, making: Making) -> Gateway:
    try:
        maker: Make = point.load()
        return maker(making)
    except Misconfigured:
        raise
    except Exception as error:  # a plug-in may fail in any way, and must not keep the others from working
        log.exception("the gateway %s cannot be made", making.gateway.name)
        return Broken(f"{making.gateway.kind} cannot be made: {type(error).__name__}")


def _approved(gateway: str, templates: Mapping[str, Template]) -> dict[str, Approved]:
    """List the templates that a provider has approved: its code for each, and the fields in their order."""
    return {
        name: Approved(template.codes[gateway], tuple(fields(template.text)))
        for name, template in templates.items()
        if gateway in template.codes
    }
