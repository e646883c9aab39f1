"""The rules for connectors: each is kept, broken and not seen once; and the examples say what the rules ask."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from common.bus.cloudevents import read, validate
from common.county import County
from common.events import DeptIssue
from fakes import COUNTY, PHONE
from yishi.kit.log import Heard, Log, Told
from yishi.kit.rules import RULES, Verdict, judge
from yishi.main import app

IN, OUT = "dept.620102.grid.in.issue.v1", "dept.620102.grid.out.issue.v1"
ROOT = Path(__file__).parents[2]
ISSUE = {
    "external_id": "WG-1",
    "version": 1,
    "title": "供暖不热",
    "description": "三单元只有十三度",
    "division": "620102007004",
    "category": "heating",
    "occurred_at": "2026-11-20T08:00:00+08:00",
    "reporter": {"name": "王玉萍", "phone": PHONE},
}


def said(at: float, external_id: str = "WG-1", version: int = 1, subject: str = IN, **changes: object) -> Heard:
    data = ISSUE | {"external_id": external_id, "version": version, "title": f"供暖 {external_id} {version}"} | changes
    id_ = f"grid-{external_id}-{version}"
    headers = {"ce-id": id_, "ce-type": "dept.in.issue.v1", "ce-source": "grid", "ce-specversion": "1.0"}
    return Heard(at, subject, headers | {"Nats-Msg-Id": id_}, json.dumps(data).encode())


def told(at: float, status: str, external_id: str = "WG-1", *, strange: bool = False) -> Told:
    return Told(at, status, (external_id, 1), strange)


def run(*heard: Heard, answers: tuple[Told, ...] = (), reads: frozenset[str] | None = frozenset([OUT])) -> Log:
    asked = None if reads is None else set(reads)
    return Log(COUNTY, "grid", list(heard), list(answers), asked, asked)


GOOD = run(
    said(0),
    *(said(0.1, f"WG-{number}") for number in range(2, 6)),
    said(0.9, "WG-5"),
    said(1, "WG-1", 2, action="supplement"),
    answers=(
        told(0, "received"),
        told(0.1, "received", "WG-2"),
        told(0.1, "received", "WG-2"),
        told(0.1, "refused", "WG-3"),
        told(0.1, "promoted", "WG-4", strange=True),
        told(0.2, "received", "WG-4"),
    ),
)


def found(log: Log, rule: str) -> Verdict:
    return dict(zip(RULES, judge(log), strict=True))[rule]


def without(header: str) -> Heard:
    good = said(0)
    return Heard(0, IN, {name: value for name, value in good.headers.items() if name != header}, good.body)


def test_a_connector_that_does_everything_right_passes_every_rule() -> None:
    assert {verdict.outcome for verdict in judge(GOOD)} == {"pass"}
    assert [verdict.number for verdict in judge(GOOD)] == list(range(1, len(RULES) + 1))


@pytest.mark.parametrize(
    ("rule", "log", "why"),
    [
        ("envelope", run(without("ce-source")), "ce-source: is required"),
        ("envelope", run(said(0, subject="dept.620102.grid.in.task.v1")), "must be 'dept.in.task.v1'"),
        ("message-id", run(without("Nats-Msg-Id")), "Nats-Msg-Id is None"),
        ("data", run(said(0, version=0)), "version: Input should be greater"),
        ("data", run(said(0, division="620102999999")), "620102999999 is not the county's"),
        ("data", run(said(0, category="weather")), "'weather' is not the county's"),
        ("data", run(said(0, "WG-1", 1, "dept.620102.grid.in.task.v1")), "task_id: Field required"),
        ("subjects", run(said(0, subject="dept.620102.water.in.issue.v1")), "published on dept.620102.water"),
        ("subjects", run(said(0, subject="yishi.620102.intake.issue.received.v1")), "published on yishi."),
        ("one-id", run(said(0), said(1, title="停水")), "the same ce-id said something else"),
        ("repeats", run(said(0, "WG-1", title="停水"), said(1, "WG-9", title="停水")), "WG-1 version 1, now as WG-9"),
        ("versions", run(said(0, version=2), said(1)), "version 1 of WG-1 came after 2"),
        ("hears", run(said(0), reads=frozenset(["dept.620102.water.out.>"])), "it reads nothing on"),
        ("refused", run(said(0), said(3), answers=(told(1, "refused"),)), "WG-1 version 1 was refused, and is said 1"),
        ("answered", run(said(0), said(3), answers=(told(1, "received"),)), "WG-1 version 1 was answered, and is said"),
        (
            "goes-on",
            run(said(0), answers=(told(1, "promoted", strange=True),), reads=frozenset()),
            "neither says nor hears",
        ),
        ("pace", run(*(said(at / 2) for at in range(6))), "was said 6 times within 10 s"),
        ("reads", run(said(0), reads=frozenset([OUT, "yishi.>", "_INBOX.a.*"])), "it reads yishi.>"),
        ("privacy", run(said(0, description=f"打我电话{PHONE}")), "a phone number stands in description"),
        ("privacy", run(said(0, PHONE)), "a phone number stands in ce-id"),
    ],
)
def test_each_rule_fails_where_it_is_broken(rule: str, log: Log, why: str) -> None:
    verdict = found(log, rule)
    assert verdict.outcome == "fail"
    assert why in "; ".join(verdict.why)


def test_a_verdict_gives_no_number_away() -> None:
    for verdict in judge(run(said(0, PHONE, description=f"打我电话{PHONE}"))):
        assert PHONE not in str(verdict)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "subjects"])
def test_nothing_said_is_nothing_judged(rule: str) -> None:
    assert found(run(), rule).outcome == "not seen"


@pytest.mark.parametrize("rule", ["versions", "refused", "goes-on", "hears", "reads"])
def test_what_a_run_did_not_come_to_is_said(rule: str) -> None:
    assert found(run(said(0), reads=None), rule).outcome == "not seen"


@pytest.mark.parametrize(
    ("reads", "outcome"),
    [(OUT, "pass"), ("dept.620102.grid.out.>", "pass"), ("dept.*.grid.out.*.v1", "pass"), (f"{OUT}.x", "fail")],
)
def test_a_subscription_is_read_with_its_wildcards(reads: str, outcome: str) -> None:
    assert found(run(said(0), reads=frozenset([reads])), "hears").outcome == outcome


# ------------------------------------------------------------------------------------------------ command and examples


def test_the_help_of_the_command_lists_the_rules_and_an_unknown_system_is_named() -> None:
    told = CliRunner().invoke(app, ["contract", "check", "--help"], terminal_width=200)
    assert all(words in told.output for words, _ in RULES.values())
    refused = CliRunner().invoke(app, ["contract", "check", "--system", "weather"])
    assert (refused.exit_code, "'weather' is not a system of county 620102" in refused.output) == (1, True)


def test_the_shell_example_says_an_event_that_fits_the_contract(tmp_path: Path) -> None:
    issue = tmp_path / "issue.json"
    county = County.load(ROOT / "deploy/k8s/counties/620102/county.yaml")
    data = ISSUE | {"category": county.scope.categories[0]}
    issue.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    # stands where the real command does, and keeps what it was given
    nats = tmp_path / "nats"
    keep = f'for word; do printf "%s\\0" "$word"; done > {tmp_path}/words'
    nats.write_text(f'#!/bin/sh\n{keep}\necho \'{{"stream":"DEPT_IN"}}\'\n')
    nats.chmod(0o755)
    script = ROOT / "deploy/connectors/publish.sh"
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603
        ["sh", str(script), "620102", "grid", str(issue)],  # noqa: S607
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *words, subject, body = (tmp_path / "words").read_text(encoding="utf-8").split("\0")[:-1]
    headers = dict(word.split(":", 1) for word in words if ":" in word and "//" not in word)
    assert validate(DeptIssue, read(headers, body.encode())).external_id == "WG-1"
    verdicts = judge(Log(county, "grid", [Heard(0, subject, headers, body.encode())]))
    assert [verdict for verdict in verdicts if verdict.outcome == "fail"] == []
