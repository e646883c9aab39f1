"""Arranges many things at once: side by side, but what belongs together in its order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 200
"""So many writes are under way together: group commit sends them to the database as one."""


async def side_by_side(
    items: Iterable[T], work: Callable[[T], Awaitable[R]], belongs: Callable[[T], Hashable]
) -> list[R]:
    """Do work on each; those that `belongs` puts together are done one after another. Results in the order of items.

    What work raises ends it all.
    """
    groups: defaultdict[Hashable, list[tuple[int, T]]] = defaultdict(list)
    for number, item in enumerate(items):
        groups[belongs(item)].append((number, item))
    places = asyncio.Semaphore(AT_ONCE)
    results: dict[int, R] = {}

    async def do(group: list[tuple[int, T]]) -> None:
        for number, item in group:
            async with places:
                results[number] = await work(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for group in groups.values():
                tasks.create_task(do(group))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [results[number] for number in sorted(results)]
