"""By which way a command acts: through the server that runs, else by itself, and never both."""

import asyncio
import contextlib
import fcntl
import json
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.cli.place import assert_refused, process
from tests.control.place import Section, serving
from tests.server import ServerProcess, environment
from tornchat import offline
from tornchat.cli.asking import administer
from tornchat.config import load
from tornchat.config.document import sample_file
from tornchat.control import NAME, NoAnswer, ask, unixsocket
from tornchat.errors import Conflict, StorageRefused
from tornchat.store.inspect import stored_rooms


@pytest.fixture
def config(data):
    return load(data.parent / "tornchat.conf", {}, {})


@contextlib.contextmanager
def held(data):
    """Hold a data folder as another program would."""
    with (data / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock


def names(data):
    return [room.name for room in stored_rooms(data)]


# ── without a server ────────────────────────────────────────────────────────────────────────────


def test_command_acts_on_the_database_and_gives_the_folder_back(config, data):
    administer(config, "create_room", {"name": "den"})
    assert names(data) == ["den", "help", "lobby"]
    with held(data):
        assert not (data / NAME).exists()


def test_room_deleted_without_a_server_leaves_nothing_on_the_disk(config, data):
    administer(config, "create_room", {"name": "den", "topic": "Kennwort-4712"})
    assert b"Kennwort-4712" in (data / "tornchat.db").read_bytes()
    administer(config, "delete_room", {"name": "den"})
    assert not [path for path in data.iterdir() if b"Kennwort-4712" in path.read_bytes()]


def test_folder_is_given_back_after_a_refusal(config, data):
    with pytest.raises(Conflict):
        administer(config, "create_room", {"name": "lobby"})
    with held(data):
        pass


def test_nothing_is_made_where_there_is_no_database(run, folder):
    result = run("room", "list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "data/tornchat.db: there is no database; start the server once" in result.stderr
    assert list(folder.iterdir()) == []


def test_damaged_database_is_refused_with_exit_code_3(run, data):
    (data / "tornchat.db").write_bytes(b"not a database" * 1000)
    result = run("room", "list")
    assert (result.exit_code, len(result.stderr.splitlines())) == (3, 1)


def test_stale_socket_does_not_matter(config, data):
    unixsocket.listen(data / NAME).close()
    administer(config, "create_room", {"name": "den"})
    assert "den" in names(data)


def test_commands_at_the_same_time_take_turns(config, data):
    wanted = [f"room-{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda n: process(data.parent, "room", "create", n), wanted))
    assert [(result.returncode, result.stderr) for result in made] == [(0, "")] * 6
    assert set(wanted) <= set(names(data))


# ── with a server ───────────────────────────────────────────────────────────────────────────────


def test_command_goes_through_the_socket_and_touches_nothing_itself(config, data, monkeypatch):
    monkeypatch.delattr(offline, "administer")

    async def scenario():
        section = Section()
        with held(data):
            async with serving(data, section):
                await asyncio.to_thread(administer, config, "create_room", {"name": "den"})
        return section.asked

    assert asyncio.run(scenario()) == [("den", {})]
    assert names(data) == ["help", "lobby"]


def test_refusal_of_the_server_is_not_tried_again(config, data, monkeypatch):
    monkeypatch.delattr(offline, "administer")

    async def scenario():
        section = Section()
        async with serving(data, section):
            with pytest.raises(Conflict):
                await asyncio.to_thread(administer, config, "create_room", {"name": "lobby"})
        return section.asked

    assert len(asyncio.run(scenario())) == 1


# ── while it starts or stops, or is something else ──────────────────────────────────────────────


@pytest.mark.parametrize("stale", [False, True])
def test_folder_that_is_held_without_a_server_is_one_line(config, data, stale):
    if stale:
        unixsocket.listen(data / NAME).close()
    with held(data), pytest.raises(StorageRefused, match="a program holds it that takes no"):
        administer(config, "create_room", {"name": "den"}, patience=0.2)
    assert names(data) == ["help", "lobby"]


def test_command_waits_for_a_server_that_starts(config, data):
    async def scenario():
        section = Section()
        with held(data):
            asking = asyncio.create_task(
                asyncio.to_thread(administer, config, "create_room", {"name": "den"}, patience=20)
            )
            await asyncio.sleep(0.2)
            async with serving(data, section):
                await asking
        return section.asked

    assert asyncio.run(scenario()) == [("den", {})]
    assert names(data) == ["help", "lobby"]


def test_command_waits_for_a_server_that_stops(config, data):
    with contextlib.ExitStack() as stack:
        stack.enter_context(held(data))
        free = threading.Timer(0.2, stack.pop_all().close)
        free.start()
        administer(config, "create_room", {"name": "den"}, patience=20)
        free.join()
    assert "den" in names(data)


def test_program_of_others_that_holds_the_folder_is_told_with_exit_code_3(data):
    code = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX)\n"
    code += "print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, data / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        said = assert_refused(process(data.parent, "token", "create", "lobby"), 3)
        other.communicate()
    assert "a program holds it that takes no commands" in said


# ── a real server ───────────────────────────────────────────────────────────────────────────────

WALK = (
    "room create den --access private --title Den",
    "room create den",
    "room list --json",
    "room show den",
    "room set den --topic quiet --json",
    "token create den --uses 1 --expires 2d --label Ann",
    "token create support-* --key --json",
    "token create attic",
    "token list",
    "token check tc_short",
    "token check tc_" + "x" * 43 + " --json",
    "token revoke 1",
    "token revoke 9",
    "room rotate den",
    "ban add 203.0.113.7 --expires 2d --reason spam",
    "ban list --json",
    "ban remove 1",
    "ban remove 1",
    "room delete den",
    "room delete den --yes",
    "room list",
)
CHANGING = re.compile(r"t[ck]_[\w-]{43}|\b\d{13}\b|\d+s ago|\d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture
def walked(run):
    """Run many commands; return what each said, without what differs from one time to the next."""

    def walked():
        for line in WALK:
            result = run(*line.split())
            yield line, result.exit_code, CHANGING.sub("…", result.stdout), result.stderr

    return lambda: list(walked())


def test_commands_say_the_same_with_a_server_and_without(data, walked, monkeypatch):
    (data.parent / "tornchat.conf").write_text(
        "[server]\nbase_url = https://a.example\n" + sample_file().replace("[server]\n", "", 1)
    )
    without = walked()
    shutil.rmtree(data)
    monkeypatch.delattr(offline, "administer")
    with ServerProcess(data.parent) as server:
        through = walked()
        assert server.stop() == 0
    assert {(code, bool(said)) for _, code, _, said in without} == {
        (0, False), (1, True), (1, False), (2, True)
    }  # fmt: skip
    assert through == without
    assert "Traceback" not in server.log


def test_socket_is_the_owners_and_gone_after_the_stop(data):
    with ServerProcess(data.parent) as server:
        assert stat.S_IMODE((data / NAME).stat().st_mode) == 0o600
        assert server.stop() == 0
    assert not (data / NAME).exists()


def test_start_that_fails_leaves_no_socket(data):
    with ServerProcess(data.parent) as server:
        port = server.address.rstrip("/").rpartition(":")[2]
        other = ("--data-dir", "other", "--listen", f"127.0.0.1:{port}")
        assert process(data.parent, *other).returncode == 1
    assert (data.parent / "other").is_dir()
    assert not (data.parent / "other" / NAME).exists()


def test_command_reaches_the_running_server_at_once(data):
    with ServerProcess(data.parent) as server:
        assert process(data.parent, "room", "create", "den").returncode == 0
        assert urlopen(f"{server.address}r/den").status == 200
        assert process(data.parent, "room", "delete", "den", "--yes").returncode == 0
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{server.address}r/den")


def test_command_acts_right_after_the_server_was_killed(data):
    with ServerProcess(data.parent) as server:
        server.process.send_signal(signal.SIGKILL)
        made = process(data.parent, "room", "create", "den")
        assert (made.returncode, made.stderr) == (0, "")
        assert stat.S_ISSOCK((data / NAME).stat().st_mode)
    with ServerProcess(data.parent):
        shown = process(data.parent, "room", "show", "den", "--json")
        assert json.loads(shown.stdout)["name"] == "den"


def test_hanging_server_is_told(data):
    with ServerProcess(data.parent) as server:
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(NoAnswer, match="does not answer"):
            ask(data / NAME, "create_room", {"name": "den"}, timeout=0.3)
        server.process.send_signal(signal.SIGCONT)


def test_server_starts_while_a_command_holds_the_folder(data):
    with contextlib.ExitStack() as stack:
        stack.enter_context(held(data))
        free = threading.Timer(1.0, stack.pop_all().close)
        free.start()
        with ServerProcess(data.parent) as server:
            free.join()
            assert server.stop() == 0


def test_commands_go_on_while_servers_come_and_go(config, data):
    """Whatever the moment: each acts once, on the database or through the server."""
    stop = threading.Event()
    made = {}

    def commands():
        while not stop.is_set():
            name = f"room-{len(made)}"
            try:
                made[name] = administer(config, "create_room", {"name": name}, patience=20)["name"]
            except Exception as error:
                made[name] = error
            time.sleep(0.1)  # a process takes longer to start

    working = threading.Thread(target=commands)
    working.start()
    try:
        for number in range(4):
            with ServerProcess(data.parent) as server:
                so_far = len(made)
                while len(made) < so_far + 3:
                    time.sleep(0.01)
                server.process.send_signal((signal.SIGTERM, signal.SIGKILL)[number % 2])
                server.process.wait(20)
    finally:
        stop.set()
        working.join()
    # An end may come between the change and its answer: then it is said that this is not known.
    known = {name: result for name, result in made.items() if not isinstance(result, NoAnswer)}
    assert list(known) == list(known.values())
    assert known.keys() <= set(names(data))
    assert len(known) >= len(made) - 4


def test_no_token_is_logged(data):
    env = environment(TORNCHAT_SERVER_LOG_LEVEL="debug")
    with ServerProcess(data.parent, env=env) as server:
        made = json.loads(process(data.parent, "token", "create", "lobby", "--json").stdout)
        process(data.parent, "token", "check", made["token"])
        process(data.parent, "token", "check", "a-canary-of-a-token")
        assert server.stop() == 0
    assert "create_token: done" in server.log and "check_token: done" in server.log
    assert made["token"] not in server.log and "canary" not in server.log
