import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.kit import Chat, count, do, make_version_1
from tornchat.store import Store, restore
from tornchat.store.database import NAME
from tornchat.store.inspect import stored_rooms
from tornchat.store.migrations import MIGRATIONS
from tornchat.store.records import RoomRecord
from tornchat.store.rooms import update_room

OLD_TABLES = ("entry", "reaction", "read_position")


@pytest.fixture
def old(folder: Path) -> Path:
    make_version_1(folder)
    return folder


def dump(folder: Path) -> dict[str, list[Any]]:
    """All that a version-1 database holds, read without our code."""
    with closing(sqlite3.connect(folder / NAME)) as database:
        found = {t: database.execute(f"SELECT * FROM {t}").fetchall() for t in OLD_TABLES}
        room = database.execute("SELECT * FROM room ORDER BY id").fetchall()
        return found | {"room": [row[:13] for row in room]}


def version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / NAME)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def schema(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / NAME)) as database:
        return {row[0] for row in database.execute("SELECT sql FROM sqlite_master") if row[0]}


def test_database_of_the_first_release_keeps_every_row(old: Path) -> None:
    before = dump(old)
    assert {table: len(rows) for table, rows in before.items()} == {
        "room": 2, "entry": 10, "reaction": 1, "read_position": 1,
    }  # fmt: skip
    Store.open(old).close()
    assert version(old) == len(MIGRATIONS)
    assert dump(old) == before


def test_database_of_the_first_release_is_used_on(old: Path, open_chat) -> None:
    chat: Chat = open_chat()
    lobby, tea = (room for room in chat.store.rooms() if room.name != "garden")
    assert lobby == RoomRecord(
        "lobby", "The lobby", "topic", "private", False, "epoch-lobby", 1, 5, 11, 12, 13, None
    )
    assert tea.epoch == "epoch-tea"
    assert (chat.store.tokens(), chat.store.bindings(), chat.store.bans()) == ([], [], [])
    assert chat.write() == 6
    assert [entry.text for entry in chat.log().entries][:2] == ["text 1", "text 2"]
    assert chat.read(chat.store.history.read_position("lobby", "p-bob")) == 4
    assert count(chat, "room", "name = 'garden' AND id > 8") == 1


def test_database_of_version_3_is_used_on_with_rooms_that_list_no_origins(
    folder: Path, open_chat: Callable[..., Chat]
) -> None:
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as database:
        for step in MIGRATIONS[:3]:
            for statement in step:
                database.execute(statement)
        database.execute("PRAGMA user_version = 3")
        database.execute(
            "INSERT INTO room (name, title, topic, access, guests, epoch, first, next_seq, created,"
            " last_time, sites, rotated, removed, words, version) VALUES ('den', 'Den', '', "
            "'public', 1, 'e', 1, 1, 5, 5, 'shop blog', 0, 0, 'darn', 7)"
        )
    (folder / NAME).chmod(0o600)
    chat = open_chat()
    den = next(room for room in chat.store.rooms() if room.name == "den")
    assert (den.origins, den.sites, den.words, den.version) == ((), ("shop", "blog"), ("darn",), 7)
    assert version(folder) == len(MIGRATIONS)
    changed = do(chat, update_room, "den", origins=("https://a.example",))
    assert (changed.origins, changed.words, changed.version) == (
        ("https://a.example",),
        ("darn",),
        8,
    )
    assert chat.write(room="den") == 1


def test_upgraded_schema_is_that_of_a_new_database(old: Path, tmp_path: Path) -> None:
    Store.open(old).close()
    Store.open(tmp_path / "new").close()
    assert schema(old) == schema(tmp_path / "new")


def test_second_open_changes_nothing(old: Path) -> None:
    Store.open(old).close()
    before = (old / NAME).read_bytes()
    Store.open(old).close()
    assert (old / NAME).read_bytes()[100:] == before[100:]


def test_backup_of_the_first_release_is_restored(old: Path, tmp_path: Path) -> None:
    (old / NAME).rename(tmp_path / "backup.db")
    shutil.rmtree(old)
    restored = restore(old, tmp_path / "backup.db")
    assert (restored.kept, restored.active, restored.revoked) == (None, 0, None)
    assert version(old) == len(MIGRATIONS)
    assert len(dump(old)["entry"]) == 10


def test_rooms_of_an_older_schema_are_not_compared_yet(old: Path) -> None:
    assert stored_rooms(old) is None
    Store.open(old).close()
    assert [room.name for room in stored_rooms(old) or ()] == ["lobby", "tea"]


@pytest.mark.slow
def test_migration_survives_a_kill_before_any_of_its_statements(
    old: Path, tmp_path: Path, open_chat: Callable[..., Chat]
) -> None:
    before = dump(old)
    shutil.copytree(old, tmp_path / "original")
    versions = []
    for number in range(100):
        shutil.rmtree(old)
        shutil.copytree(tmp_path / "original", old)
        command = [sys.executable, "-m", "tests.store.killed", "open", old, str(number)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=30)
        versions.append(version(old))
        assert dump(old) == before
        Store.open(old).close()
        assert dump(old) == before
        assert version(old) == len(MIGRATIONS)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert done.returncode == 0
    assert versions == sorted(versions)
    assert versions.count(1) > len(MIGRATIONS[1])
    assert open_chat().write() == 6
