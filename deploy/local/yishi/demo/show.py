"""Shows what happened: a timeline of the six steps for each case, and the key figures."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from common.calendar import SHANGHAI
from common.county import Step
from common.events import Phase, type_registry
from yishi.demo.outside import Heard, Json
from yishi.demo.play import Player

MOST_LINES = 3
"""How many events of one step are shown before the rest is counted."""

WORDS = {
    "yishi.intake.issue.received.v1": "收到 {source}: {title}",
    "yishi.intake.issue.merged.v1": "并案: {reason}",
    "yishi.intake.topic.decided.v1": "议题: {title}; 协商主体 {parties}",
    "yishi.meetings.topic.researched.v1": "{finding}",
    "yishi.meetings.meeting.adjourned.v1": "第{sequence}次协商 {result}, {heads}人: {summary}",
    "yishi.meetings.topic.agreed.v1": "达成共识: {agreement}",
    "yishi.meetings.topic.ended.v1": "未达成一致: {explanation}",
    "yishi.outcomes.task.assigned.v1": "{department}: {title}, {due_on}前",
    "yishi.outcomes.task.replied.v1": "{department}: {text}",
    "yishi.outcomes.task.verified.v1": "{department}: 已核实, 按期={on_time}",
    "yishi.outcomes.topic.rated.v1": "评价 {score}",
    "yishi.outcomes.topic.closed.v1": "办结, 满意度 {score} ({ratings}人)",
    "yishi.notify.campaign.finished.v1": "短信告知 {delivered} 户",
}


def show_case(console: Console, player: Player, steps: Sequence[Step], seconds: float, problem: str | None) -> None:
    """Print a case's timeline: under each of the county's steps what happened, and when."""
    case = player.case
    end = f"[red]did not reach its end: {problem}[/]" if problem else f"[green]{case.ends}[/] after {seconds:.1f} s"
    console.print(f"\n[bold]{case.title}[/] ({case.id})  {end}\n  trace {player.trace_id}", highlight=False)
    events = [event for event in player.world.events if _belongs(event, player)]
    for number, step in enumerate(steps, start=1):
        told = [event for event in events if _phase(event) is step.phase and event.type in WORDS]
        lines = [_line(event) for event in told]
        if len(lines) > MOST_LINES + 1:
            lines[MOST_LINES - 1 : -1] = [f"         ... {len(lines) - MOST_LINES} more"]
        console.print(f"  {number} {step.name} {step.phase}", style="cyan", highlight=False)
        for line in lines or ["         -"]:
            console.print(f"    {line}", highlight=False)


def show_figures(console: Console, figures: Json, notices: Json) -> None:
    """Print the key figures, each with the way it is counted."""
    table = Table(title="key figures 关键指标", title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("how it is counted", style="dim")
    for name, figure in figures.items():
        if isinstance(figure, dict):
            table.add_row(name.replace("_", " "), _number(figure["value"] or 0), str(figure.get("formula", "")))
    states = notices.get("states")
    for state, some in (states if isinstance(states, dict) else {}).items():
        counted = "messages, one for each person and event"
        table.add_row(f"notices {state.lower()}", _number(some["notices"]), counted)
    console.print()
    console.print(table)


def _belongs(event: Heard, player: Player) -> bool:
    mine = {player.topic_id, *player.issue_ids}
    return bool(mine & {str(event.data.get(name)) for name in ("topic_id", "issue_id", "into")})


def _phase(event: Heard) -> Phase | None:
    known = type_registry.get(event.type)
    # a campaign belongs to no step of its own: it calls people to the deliberation
    return known.phase or Phase.DELIBERATE if known else None


def _line(event: Heard) -> str:
    when = event.time.astimezone(SHANGHAI).strftime("%H:%M:%S")
    values = {
        name: "、".join(map(str, value)) if isinstance(value, list) else value for name, value in event.data.items()
    }
    return f"{when} {WORDS[event.type].format_map(values)}"


def _number(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) and not value.is_integer() else f"{value:.0f}"
