"""What is shown and left behind: a table for whoever watches, build/faults.json for machines."""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from faults.section import Result

SHOWN = 40


def show(console: Console, result: Result) -> None:
    """Print a section: what was struck and how it recovered, and what was found."""
    tally, verdict = result.tally, result.verdict
    table = Table(title=f"{result.name} ({result.seconds:.0f} s)", title_justify="left")
    for column in ("process", "kills", "freezes", "cuts", "holds", "recovery p50 s", "max s"):
        table.add_column(column, justify="left" if column == "process" else "right")
    names = sorted({*tally.kills, *tally.freezes, *tally.cuts, *tally.holds})
    for name in names:
        times = tally.recovery[name]
        p50, most = (f"{statistics.median(times):.1f}", f"{max(times):.1f}") if times else ("-", "-")
        counts = (tally.kills[name], tally.freezes[name], tally.cuts[name], tally.holds[name])
        table.add_row(name, *map(str, counts), p50, most)
    totals = tally.kills.total(), tally.freezes.total(), tally.cuts.total(), tally.holds.total()
    figures = recovery(result)
    table.add_section()
    table.add_row("all", *map(str, totals), f"{figures.get('p50', 0):.1f}", f"{figures.get('max', 0):.1f}")
    console.print(table)
    lines = {
        "acknowledged": tally.acknowledged,
        "of these events": len(tally.said),
        "of these HTTP writes": tally.writes,
        "topics from decision to end": sum(story.closed for story in tally.stories),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "otherwise wrong": len(verdict.wrong),
        "died of themselves": len(result.died),
        "seconds until rest": round(result.rested_after, 1),
        **verdict.counted,
        **{f"said again after {what}": number for what, number in sorted(tally.weather.items())},
        **{f"failed starts of {what}": number for what, number in sorted(tally.failed_starts.items())},
    }
    for what, number in lines.items():
        console.print(f"  {what:<50} {number:>8}", highlight=False)
    for kind in ("lost", "doubled", "wrong"):
        for line in getattr(verdict, kind)[:SHOWN]:
            console.print(f"  {kind}: {line}", style="red", highlight=False, markup=False)
    for obituary in result.died[:5]:
        console.print(f"  died: {obituary}", style="red", highlight=False, markup=False)


def recovery(result: Result) -> dict[str, float]:
    """Tell how many seconds passed from the start after a kill until it was ready: median and longest."""
    times = [seconds for some in result.tally.recovery.values() for seconds in some]
    return {"p50": round(statistics.median(times), 2), "max": round(max(times), 2)} if times else {}


def document(results: Sequence[Result], seed: int, more: Mapping[str, object]) -> dict[str, object]:
    """Make what build/faults.json holds: the sums over all sections, and each section."""
    sections = {result.name: _section(result) for result in results}
    times = [seconds for result in results for some in result.tally.recovery.values() for seconds in some]
    return {
        "kills": sum(result.tally.kills.total() for result in results),
        "acknowledged": sum(result.tally.acknowledged for result in results),
        "lost": sum(len(result.verdict.lost) for result in results),
        "doubled": sum(len(result.verdict.doubled) for result in results),
        "recovery_seconds": {"p50": round(statistics.median(times), 2), "max": round(max(times), 2)} if times else {},
        "seed": seed,
        "sections": sections,
        **more,
    }


def write(path: Path, found: Mapping[str, object]) -> None:
    """Leave the document."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _section(result: Result) -> dict[str, object]:
    tally = result.tally
    return {
        "kills": dict(tally.kills),
        "freezes": dict(tally.freezes),
        "cuts": dict(tally.cuts),
        "holds": dict(tally.holds),
        "acknowledged": tally.acknowledged,
        "events": len(tally.said),
        "writes": tally.writes,
        "topics": sum(story.closed for story in tally.stories),
        "lost": len(result.verdict.lost),
        "doubled": len(result.verdict.doubled),
        "wrong": len(result.verdict.wrong),
        "died_of_themselves": len(result.died),
        "failed_starts": dict(tally.failed_starts),
        "recovery_seconds": recovery(result),
        "seconds_until_rest": round(result.rested_after, 1),
        "seconds": round(result.seconds, 1),
        "found": {kind: getattr(result.verdict, kind)[:200] for kind in ("lost", "doubled", "wrong")},
        "counted": result.verdict.counted,
        "said_again": dict(tally.weather),
    }
