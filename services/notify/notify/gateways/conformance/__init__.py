"""Examines a gateway, ours or somebody else's: `python -m notify.gateways.conformance yourpackage.trial:setup`.

Whoever writes a gateway brings a stand-in for the provider, and says how both are put together:

    @asynccontextmanager
    async def setup(ear: Ear) -> AsyncIterator[tuple[Gateway, Peer]]:
        async with YourStandIn() as peer:
            yield YourGateway(url=peer.url, ear=ear), peer

`examine(setup)` plays what providers do, and lists what the gateway does wrong: nothing, where it may be trusted never
to send a message again that may have been taken. It needs no test framework; within one,
`assert await examine(setup) == []`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from common.aggregate import utc_now
from common.errors import Fault
from notify.domain import Accepted, Delivered, Failed, Outcome, Refused, Unknown
from notify.gateways.conformance.trial import WITHIN_S, Behaviour, Ears, Peer, Setup, Trial
from notify.handlers.gateway import Called, Capabilities, Question

__all__ = ["RULES", "Behaviour", "Peer", "Setup", "examine"]

SIDE_BY_SIDE = 20


async def _accepts(trial: Trial) -> None:
    message = trial.message()
    answer = await trial.submit(message)
    trial.expect(answer, Accepted, message, 1)
    if isinstance(answer, Accepted) and (not answer.id or answer.segments < 1):
        trial.problems.append("accepted without an id or a number of segments")
    hears = trial.gateway.capabilities.receipts and not isinstance(trial.gateway, Called)
    if isinstance(answer, Accepted) and hears:
        ids = {answer.id, *answer.parts}
        until = time.monotonic() + trial.within_s
        while not any(s.id in ids or s.reference == message.reference for s in trial.ear.heard):
            if time.monotonic() > until:
                trial.problems.append("declares receipts, and told of none")
                return
            await asyncio.sleep(0.01)


async def _accepts_many(trial: Trial) -> None:
    messages = [trial.message() for _ in range(SIDE_BY_SIDE)]
    answers = await asyncio.gather(*map(trial.submit, messages))
    for message, answer in zip(messages, answers, strict=True):
        trial.expect(answer, Accepted, message, 1)
    ids = [answer.id for answer in answers if isinstance(answer, Accepted)]
    if len(set(ids)) < len(ids):
        trial.problems.append("gave one id to several messages")


def _after(how: Behaviour, kind: type[Outcome], most: int) -> Callable[[Trial], Awaitable[None]]:
    async def play(trial: Trial) -> None:
        await trial.recovers()
        await trial.peer.behave(how)
        message = trial.message()
        answer = await trial.submit(message)
        trial.expect(answer, kind, message, most)
        await trial.recovers()
        trial.expect(None, kind, message, most)

    return play


async def _refuses_when_unreachable(trial: Trial) -> None:
    """Refuse, once it is noticed that a connection is gone: what was written before may be unknown."""
    await trial.recovers()
    await trial.peer.behave(Behaviour.AWAY)
    until = time.monotonic() + trial.within_s
    while not isinstance(answer := await trial.submit(message := trial.message()), Refused):
        trial.expect(answer, Unknown, message, 0)
        if answer is None or time.monotonic() > until:
            trial.expect(answer, Refused, message, 0)
            return
    await trial.recovers()


async def _survives_being_given_up(trial: Trial) -> None:
    await trial.recovers()
    await trial.peer.behave(Behaviour.SILENT)
    message = trial.message()
    task = asyncio.create_task(trial.gateway.submit(message))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await trial.recovers()
    trial.expect(None, Unknown, message, 1)


async def _answers_questions(trial: Trial) -> None:
    finding: object = await trial.gateway.query(Question("notice-none", "19900009999", (), utc_now()))
    if not isinstance(finding, Unknown | Delivered | Failed):
        trial.problems.append(f"answered {finding!r} to a question")
    if isinstance(finding, Delivered):
        trial.problems.append("says of a message nobody sent that it was delivered")


async def _opens_again(trial: Trial) -> None:
    for _ in range(2):
        await trial.gateway.close()
    await trial.gateway.open()
    await trial.recovers()


RULES: dict[str, Callable[[Trial], Awaitable[None]]] = {
    "accepts, with an id, and tells of the receipt": _accepts,
    "keeps many apart": _accepts_many,
    "a refusal is one, and nothing was taken": _after(Behaviour.REFUSE, Refused, 0),
    "an unreachable provider refuses": _refuses_when_unreachable,
    "silence is unknown, and never sent again": _after(Behaviour.SILENT, Unknown, 1),
    "a cut connection is unknown, and never sent again": _after(Behaviour.CUT, Unknown, 1),
    "nonsense is unknown, and never sent again": _after(Behaviour.NONSENSE, Unknown, 1),
    "survives being given up": _survives_being_given_up,
    "answers questions": _answers_questions,
    "closes twice, and opens again": _opens_again,
}


async def examine(setup: Setup, within_s: float = WITHIN_S) -> list[Fault]:
    """Examine a gateway by every rule, each with a fresh one; lists what it does wrong, with the rule as path."""
    faults = []
    for rule, play in RULES.items():
        ear = Ears()
        async with setup(ear) as (gateway, peer):
            declared: object = gateway.capabilities
            if not isinstance(declared, Capabilities):
                return [Fault("capabilities", "are not declared")]
            trial = Trial(gateway, peer, ear, within_s)
            await gateway.open()
            try:
                await play(trial)
            finally:
                try:
                    async with asyncio.timeout(10):
                        await gateway.close()
                except TimeoutError:
                    trial.problems.append("does not close")
        faults += [Fault(rule, problem) for problem in dict.fromkeys(trial.problems)]
    return faults
