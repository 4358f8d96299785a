"""The store as the rest of the program sees it: opened once, closed once, all hangs on it."""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from peewee import Database

from tornchat.store import database as connections
from tornchat.store.backup import backup as write_backup
from tornchat.store.bans import read_bans
from tornchat.store.check import BackgroundCheck, Tell, check_start, refused, silent
from tornchat.store.faults import DATABASE_ERRORS
from tornchat.store.folder import DataFolder
from tornchat.store.history import History
from tornchat.store.journal import Journal
from tornchat.store.migrations import migrate, schema_version
from tornchat.store.readers import Readers
from tornchat.store.records import BanRecord, BindingRecord, RoomRecord, RoomSpec, TokenRecord
from tornchat.store.rooms import create_rooms, read_rooms
from tornchat.store.search import Search
from tornchat.store.sql import run
from tornchat.store.tails import Tails
from tornchat.store.tokens import read_bindings, read_tokens
from tornchat.store.visits import Visits
from tornchat.store.writer import Writer

logger = logging.getLogger(__name__)
T = TypeVar("T")

TAIL_MEMORY: Final = 64 * 1024 * 1024
_FIXED_SQLITE: Final = (3, 51, 3)


class Store:
    """All that is kept on disk, and the tail of it in memory.

    Life: `Store.open(folder)`, `ensure_rooms`, `journal.start(report)`, …, `close()`. Opening
    takes the folder's lock, checks the database and brings its schema up to date; it raises
    StorageRefused with one clear line rather than begin anew where something is wrong. `check`
    goes on checking in the background once `start_check` was called.
    """

    def __init__(
        self,
        folder: DataFolder,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        tail_memory: int,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._readers = Readers(folder.database)
        self.journal = Journal(Writer(folder.database), clock=clock, monotonic=monotonic)
        self.history = History(self._readers, self.journal)
        self.search = Search(self._readers, self.journal)
        self.visits = Visits(self._readers)
        self.tails = Tails(tail_memory)
        self.check = BackgroundCheck(folder.database)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        tail_memory: int = TAIL_MEMORY,
        patience: float = 0.0,
    ) -> "Store":
        """Open the store in a data folder, which is made if it is missing.

        Raises FolderInUse where another process still holds it after `patience` seconds.
        """
        folder = DataFolder(data_dir)
        folder.open(patience=patience)
        try:
            folder.ensure_database()
            _prepare(folder.database)
        except BaseException:
            folder.close()
            raise
        if sqlite3.sqlite_version_info < _FIXED_SQLITE:
            logger.info(
                "SQLite %s: let no other program write to the database while the server runs",
                sqlite3.sqlite_version,
            )
        return cls(folder, clock=clock, monotonic=monotonic, tail_memory=tail_memory)

    def rooms(self) -> list[RoomRecord]:
        """Return all rooms by name. Blocks: meant for the start."""
        with self._connected(connections.reader(self._folder.database)) as database:
            return read_rooms(database)

    def tokens(self) -> list[TokenRecord]:
        """Return all invites and keys, revoked ones too. Blocks: meant for the start."""
        with self._connected(connections.reader(self._folder.database)) as database:
            return read_tokens(database)

    def bindings(self) -> list[BindingRecord]:
        """Return whom valid invites have let in where. Blocks: meant for the start."""
        with self._connected(connections.reader(self._folder.database)) as database:
            return read_bindings(database)

    def bans(self, after: int | None = None) -> list[BanRecord]:
        """Return the bans that end after `after` (UTC ms; None: now). Blocks: for the start."""
        moment = int(self._clock() * 1000) if after is None else after
        with self._connected(connections.reader(self._folder.database)) as database:
            return read_bans(database, moment)

    async def read(self, work: Callable[[Database], T]) -> T:
        """Run `work(database)` off the loop, in one snapshot, and return its result.

        Raises Overloaded when too many reads wait, StorageUnavailable where the database cannot
        be read, and whatever `work` raises.
        """
        return await self._readers.run(work)

    def found(self, work: Callable[[Database], T]) -> T:
        """Return what `work` reads. Blocks: meant for the start."""
        with self._connected(connections.reader(self._folder.database)) as database:
            return work(database)

    def ensure_rooms(self, rooms: Iterable[RoomSpec | tuple[Any, ...]]) -> None:
        """Create those rooms that do not exist yet; the others stay as they are.

        Blocks: meant for the start. Each is a `RoomSpec` or a tuple like it.
        """
        specs = [RoomSpec(*room) for room in rooms]
        now = int(self._clock() * 1000)
        if self.journal.running:
            self.journal.call(lambda database: create_rooms(database, specs, now)).result()
            return
        writer = connections.writer(self._folder.database)
        with self._connected(writer) as database, database.atomic():
            create_rooms(database, specs, now)

    def start_check(self) -> None:
        """Begin to check the whole database slowly in the background."""
        self.check.start()

    def backup(self, target: Path, tell: Tell = silent) -> None:
        """Write a consistent, checked copy while everything goes on. Blocks: run it in a thread.

        `tell` hears how far it is; what it raises ends the work. Raises StorageRefused.
        """
        write_backup(self._folder.path, target, tell)

    def close(self) -> None:
        """Commit what waits, end all threads, close all files, give the folder back."""
        self.check.stop()
        self.journal.stop()
        self._readers.stop()
        self._folder.close()

    @contextlib.contextmanager
    def _connected(self, database: Database) -> Iterator[Database]:
        try:
            with database.connection_context():
                yield database
        except DATABASE_ERRORS as error:
            raise refused(error, self._folder.database) from error


def _prepare(path: Path) -> None:
    """Check the database and bring its schema up to date, before anything relies on it."""
    database = connections.writer(path)
    try:
        with database.connection_context():
            connections.verify_settings(database)
            check_start(database, path)
            migrate(database)
            with database.atomic():
                # A read-only file opens without a word: find out now.
                run(database, f"PRAGMA user_version = {schema_version(database)}")
    except DATABASE_ERRORS as error:
        raise refused(error, path) from error
