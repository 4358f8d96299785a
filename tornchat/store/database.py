"""Connections to the database file: the settings each must have, and whether the file is in place.

It knows nothing of rooms or entries. Exactly one connection writes and checkpoints (Debian 12's
SQLite loses data when two do); all others are `query_only`. No connection ever creates a file.
"""

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from peewee import Database, SqliteDatabase

from tornchat.errors import StorageRefused
from tornchat.store.sql import pragma

NAME: Final = "tornchat.db"
BUSY_TIMEOUT: Final = 2.0
WAL_LIMIT: Final = 64 * 1024 * 1024

_WRITER: Final = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "wal_autocheckpoint": 1000,
    "journal_size_limit": WAL_LIMIT,
    "cache_size": -8192,
    "temp_store": 2,
}
# wal_autocheckpoint 0: a reader must never checkpoint.
_READER: Final = {"query_only": 1, "wal_autocheckpoint": 0, "cache_size": -4096, "temp_store": 2}
_PROMISED: Final = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def writer(path: Path) -> Database:
    """Return the database for the one connection that writes; not connected yet."""
    return _database(path, _WRITER, "IMMEDIATE")


def reader(path: Path) -> Database:
    """Return the database for connections that only read; not connected yet."""
    return _database(path, _READER, None)


def plain(path: Path) -> Database:
    """Return the database without settings of ours, to look into or copy a file."""
    return _database(path, {"wal_autocheckpoint": 0}, "IMMEDIATE")


def verify_settings(database: Database) -> None:
    """Read back what durability and deletion rest on; refuse a connection that lacks it."""
    for name, wanted in _PROMISED.items():
        found = pragma(database, name)
        if found != wanted:
            raise StorageRefused(
                f"{database.database}: SQLite did not accept {name} = {wanted} (it says {found}); "
                "is the data folder on a network file system?"
            )


def _database(path: Path, pragmas: dict[str, Any], lock_type: str | None) -> Database:
    # mode=rw: open, never create. A missing file must stay missing.
    return SqliteDatabase(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        pragmas=pragmas,
        timeout=BUSY_TIMEOUT,
        lock_type=lock_type,
        autoconnect=False,
    )


class FileWatch:
    """Notices that the files of an open database were removed or replaced under it.

    SQLite goes on writing into a removed file without a word, and everything written is lost at
    the next start. The write-ahead log and its index count as much as the database itself.
    `wal_size` is the log's size in bytes at the last look.
    """

    def __init__(self, path: Path) -> None:
        self._paths = tuple(os.fspath(path) + suffix for suffix in ("", "-wal", "-shm"))
        self._known: tuple[tuple[int, int] | None, ...] = ()
        self.wal_size = 0

    def start(self) -> str | None:
        """Remember the files as they are now; call it once a connection is in use.

        Called again it says what is wrong where the database itself is not the one it was.
        """
        found = tuple(self._identity(path) for path in self._paths)
        if self._known and found[0] != self._known[0]:
            return self.problem()
        self._known = found
        return None

    def problem(self) -> str | None:
        """Return what happened to the files, or None while all are in place."""
        for path, known in zip(self._paths, self._known, strict=True):
            found = self._identity(path)
            if found != known:
                return f"{path} was {'removed' if found is None else 'replaced'} while in use"
        return None

    def _identity(self, path: str) -> tuple[int, int] | None:
        try:
            found = os.stat(path)  # noqa: PTH116 - on the writer's hot path
        except OSError:
            return None
        if path is self._paths[1]:
            self.wal_size = found.st_size
        return found.st_dev, found.st_ino
