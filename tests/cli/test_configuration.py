"""`tornchat config`: what it says of right and wrong values, and how it is refused."""

import json

import pytest

from tests.cli.place import assert_refused, process
from tests.server import ServerProcess
from tornchat.config.document import sample_file, table
from tornchat.store import RoomSpec, Store


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


def test_check_tells_where_the_database_differs_from_the_file(run, folder):
    (folder / "tornchat.conf").write_text("[room lobby]\ntitle = Old\n[room den]\n")
    with ServerProcess(folder) as server:
        server.stop()
    (folder / "tornchat.conf").write_text(
        "[room lobby]\ntitle = New\norigins = https://a.example\n[room attic]\n"
    )
    lines = run("config", "check").output.splitlines()
    assert "[room lobby] title: the file says 'New', the database 'Old'" in lines
    origins = "the file says ('https://a.example',), the database ()"
    assert f"[room lobby] origins: {origins}" in lines
    assert "[room attic]: in the file only; made at the next start" in lines
    assert "[room den]: in the database only" in lines
    assert len(lines) == 5


def test_check_warns_of_what_is_right_and_yet_unwise(run, folder):
    (folder / "tornchat.conf").write_text("[server]\nbase_url = http://chat.example\n")
    result = run("config", "check")
    assert result.exit_code == 0
    first, *warnings = result.output.splitlines()
    assert first == "tornchat.conf: ok"
    assert len(warnings) == 2
    assert all(line.startswith("warning: [server] ") for line in warnings)


def test_check_warns_of_a_room_whose_site_is_gone(run, folder):
    (folder / "shop.key").write_bytes(b"k" * 32)
    (folder / "shop.key").chmod(0o600)
    site = "[site shop]\nkey_file = shop.key\n"
    (folder / "tornchat.conf").write_text(f"[room lobby]\nsites = shop\n{site}")
    with ServerProcess(folder) as server:
        server.stop()
    assert run("config", "check").output == "tornchat.conf: ok\n"
    (folder / "tornchat.conf").write_text("[room lobby]\n")
    assert "warning: [room lobby] sites: there is no [site shop]" in run("config", "check").output


def test_check_says_nothing_of_rooms_made_on_demand(run, data):
    store = Store.open(data)
    store.ensure_rooms([RoomSpec("support-7", "7", pattern="support-*")])
    store.close()
    assert "support-7" not in run("config", "check").output
