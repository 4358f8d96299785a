"""`tornchat backup` and `tornchat restore`: a copy that comes back, and what is refused."""

import sqlite3
import stat
from contextlib import closing

import pytest

from tests.cli.place import assert_refused, process
from tests.server import ServerProcess, talk


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
