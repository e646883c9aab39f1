"""SMPP 3.4: one transceiver session to a message centre (SMSC)."""

from notify.gateways.carrier import Carrier
from notify.gateways.making import Making
from notify.gateways.smpp.dialect import Smpp, SmppLine


def make(making: Making) -> Carrier:
    """Make one; its secret is `password`. Raises Misconfigured with every fault."""
    line = making.options(SmppLine)
    return Carrier(making.name, line, Smpp(line, making.secret("password")), making.ear)
