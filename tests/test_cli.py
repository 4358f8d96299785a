"""The command line: what it does, its exit codes, and refusals of one line."""

import json
import re
import socket
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from tests.server import TORNCHAT, ServerProcess, environment, talk
from tornchat import __version__
from tornchat.cli import main
from tornchat.config.document import sample_file, table


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder):
    """Run a command line in this process."""
    return lambda *arguments: CliRunner().invoke(main, arguments)


def process(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as a process without a terminal or standard input."""
    return subprocess.run(
        [*TORNCHAT, *arguments],
        cwd=folder,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert (result.returncode, result.stdout) == (code, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("tornchat: ")
    return result.stderr


# ── configuration ───────────────────────────────────────────────────────────────────────────────


def test_version_is_printed(run):
    assert run("--version").output == f"tornchat {__version__}\n"


def test_module_is_the_command(folder):
    assert process(folder, "--version").stdout == f"tornchat {__version__}\n"


def test_help_names_every_command(run):
    out = run("--help").output
    assert all(f"\n  {name} " in out for name in ("serve", "config", "backup", "restore"))


def test_check_says_ok_for_the_shipped_file(run, folder):
    (folder / "tornchat.conf").write_text(sample_file())
    result = run("config", "check")
    assert (result.exit_code, result.output) == (0, "tornchat.conf: ok\n")


def test_check_without_a_file_checks_the_built_in_values(run):
    assert run("config", "check").output == "built-in values: ok\n"


def test_check_makes_nothing(run, folder):
    run("config", "check")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [["config", "check"], ["config", "show"], ["serve"], []])
def test_wrong_configuration_is_one_line_and_exit_code_2(folder, arguments):
    (folder / "tornchat.conf").write_text("[limits]\nburst = ten\n")
    assert "tornchat.conf:2: [limits] burst: expected" in assert_refused(
        process(folder, *arguments), 2
    )


def test_missing_configuration_file_is_one_line_and_exit_code_2(folder):
    said = assert_refused(process(folder, "--config", "none.conf"), 2)
    assert "none.conf: there is no such configuration file" in said


def test_refusal_holds_no_control_characters(folder):
    said = assert_refused(process(folder, "--config", "a\x1b[2J\nb"), 2)
    assert "a\\x1b[2J\\nb: there is no such" in said


@pytest.mark.parametrize("arguments", [["--no-such"], ["nothing"], ["backup"], ["config"]])
def test_wrong_usage_is_exit_code_2(run, arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "a.conf", "config", "show", "--json"),
        ("config", "--config", "a.conf", "show", "--json"),
        ("config", "show", "--config", "a.conf", "--json"),
    ],
)
def test_option_may_stand_before_or_behind_the_command(run, folder, arguments):
    (folder / "a.conf").write_text("[limits]\nburst = 7\n")
    shown = {(s["section"], s["name"]): s for s in json.loads(run(*arguments).output)}
    assert shown["limits", "burst"]["text"] == "7"
    assert shown["limits", "burst"]["origin"].endswith("a.conf:2")


def test_show_says_each_value_and_where_it_was_set(run, folder):
    (folder / "tornchat.conf").write_text("[limits]\nburst = 7\n")
    lines = run("config", "show", "--listen", ":9").output.splitlines()
    found = {tuple(part.strip() for part in line.rsplit("  ", 1)) for line in lines}
    assert ("[limits] burst = 7", "tornchat.conf:2") in found
    assert ("[server] listen = :9", "--listen") in found
    assert ("[rooms] recovery_limit = 500", "default") in found


def test_data_folder_of_a_flag_counts_from_where_one_stands(run, folder):
    (folder / "etc").mkdir()
    (folder / "etc" / "tornchat.conf").touch()
    out = run("--config", "etc/tornchat.conf", "config", "show", "--data-dir", "x", "--json").output
    shown = {(s["section"], s["name"]): s["text"] for s in json.loads(out)}
    assert shown["server", "data_dir"] == str(folder / "x")


def test_doc_prints_the_table(run):
    assert run("config", "doc").output == table() + "\n"


def test_doc_prints_a_file_to_start_from(run):
    assert run("config", "doc", "--file").output == sample_file()


# ── the server ──────────────────────────────────────────────────────────────────────────────────


def test_server_starts_from_any_folder_and_stops_on_sigterm(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "tornchat.conf").write_text("[room lobby]\n")
    (tmp_path / "away").mkdir()
    with ServerProcess(tmp_path / "away", "--config", "../etc/tornchat.conf") as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.address)
        assert json.load(urlopen(server.address + "health")) == {"status": "ok"}
        assert server.stop() == 0
    assert (tmp_path / "etc" / "data").is_dir()
    assert "Traceback" not in server.log


def test_first_start_makes_folder_and_key_for_the_owner_alone(folder):
    with ServerProcess(folder, "serve") as server:
        assert server.stop() == 0
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (folder / "data").iterdir()}
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert modes["secret.key"] == 0o600
    assert all(mode & 0o077 == 0 for mode in modes.values())


def test_start_without_a_file_says_so_and_has_the_starter_rooms(folder):
    with ServerProcess(folder) as server:
        assert talk(server.address, "lobby", "hello")[-1]["type"] in {"ack", "message"}
        server.stop()
    assert "No tornchat.conf in this folder" in server.log


def test_taken_port_is_one_line_that_names_it_and_exit_code_1(folder):
    (folder / "tornchat.conf").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = process(folder, "--listen", f"127.0.0.1:{port}")
    *before, said = result.stderr.splitlines()
    assert result.returncode == 1
    assert said.startswith("tornchat: ") and f"127.0.0.1:{port}" in said
    assert all(" INFO " in line for line in before)


def test_second_server_on_the_same_data_folder_is_refused_with_exit_code_3(folder):
    (folder / "tornchat.conf").touch()
    with ServerProcess(folder):
        assert_refused(process(folder, "--listen", "127.0.0.1:0"), 3)


def test_data_folder_that_cannot_be_made_is_one_line(folder):
    (folder / "tornchat.conf").touch()
    (folder / "data").touch()
    assert_refused(process(folder, "--listen", "127.0.0.1:0"), 3)


def test_server_goes_on_when_nobody_reads_what_it_says(folder):
    with ServerProcess(folder, env=environment(TORNCHAT_SERVER_LOG_LEVEL="debug")) as server:
        server.process.stdout.close()
        talk(server.address, "lobby", "hello")
        assert server.stop() == 0


def test_environment_reaches_the_server(folder):
    env = environment(TORNCHAT_SERVER_DATA_DIR="elsewhere")
    with ServerProcess(folder, env=env) as server:
        server.stop()
    assert (folder / "elsewhere").is_dir()


def test_check_tells_where_the_database_differs_from_the_file(run, folder):
    (folder / "tornchat.conf").write_text("[room lobby]\ntitle = Old\n[room den]\n")
    with ServerProcess(folder) as server:
        server.stop()
    (folder / "tornchat.conf").write_text("[room lobby]\ntitle = New\n[room attic]\n")
    lines = run("config", "check").output.splitlines()
    assert "[room lobby] title: the file says 'New', the database 'Old'" in lines
    assert "[room attic]: in the file only; made at the next start" in lines
    assert "[room den]: in the database only" in lines
    assert len(lines) == 4


# ── backup and restore ──────────────────────────────────────────────────────────────────────────


def test_backup_of_a_running_server_brings_its_messages_back(folder):
    (folder / "tornchat.conf").write_text("[room lobby]\n")
    with ServerProcess(folder) as server:
        talk(server.address, "lobby", "kept")
        backup = process(folder, "backup", "copy.db")
        assert (backup.returncode, backup.stderr) == (0, "")
        talk(server.address, "lobby", "lost")
        server.stop()
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    restore = process(folder, "restore", "copy.db")
    assert (restore.returncode, restore.stderr) == (0, "")
    with ServerProcess(folder) as server:
        events = talk(server.address, "lobby", "new")
    joined = next(event for event in events if event["type"] == "joined")
    assert [entry["text"] for entry in joined["entries"]] == ["kept"]


def test_restore_is_refused_while_a_server_holds_the_data_folder(folder):
    (folder / "tornchat.conf").write_text("[room lobby]\n")
    with ServerProcess(folder):
        assert process(folder, "backup", "copy.db").returncode == 0
        assert_refused(process(folder, "restore", "copy.db"), 3)


def test_backup_overwrites_no_file_that_is_not_a_backup(folder):
    (folder / "tornchat.conf").write_text("[room lobby]\n")
    with ServerProcess(folder) as server:
        server.stop()
    (folder / "copy.db").write_text("precious")
    assert_refused(process(folder, "backup", "copy.db"), 3)
    assert (folder / "copy.db").read_text() == "precious"


def test_backup_without_a_database_is_refused_and_makes_nothing(folder):
    (folder / "tornchat.conf").touch()
    assert_refused(process(folder, "backup", "copy.db"), 3)
    assert sorted(path.name for path in folder.iterdir()) == ["tornchat.conf"]


def foreign_database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE room (name)")
        return connection.serialize()


@pytest.mark.parametrize(
    "content",
    [b"", b"not a database at all, but some text", foreign_database()],
    ids=["empty", "text", "foreign"],
)
def test_restore_of_something_else_is_refused_and_touches_nothing(folder, content):
    (folder / "tornchat.conf").write_text("[room lobby]\n")
    with ServerProcess(folder) as server:
        talk(server.address, "lobby", "kept")
        server.stop()
    (folder / "copy.db").write_bytes(content)
    assert_refused(process(folder, "restore", "copy.db"), 3)
    with ServerProcess(folder) as server:
        events = talk(server.address, "lobby", "new")
    joined = next(event for event in events if event["type"] == "joined")
    assert [entry["text"] for entry in joined["entries"]] == ["kept"]


def test_restore_of_a_missing_file_is_refused(folder):
    (folder / "tornchat.conf").touch()
    assert_refused(process(folder, "restore", "none.db"), 3)
