"""Tells the office's own people when an account sends nothing any more, and when it does again."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.aggregate import derived_id
from notify.domain import Accepted, Again, Outcome, Refused
from notify.handlers.gateway import Gateway, Message

AFTER_S, AFTER = 60.0, 5
"""So long, and so many messages, nothing must have been accepted."""

TOLD_WITHIN_S = 30

log = logging.getLogger(__name__)


@dataclass
class _Silence:
    since: float
    answers: int = 0
    told: bool = False
    last: str = field(default="", repr=False)


class Alerts:
    """Watches what accounts answer; `staff` are the gateways that reach the office's people, by name."""

    def __init__(self, staff: Mapping[str, Gateway], clock: Callable[[], float] = time.monotonic) -> None:
        self._staff = staff
        self._clock = clock
        self._silent: dict[str, _Silence] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def saw(self, account: str, answer: Outcome) -> None:
        """Take note of an answer. That a message itself is at fault says nothing of the account."""
        if isinstance(answer, Refused) and answer.again is Again.NEVER:
            return
        if isinstance(answer, Accepted):
            silence = self._silent.pop(account, None)
            if silence and silence.told:
                self._tell(f"短信通道 {account} 已恢复。The SMS gateway {account} sends again.")
            return
        silence = self._silent.setdefault(account, _Silence(self._clock()))
        silence.answers += 1
        silence.last = answer.code if isinstance(answer, Refused) else answer.reason
        if not silence.told and silence.answers >= AFTER and self._clock() - silence.since >= AFTER_S:
            silence.told = True
            self._tell(f"短信通道 {account} 发不出短信：{silence.last}。The SMS gateway {account} sends nothing.")

    def _tell(self, text: str) -> None:
        log.warning("alert to staff: %s", text)
        for name, gateway in self._staff.items():
            message = Message(derived_id("alert", text, str(self._clock())), "", text, "staff")
            task = asyncio.create_task(self._told(name, gateway, message))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _told(self, name: str, gateway: Gateway, message: Message) -> None:
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                await gateway.submit(message)
        except Exception as error:  # noqa: BLE001  whoever is to be told may be out of reach
            log.warning("the alert did not leave by %s: %s", name, type(error).__name__)
