"""The `yishi` command without servers: what it recognises, keeps, refuses and prints."""

import asyncio
import base64
import json
import os
import stat
import sys
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner

from common.auth import Gate
from common.errors import Misconfigured
from common.events import type_registry
from common.people import Opener, Sealer
from common.settings import Settings
from yishi import doctor, ports, programs
from yishi.child import Child
from yishi.folder import Folder
from yishi.keys import Keys
from yishi.main import app
from yishi.servers import mask

COUNTY = """
code: "620102"
name: {zh: 城关区, en: Chengguan}
divisions: [{code: "620102001000", name: 酒泉路街道, kind: street}]
systems: [{name: grid, title: 网格}]
scope: {categories: [roads]}
"""
GONE = 2**22 + 1
"""A process id that the kernel never gives."""


def county_file(path: Path, text: str = COUNTY) -> Path:
    file = path / "county.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


# ------------------------------------------------------------------------------------------------ keys


def test_keys_are_made_once_for_this_user_alone(tmp_path: Path) -> None:
    keys = Keys.at(tmp_path)
    assert Keys.at(tmp_path) == keys
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert {len(key) for key in (keys.county, keys.vault, keys.seal, keys.signing)} == {32}


@pytest.mark.parametrize("lost", ["keys/vault.key", "keys"])
def test_lost_keys_are_not_replaced_beside_data_that_needs_them(tmp_path: Path, lost: str) -> None:
    Keys.at(tmp_path)
    (tmp_path / "mongo").mkdir()
    (tmp_path / lost).rename(tmp_path / "lost")
    with pytest.raises(Misconfigured, match="missing"):
        Keys.at(tmp_path)


def test_only_notify_can_open_a_contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys.at(tmp_path)
    for variable in ("YISHI_SEAL_PRIVATE", "YISHI_VAULT_KEY"):
        monkeypatch.setenv(variable, base64.b64encode(b"x" * 32).decode())
    settings = {}
    for service in ("intake", "notify"):
        given = keys.environment(service, "nats://n", "mongodb://m", tmp_path / "c.yaml", 8101)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("YISHI_")]:
                patch.delenv(name)
            for name in [name for name in given if name.startswith("YISHI_")]:
                patch.setenv(name, given[name])
            settings[service] = Settings.from_environment()
    intake, notify = settings["intake"], settings["notify"]
    assert (intake.seal_private, intake.vault_key, intake.sms_file) == (None, None, None)
    assert (notify.vault_key, notify.sms_file) == (keys.vault, tmp_path / "sms.jsonl")
    known = Sealer(intake.county_key, intake.seal_public).meet("13800138000", "王玉萍")
    assert Opener(notify.seal_private or b"").contact(known.contact).phone == "13800138000"


def test_a_token_is_what_the_services_admit(tmp_path: Path) -> None:
    keys = Keys.at(tmp_path)
    token = keys.token(["recorder", "clerk"], "li", "620102", ["620102001000"], hours=1)
    caller = Gate(str(keys.jwks), "yishi", "620102").admit(token)
    assert caller.subject == "li"
    assert caller.roles == {"recorder", "clerk"}
    assert caller.divisions == ("620102001000",)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(token)["kid"] == json.loads(keys.jwks.read_text())["keys"][0]["kid"]


# ------------------------------------------------------------------------------------------------ child


def child(tmp_path: Path, script: str, within_s: float = 5) -> Child:
    async def never() -> bool:
        return False

    return Child("thing", [sys.executable, "-c", script], tmp_path / "logs" / "thing.log", never, within_s)


def test_a_child_that_dies_early_leaves_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"(?s)thing ended with exit code 3.*line 19") as error:
        asyncio.run(child(tmp_path, "import sys; [print('line', i) for i in range(20)]; sys.exit(3)").start())
    assert "line 4\n" not in error.value.detail


def test_a_child_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    thing = child(tmp_path, "")
    thing.command = [str(tmp_path / "nothing")]
    with pytest.raises(Misconfigured, match="nothing cannot be run"):
        asyncio.run(thing.start())


def test_a_child_that_is_never_ready_is_told_and_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    thing = child(tmp_path, "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)", within_s=1)
    with pytest.raises(Misconfigured, match="not ready after 1 s"):
        asyncio.run(thing.start())
    asyncio.run(thing.stop(0.3))
    assert thing.exit_code == -9


def test_only_the_words_since_the_last_launch_count(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "thing.log").write_text("No space left on device\n")
    with pytest.raises(Misconfigured, match="fresh") as error:
        asyncio.run(child(tmp_path, "print('fresh')").start())
    assert "disk" not in error.value.detail


# ------------------------------------------------------------------------------------------------ the command


def test_a_password_is_not_shown() -> None:
    assert mask("mongodb://u:secret@h1,h2/?replicaSet=r") == "mongodb://u:***@h1,h2/?replicaSet=r"
    assert mask("nats://127.0.0.1:4222") == "nats://127.0.0.1:4222"


def test_doctor_finds_each_fault_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_candidates", lambda _: iter(()))
    monkeypatch.setattr(ports, "is_free", lambda port: port != 8102)
    monkeypatch.delenv("YISHI_NATS_URL", raising=False)
    monkeypatch.setenv("YISHI_MONGO_URL", "mongodb://u:secret@elsewhere/")
    found = {f.name: f for f in doctor.examine(county_file(tmp_path), tmp_path / "new")}
    assert {name for name, finding in found.items() if not finding.ok} == {"nats-server", "ports"}
    assert "8102" in found["ports"].detail
    assert "--ports auto" in found["ports"].detail
    assert "secret" not in str(found["mongod"])
    assert not (tmp_path / "new").exists()


def test_county_check_prints_every_fault_with_its_path(tmp_path: Path) -> None:
    assert run("county", "check", county_file(tmp_path)) == (0, "", "")
    code, out, _ = run("county", "check", "--warnings", county_file(tmp_path))
    assert (code, "covered by no leader" in out) == (0, True)
    bad = COUNTY.replace("620102001000", "62").replace("kind: street", "kind: planet")
    code, out, _ = run("county", "check", county_file(tmp_path, bad))
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()] == ["divisions.0.code", "divisions.0.kind"]


def test_token_prints_a_token_and_refuses_a_role_nobody_has(tmp_path: Path) -> None:
    options = ("--county", county_file(tmp_path), "--data", tmp_path / "data")
    code, out, _ = run("token", "--role", "recorder", "--role", "clerk", *options)
    assert (code, jwt.decode(out.strip(), options={"verify_signature": False})["roles"]) == (0, ["recorder", "clerk"])
    _, out, _ = run("token", "--role", "department", "--department", "housing", *options)
    assert jwt.decode(out.strip(), options={"verify_signature": False})["department"] == "housing"
    assert run("token", "--role", "emperor", *options)[0] == 2
    assert run("token")[0] == 2


def test_an_error_is_a_short_message_and_exit_code_1(tmp_path: Path) -> None:
    code, out, err = run("status", "--county", county_file(tmp_path), "--data", tmp_path / "data")
    assert (code, out) == (1, "")
    assert err.startswith("yishi: nothing runs")
    assert run("up", "--county", tmp_path / "none.yaml")[0] == 1


@pytest.mark.parametrize("ports_", ["many", "0", "65533", "-1"])
def test_ports_that_are_none_are_wrong_usage(tmp_path: Path, ports_: str) -> None:
    assert run("up", "--county", county_file(tmp_path), "--ports", ports_)[0] == 2


def test_status_tells_what_is_not_ready(tmp_path: Path) -> None:
    file, data = county_file(tmp_path), tmp_path / "data"
    services = {"intake": {"url": f"http://127.0.0.1:{ports.choose(1)[0]}", "pid": GONE}}
    state = {"pid": GONE, "nats_url": "nats://n", "mongo_url": "mongodb://u:p@m/", "services": services}
    Folder.open(data).remember(state)
    code, out, _ = run("status", "--json", "--county", file, "--data", data)
    assert (code, json.loads(out)["services"]["intake"]["ready"]) == (1, False)
    assert "u:p@" not in run("status", "--county", file, "--data", data)[1]


def test_publish_refuses_a_foreign_system_and_what_is_not_json(tmp_path: Path) -> None:
    file, issue = county_file(tmp_path), tmp_path / "issue.json"
    issue.write_text("{")
    options = ("--county", file, "--data", tmp_path / "data")
    assert "known are grid" in run("publish", "--system", "moon", issue, *options)[2]
    assert "is not JSON" in run("publish", "--system", "grid", issue, *options)[2]


def test_contract_export_writes_the_document_and_every_schema(tmp_path: Path) -> None:
    code, out, _ = run("contract", "export", tmp_path / "contract")
    assert code == 0
    schemas = {file.stem for file in (tmp_path / "contract" / "schemas").iterdir()}
    assert schemas == set(type_registry)
    assert f"{len(type_registry)} schemas" in out
    told = json.loads((tmp_path / "contract" / "asyncapi.json").read_text(encoding="utf-8"))
    assert told["asyncapi"] == "3.0.0"
