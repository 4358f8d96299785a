"""The data folder: made, locked, and never given a new database in place of a missing one."""

import fcntl
import logging
import os
import time
from pathlib import Path
from typing import Final

from tornchat.errors import StorageRefused
from tornchat.store import database as connections
from tornchat.store.faults import DATABASE_ERRORS, describe
from tornchat.store.migrations import migrate

logger = logging.getLogger(__name__)

LOCK_NAME: Final = "lock"
NEW_SUFFIX: Final = ".new"
_MARK: Final = "database made\n"
_LOOK_SECONDS: Final = 0.02


class FolderInUse(StorageRefused):
    """Another process holds the data folder."""


class DataFolder:
    """A data folder held by this process from `open` to `close`.

    The lock is the kernel's (`flock`): it ends with the process however that ends. The lock file
    also remembers that a database was made here once, so that a lost one is noticed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.database = self.path / connections.NAME
        self._lock: int | None = None

    def open(self, *, patience: float = 0.0) -> None:
        """Make the folder if it is missing, and take the lock.

        Raises FolderInUse where another process still holds it after `patience` seconds, and
        StorageRefused where the folder cannot be used.
        """
        try:
            self._make()
            lock = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageRefused(f"data folder {self.path}: {error.strerror}") from error
        until = time.monotonic() + patience
        while not _taken(lock):
            if time.monotonic() >= until:
                os.close(lock)
                raise FolderInUse(
                    f"data folder {self.path}: another tornchat is using it; stop that one first, "
                    "or give this one its own data_dir"
                )
            time.sleep(_LOOK_SECONDS)
        self._lock = lock

    def close(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def ensure_database(self) -> None:
        """Make the database where there never was one. Raises StorageRefused where it is gone."""
        if not self.database.exists():
            self._refuse_if_lost()
            create_database(self.database)
            logger.info("made a new database: %s", self.database)
        elif self.database.stat().st_size == 0:
            raise StorageRefused(f"{self.database}: damaged (empty file): restore a backup")
        self.remember_database()

    def remember_database(self) -> None:
        """Note in the lock file that this folder has a database."""
        if self._lock is not None and not self._is_remembered():
            os.pwrite(self._lock, _MARK.encode(), 0)
            os.fsync(self._lock)

    def _make(self) -> None:
        if self.path.is_dir():
            mode = self.path.stat().st_mode & 0o077
            if mode:
                logger.warning("data folder %s is open to other users: chmod 700 it", self.path)
            return
        self.path.mkdir(mode=0o700, parents=True)

    def _is_remembered(self) -> bool:
        return self._lock is not None and os.pread(self._lock, 64, 0).startswith(_MARK.encode())

    def _refuse_if_lost(self) -> None:
        log = Path(f"{self.database}-wal")
        if self._is_remembered() or log.exists():
            raise StorageRefused(
                f"{self.database} is missing although a database was made here: put it back "
                "(together with its -wal file) or restore a backup; to begin anew, empty the folder"
            )


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def create_database(path: Path) -> None:
    """Make an empty database with our schema, 0600; it appears whole or not at all."""
    new = Path(f"{path}{NEW_SUFFIX}")
    remove_database(new)
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        database = connections.plain(new)
        with database.connection_context():
            migrate(database)
        sync(new)
        new.rename(path)
        sync(path.parent)
    except OSError as error:
        raise StorageRefused(f"{path}: cannot be made: {error.strerror}") from error
    except DATABASE_ERRORS as error:
        raise StorageRefused(f"{path}: cannot be made: {describe(error)}") from error


def remove_database(path: Path) -> None:
    """Remove a database file of no use with all that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
