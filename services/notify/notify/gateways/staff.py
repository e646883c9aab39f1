"""Alerts to the office's own people through Apprise: WeCom (企业微信), DingTalk (钉钉), Feishu, e-mail and the like.

Residents are never reached this way. The addresses are secrets, one Apprise URL each (`wecombot://`, `dingtalk://`,
`mailtos://`, ...): their names are for the operator alone.
"""

import asyncio

import apprise

from common.errors import Fault, Misconfigured
from notify.domain import Accepted, Again, Finding, Outcome, Refused, Unknown
from notify.gateways.making import Making
from notify.handlers.gateway import Capabilities, Message, Question


class Staff:
    """Tells everyone at the addresses."""

    capabilities = Capabilities(exclusive=False, staff=True, at_once=4)

    def __init__(self, making: Making) -> None:
        self._addresses = apprise.Apprise()
        faults = [
            Fault(f"secrets.{name}", "is no address that Apprise knows")
            for name in making.gateway.secrets
            if not self._addresses.add(making.secret(name))
        ]
        if not making.gateway.secrets:
            faults.append(Fault("secrets", "name no address"))
        if faults:
            raise Misconfigured("the addresses are not right", faults)

    async def open(self) -> None:
        """Nothing is kept open."""

    async def submit(self, message: Message) -> Outcome:
        """Tell all; Apprise says whether everyone was told, so that a failure leaves unknown who was."""
        if not message.text:
            return Refused("nothing to say", Again.NEVER)
        told = await asyncio.to_thread(self._addresses.notify, body=message.text, title="议事 Yishi")
        return Accepted(message.reference, 1) if told else Unknown("not everyone was told")

    async def query(self, _: Question) -> Finding:
        """Not known how."""
        return Unknown("Apprise cannot be asked")

    async def close(self) -> None:
        """Nothing is kept open."""


make = Staff
"""Makes one."""
