"""How a command speaks to whoever sits in front of it: progress, errors in words, an orderly end on Ctrl-C."""

import asyncio
import json
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer._click import Context
from typer.core import TyperGroup

from common.errors import YishiError
from yishi.up import STEPS, Tell


class Plain(TyperGroup):
    """Tells what is wrong in words, without a stack trace; whatever is not ours is a bug and shows one."""

    def invoke(self, ctx: Context) -> object:
        """Run a command; exit code 1 where Yishi says no."""
        try:
            return super().invoke(ctx)
        except YishiError as error:
            typer.echo(f"yishi: {error.detail}", err=True)
            raise typer.Exit(1) from None


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Show how far the start is: a bar on a terminal, plain lines elsewhere, nothing where it is to be quiet."""
    console = Console(quiet=quiet)
    if not console.is_terminal:
        yield lambda line: console.print(line, highlight=False, soft_wrap=True)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=STEPS)

        def tell(line: str) -> None:
            bar.console.print(line, highlight=False)
            bar.advance(task)

        yield tell


def finish(work: Coroutine[Any, Any, int], interrupted: int = 0) -> None:
    """Do a command's long work and end with its exit code; `interrupted` is the one after Ctrl-C."""
    raise typer.Exit(asyncio.run(_until_signal(work, interrupted)))


async def _until_signal(work: Coroutine[Any, Any, int], interrupted: int) -> int:
    """Do the work; the first signal ends it in order, further ones change nothing about that."""
    task = asyncio.ensure_future(work)

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return interrupted


def print_json(document: object) -> None:
    """Print for machines."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def print_lines(lines: list[str]) -> None:
    """Print one thing a line."""
    for line in lines:
        typer.echo(line)
