"""Ways out for messages: made by their kind from county.yaml, the built-in ones here, others as plug-ins.

The built-in kinds stand in a plain table, so they are there however Yishi was installed. A plug-in is a package with an
entry point in the group `yishi.notify.gateways`, named as the kind, that gives a `Make`.
"""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import entry_points

from common import county
from common.errors import Fault, Misconfigured
from common.settings import Settings
from notify.gateways.file import FileGateway
from notify.handlers.answers import Receipt
from notify.handlers.ports import Gateway
from notify.handlers.sender import Way

GROUP = "yishi.notify.gateways"

Receive = Callable[[str, Sequence[Receipt]], Awaitable[object]]
"""Takes receipts from the gateway of this name."""

Make = Callable[[county.Gateway, Settings, Receive], Gateway]
"""Makes a gateway. Raises Misconfigured where something it needs is missing."""

BUILT_IN: dict[str, Make] = {"file": FileGateway.make}


def make(gateways: Sequence[county.Gateway], settings: Settings, receive: Receive) -> dict[str, Way]:
    """Make every gateway of a county. Raises Misconfigured with all that is wrong with them."""
    plugins = {point.name: point for point in entry_points(group=GROUP)}
    ways, faults = {}, []
    for i, gateway in enumerate(gateways):
        try:
            if gateway.kind in BUILT_IN:
                maker: Make = BUILT_IN[gateway.kind]
            elif gateway.kind in plugins:
                maker = plugins[gateway.kind].load()
            else:
                known = ", ".join([*BUILT_IN, *plugins])
                faults.append(Fault(f"gateways.{i}.kind", f"{gateway.kind!r} is not known; there are {known}"))
                continue
            ways[gateway.name] = Way(maker(gateway, settings, receive), gateway.weight)
        except Misconfigured as error:
            faults.append(Fault(f"gateways.{i}", error.detail))
    if not faults and not any(way.weight for way in ways.values()):
        faults.append(Fault("gateways", "none has a weight above 0, so nothing could be sent"))
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise Misconfigured(f"the county's gateways have {len(faults)} fault(s):\n{lines}", faults)
    return ways
