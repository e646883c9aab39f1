"""CMPP 2.0 and 3.0: one long connection to a gateway (ISMG) of China Mobile."""

from notify.gateways.carrier import Carrier
from notify.gateways.cmpp.dialect import Cmpp, CmppLine
from notify.gateways.making import Making


def make(making: Making) -> Carrier:
    """Make one; its secret is `password`. Raises Misconfigured with every fault."""
    line = making.options(CmppLine)
    return Carrier(making.name, line, Cmpp(line, making.secret("password")), making.ear)
