"""What a linter cannot say: the rules of the house, kept by reading it."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

from common import events
from common.bus.streams import consumers, streams
from common.county import check, step_templates
from common.events import PUBLIC, Event, Phase, type_registry

ROOT = Path(__file__).parents[1]
SERVICES = ("intake", "meetings", "outcomes", "notify")
CODE = [
    path
    for folder in ("libs", "services", "deploy", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
]
FACTS = sorted(type_registry.values(), key=lambda event: event.type)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_no_file_is_over_250_lines_and_no_function_over_40(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno and f.end_lineno - f.lineno >= 40}
    assert long == {}


def test_every_service_has_the_same_rooms() -> None:
    for service in SERVICES:
        folder = ROOT / "services" / service / service
        rooms = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        extra = {"gateways"} if service == "notify" else set()
        assert rooms == {"__init__", "__main__", "domain", "handlers", "bus", "api", "store", "main"} | extra


def test_main_stays_under_20_lines() -> None:
    for service in SERVICES:
        source = (ROOT / "services" / service / service / "main.py").read_text(encoding="utf-8")
        (main,) = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.AsyncFunctionDef)]
        assert main.end_lineno
        assert main.end_lineno - main.lineno + 1 <= 20


@pytest.mark.parametrize("event", FACTS, ids=lambda event: event.type)
def test_every_fact_has_one_speaker_and_is_heard_or_public(event: type[Event]) -> None:
    assert event.speaker() in (*SERVICES, "department")
    assert event.heard_by
    assert set(event.heard_by) <= {*SERVICES, PUBLIC}
    assert event.__doc__


def test_subjects_are_unique_and_each_lies_in_exactly_one_stream() -> None:
    subjects = [event.subject("620102", "grid") for event in FACTS]
    assert len(set(subjects)) == len(subjects)
    patterns = [
        re.compile(re.escape(subject).replace(r"\*", "[^.]+").replace(">", ".+"))
        for stream in streams("620102")
        for subject in stream.subjects or []
    ]
    for subject in subjects:
        assert sum(bool(pattern.fullmatch(subject)) for pattern in patterns) == 1, subject


def test_consumer_names_and_deliver_subjects_are_unique() -> None:
    table = consumers("620102")
    assert len({consumer.name for consumer in table}) == len(table)
    assert len({consumer.config().deliver_subject for consumer in table}) == len(table)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_to_exactly_what_the_facts_say(service: str) -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def listen(self, event: type[Event], *_: object, **__: object) -> None:
            self.heard.append(event.type)

    class Handlers:
        def __getattr__(self, name: str) -> "Handlers":
            return self

    ear = Ear()
    importlib.import_module(f"{service}.bus").listen(ear, Handlers())
    assert sorted(ear.heard) == sorted(event.type for event in FACTS if service in event.heard_by)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_speaks_only_its_own_facts(service: str) -> None:
    ours = {event.__name__ for event in FACTS if event.speaker() == service}
    others = {event.__name__ for event in FACTS} - ours
    for path in (ROOT / "services" / service).rglob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "say":
                said = {getattr(argument.func, "id", "") for argument in call.args if isinstance(argument, ast.Call)}
                assert not said & others, f"{_name(path)}:{call.lineno}"


def test_every_fact_after_the_decision_carries_the_topic() -> None:
    before = {Phase.PROPOSE, None}
    for event in FACTS:
        if event.phase not in before and not event.type.startswith("dept.in"):
            assert "topic_id" in event.model_fields, event.type


def test_every_step_template_reaches_follow_and_starts_with_propose() -> None:
    for name, steps in step_templates().items():
        phases = [step.phase for step in steps]
        assert phases[0] is Phase.PROPOSE, name
        assert phases[-1] is Phase.FOLLOW, name
        assert phases == sorted(phases, key=list(Phase).index), name


def test_every_county_file_is_without_fault() -> None:
    files = [*ROOT.glob("deploy/k8s/counties/*/county.yaml"), ROOT / "deploy/local/yishi/cases/county.yaml"]
    assert len(files) >= 2
    for path in files:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert check(document) == [], _name(path)
        assert path.parent.name in (document["code"], "cases")


def test_the_catalogue_of_facts_is_exported_whole() -> None:
    assert {event.__name__ for event in FACTS} <= set(events.__all__)


def test_requirements_carry_hashes_and_name_no_host() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
    assert len(pins) > 50
    assert "://" not in text
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
