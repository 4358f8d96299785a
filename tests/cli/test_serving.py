"""`tornchat serve`: starting from anywhere, stopping, refusals of one line."""

import json
import re
import socket
import stat
from urllib.request import urlopen

from tests.cli.place import assert_refused, process
from tests.server import ServerProcess, environment, talk


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


def test_password_file_that_will_not_do_is_one_line_and_exit_code_2(folder):
    (folder / "secret").write_text("password1")
    (folder / "tornchat.conf").write_text("[admin]\npassword_file = secret\n")
    said = process(folder, "--listen", "127.0.0.1:0")
    assert said.returncode == 2
    assert "too easy to guess" in said.stderr.splitlines()[-1]
    assert "Traceback" not in said.stderr


def test_passwords_in_the_clear_are_warned_of_at_the_start(folder):
    (folder / "tornchat.conf").touch()
    for listen, count in (("127.0.0.1:0", 0), (":0", 1)):
        with ServerProcess(folder, "--listen", listen) as server:
            server.stop()
        assert server.log.count("travel in the clear") == count


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
