import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.kit import ROOMS, Chat
from tornchat.errors import StorageRefused
from tornchat.protocol import Message
from tornchat.store import Store
from tornchat.store import database as connections
from tornchat.store.migrations import MIGRATIONS
from tornchat.store.models import Ban, Binding, LogEntry, Reaction, ReadPosition, Room, Token
from tornchat.store.rows import Row


def refusal(folder: Path) -> str:
    """Open a store that must refuse; return its line."""
    with pytest.raises(StorageRefused) as caught:
        Store.open(folder).close()
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.fixture
def immutable(closed: Path) -> Iterator[Path]:
    """The database as a file that nobody, root included, can write."""
    tool = shutil.which("chattr")
    if (
        tool is None
        or subprocess.run([tool, "+i", closed], capture_output=True, check=False).returncode
    ):
        pytest.skip("chattr +i does not work here")
    yield closed
    subprocess.run([tool, "-i", closed], check=True)


@pytest.fixture
def closed(folder: Path, open_chat: Callable[..., Chat]) -> Path:
    """The database file of a store that was closed in peace, with a few hundred lines."""
    chat = open_chat()
    chat.fill(300, text="a line of the chat, number {}")
    chat.close()
    return folder / connections.NAME


def test_open_makes_a_private_folder_and_database(folder: Path) -> None:
    before = os.umask(0)
    try:
        Store.open(folder).close()
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / connections.NAME).stat().st_mode & 0o777 == 0o600


def test_files_of_a_running_store_are_private(folder: Path, chat: Chat) -> None:
    chat.write()
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}


def test_open_folder_is_warned_about(folder: Path, caplog) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    Store.open(folder).close()
    assert "chmod 700" in caplog.text


def test_settings_of_the_writer_are_what_durability_rests_on(chat: Chat) -> None:
    def pragmas(database) -> list[object]:
        names = ("journal_mode", "synchronous", "secure_delete", "busy_timeout")
        return [database.pragma(name) for name in names]

    assert chat.journal.call(pragmas).result(20) == ["wal", 2, 1, 2000]


def test_connection_without_the_settings_is_refused(closed: Path) -> None:
    database = connections.plain(closed)
    with database.connection_context():
        database.pragma("synchronous", 1)
        with pytest.raises(StorageRefused, match="synchronous"):
            connections.verify_settings(database)


def test_rooms_are_created_once_and_the_database_wins(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.store.ensure_rooms([("lobby", "Other title"), ("new", "New", "A topic", "private", False)])
    rooms = {room.name: room for room in chat.store.rooms()}
    assert sorted(rooms) == sorted([*ROOMS, "new"])
    assert rooms["lobby"].title == ""
    new = rooms["new"]
    assert (new.title, new.topic, new.access, new.guests) == ("New", "A topic", "private", False)
    assert (new.first, new.last) == (1, 0)
    assert len({room.epoch for room in rooms.values()}) == 4


def test_everything_is_there_after_reopening(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.write("hello", data=b'{"a":1}')
    before = chat.log()
    chat.close()
    chat = open_chat()
    assert chat.log() == before
    assert chat.write() == 2


def test_second_store_on_the_folder_is_refused(folder: Path, chat: Chat) -> None:
    assert refusal(folder) == (
        f"data folder {folder}: another tornchat is using it; stop that one first, or give this "
        "one its own data_dir"
    )


def test_store_may_wait_for_a_folder_that_comes_free(folder: Path) -> None:
    chat = Store.open(folder)
    free = threading.Timer(0.1, chat.close)
    free.start()
    Store.open(folder, patience=20).close()
    free.join()


def test_lock_of_another_process_ends_with_its_kill(folder: Path) -> None:
    code = "import sys; from pathlib import Path; from tornchat.store import Store\n"
    code += "s = Store.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        assert "another tornchat" in refusal(folder)
        other.send_signal(signal.SIGKILL)
        other.wait(20)
    Store.open(folder).close()


def test_refused_store_gives_the_folder_back(closed: Path) -> None:
    content = closed.read_bytes()
    closed.write_bytes(b"not a database at all" * 1000)
    refusal(closed.parent)
    refusal(closed.parent)
    closed.write_bytes(content)
    Store.open(closed.parent).close()


def test_newer_schema_is_refused(closed: Path) -> None:
    with sqlite3.connect(closed) as other:
        other.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    other.close()
    assert "newer tornchat" in refusal(closed.parent)


def test_models_fit_the_migrated_schema(closed: Path) -> None:
    database = connections.plain(closed)
    with database.connection_context():
        for model in (Room, LogEntry, Reaction, ReadPosition, Token, Binding, Ban):
            columns = [column.name for column in database.get_columns(model._meta.table_name)]
            assert columns == [field.column_name for field in model._meta.sorted_fields]
            nullable = {c.name for c in database.get_columns(model._meta.table_name) if c.null}
            assert nullable == {f.column_name for f in model._meta.sorted_fields if f.null}
    assert Row._fields == tuple(field.name for field in LogEntry._meta.sorted_fields)


def test_interrupted_migration_leaves_the_version_before(closed: Path, monkeypatch) -> None:
    from tornchat.store import migrations

    steps = (*MIGRATIONS, ("CREATE TABLE more (id INTEGER)", "THIS IS NO SQL"))
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    refusal(closed.parent)
    monkeypatch.undo()
    store = Store.open(closed.parent)
    assert store.rooms()[1].last == 300
    store.close()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: b"not a database at all, sorry. " * 500, "not a database"),
        (lambda data: b"", "empty file"),
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: data[:50], "damaged"),
        (lambda data: data[:8192] + os.urandom(4096) + data[12288:], "damaged"),
    ],
    ids=["other", "empty", "truncated", "stub", "page"],
)
def test_damaged_file_is_refused_and_left_alone(closed: Path, spoil, words: str) -> None:
    data = spoil(closed.read_bytes())
    closed.write_bytes(data)
    line = refusal(closed.parent)
    assert words in line
    assert str(closed) in line
    assert closed.read_bytes() == data


def test_foreign_database_is_refused(closed: Path) -> None:
    closed.unlink()
    with sqlite3.connect(closed) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
    other.close()
    assert "not a database of tornchat" in refusal(closed.parent)


def test_flipped_bit_in_a_text_is_found_at_the_start(closed: Path) -> None:
    data = bytearray(closed.read_bytes())
    place = data.index(b"a line of the chat, number 250")
    data[place] ^= 1
    closed.write_bytes(data)
    assert "room lobby seq 251 does not match its checksum" in refusal(closed.parent)


@pytest.mark.parametrize("change", ["next_seq = 250", "next_seq = 400", "first = 10"])
def test_room_that_does_not_fit_its_log_is_refused(closed: Path, change: str) -> None:
    with sqlite3.connect(closed) as other:
        other.execute(f"UPDATE room SET {change} WHERE name = 'lobby'")
    other.close()
    assert "room lobby should hold" in refusal(closed.parent)


def test_read_only_file_is_refused_at_the_start(immutable: Path) -> None:
    assert "cannot be written to" in refusal(immutable.parent)


def test_lost_database_is_not_made_anew(closed: Path) -> None:
    closed.unlink()
    line = refusal(closed.parent)
    assert "is missing" in line
    assert not closed.exists()


def test_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "Not a directory" in refusal(tmp_path / "file" / "data")


def test_background_check_finds_old_damage(closed: Path, caplog) -> None:
    with sqlite3.connect(closed) as other:
        other.execute("UPDATE entry SET text = 'x' WHERE seq = 3")
    other.close()
    caplog.set_level(logging.ERROR)
    found = []
    from tornchat.store.check import BackgroundCheck

    check = BackgroundCheck(closed, pause=0)
    check.alarm = found.append
    check.start()
    assert check.done.wait(20)
    check.stop()
    assert found == check.damage == ["room lobby seq 3 does not match its checksum"]
    assert "seq 3" in caplog.text


def test_background_check_of_a_sound_store_finds_nothing(chat: Chat) -> None:
    chat.fill(20)
    chat.store.check._pause = 0
    chat.store.start_check()
    assert chat.store.check.done.wait(20)
    assert chat.store.check.damage == []


def test_log_is_replayed_after_a_copy_of_the_live_files(
    folder: Path, open_chat: Callable[..., Chat], tmp_path: Path
) -> None:
    chat = open_chat()
    chat.fill(50)
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    for name in (connections.NAME, connections.NAME + "-wal"):
        shutil.copy(folder / name, copy / name)
    other = Chat(copy)
    assert other.seqs() == list(range(1, 51))
    other.close()


def test_entries_are_what_the_wire_would_carry(chat: Chat) -> None:
    from tornchat import protocol

    chat.write("hello", data=b'{"a":[1,2]}')
    (entry,) = chat.log().entries
    assert isinstance(entry, Message)
    assert json.loads(protocol.encode(entry))["data"] == {"a": [1, 2]}


@pytest.mark.slow
def test_start_is_fast_with_many_rows(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.fill(100_000)
    chat.close()
    started = time.monotonic()
    chat = open_chat()
    assert chat.write() == 100_001
    assert time.monotonic() - started < 3
