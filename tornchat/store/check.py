"""Is the database what was once written? Short at the start, thorough in the background.

Only reads. SQLite's own check finds broken pages; the checksums of rows find what it does not see.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from peewee import Database, fn

from tornchat.errors import StorageRefused
from tornchat.store import database as connections
from tornchat.store.faults import DATABASE_ERRORS, DatabaseError, Fault, classify, describe
from tornchat.store.fetch import fetch_rows
from tornchat.store.migrations import APPLICATION_ID
from tornchat.store.models import LogEntry, Room
from tornchat.store.rows import Row, is_sound
from tornchat.store.sql import fetch, pragma, raw
from tornchat.store.statements import COLUMNS

logger = logging.getLogger(__name__)

QUICK_CHECK_SIZE: Final = 48 * 1024 * 1024
"""SQLite checks some 150 MB a second or more; a larger file is checked while the server runs."""
ROWS_BUDGET: Final = 0.7
_STEP: Final = 500
_RESTORE: Final = "stop the server and restore a backup"


Tell = Callable[[str, float], None]
"""Hears what is being done, and how much of it is done (0 … 1)."""


def silent(_what: str, _share: float) -> None:
    """Tell nobody."""


def check_start(database: Database, path: Path, *, budget: float = ROWS_BUDGET) -> None:
    """Check what fits into about a second. Raises StorageRefused with what was found.

    Pages: all, where the file is small. Rooms: that each log ends where its room says. Rows: the
    newest ones of each room, the busiest rooms first, for `budget` seconds.
    """
    try:
        _check_identity(database, path)
        if path.stat().st_size <= QUICK_CHECK_SIZE:
            _check_pages(database, path, "quick_check")
        for problem in _room_problems(database):
            raise StorageRefused(f"{path}: damaged: {problem}: {_RESTORE}")
        damaged = _newest_damaged(database, time.monotonic() + budget)
    except DATABASE_ERRORS as error:
        raise refused(error, path) from error
    if damaged:
        raise StorageRefused(f"{path}: damaged: {damaged}: {_RESTORE}")


def check_all(database: Database, path: Path, tell: Tell = silent) -> int:
    """Check every page and every row; return the number of rows. Raises StorageRefused."""
    count = 0
    try:
        _check_identity(database, path)
        _check_pages(database, path, "integrity_check")
        for problem in _room_problems(database):
            raise StorageRefused(f"{path}: damaged: {problem}: {_RESTORE}")
        rooms = _rooms(database)
        whole = max(1, sum(room.next_seq - room.first for room in rooms))
        for room in rooms:
            for size in _check_room(database, path, room):
                count += size
                tell("checking", count / whole)
        return count
    except DATABASE_ERRORS as error:
        raise refused(error, path) from error


def refused(error: DatabaseError, path: Path) -> StorageRefused:
    """Say in one line why a database cannot be used."""
    fault = classify(error, path.parent)
    if fault is Fault.DAMAGED:
        return StorageRefused(f"{path}: damaged ({describe(error)}): {_RESTORE}")
    return StorageRefused(f"{path}: {fault.value} ({describe(error)})")


class BackgroundCheck:
    """Checks the whole database slowly, on a thread and a connection of its own.

    `start` begins, `stop` ends it at any moment. `damage` holds what was found, and `alarm` was
    called with it; nothing else is done about it: the rows themselves refuse to be read.
    """

    def __init__(self, path: Path, *, pause: float = 0.05) -> None:
        self.damage: list[str] = []
        self.alarm: Callable[[str], None] | None = None
        self.done = threading.Event()
        self._path = path
        self._pause = pause
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, without waiting for anything."""
        self._thread = threading.Thread(target=self._run, name="tornchat-check", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within a moment, finished or not."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        database = connections.reader(self._path)
        try:
            with database.connection_context():
                for room in _rooms(database):
                    self._check_room(database, room)
                if not self._stopped.is_set():
                    self._check_pages(database)
        except DATABASE_ERRORS as error:
            if classify(error, self._path.parent) is Fault.DAMAGED:
                self._found(describe(error))
            else:
                logger.warning("the background check ended early: %s", describe(error))
        finally:
            self.done.set()

    def _check_room(self, database: Database, room: "_Bounds") -> None:
        after = 0
        while not self._stopped.wait(self._pause):
            rows = _page(database, room.id, after)
            for row in rows:
                if not is_sound(row):
                    self._found(f"room {room.name} seq {row.seq} does not match its checksum")
            if len(rows) < _STEP:
                return
            after = rows[-1].seq

    def _check_pages(self, database: Database) -> None:
        connection = raw(database)
        # The check of a large file takes seconds; a stop must not wait for it.
        connection.set_progress_handler(self._stopped.is_set, 10_000)
        try:
            _check_pages(database, self._path, "quick_check")
        except StorageRefused as error:
            self._found(str(error))
        except DATABASE_ERRORS:
            if not self._stopped.is_set():
                raise

    def _found(self, problem: str) -> None:
        logger.error("the database is damaged: %s", problem)
        self.damage.append(problem)
        if self.alarm is not None:
            self.alarm(problem)


class _Bounds(NamedTuple):
    id: int
    name: str
    first: int
    next_seq: int


def _rooms(database: Database) -> list[_Bounds]:
    query = Room.select(Room.id, Room.name, Room.first, Room.next_seq)
    found = fetch(database, query.order_by(Room.last_time.desc()))
    return [_Bounds._make(row) for row in found]


def _check_identity(database: Database, path: Path) -> None:
    found = pragma(database, "application_id")
    if found != APPLICATION_ID:
        raise StorageRefused(f"{path}: not a database of tornchat")


def _check_pages(database: Database, path: Path, check: str) -> None:
    found = pragma(database, f"{check}(1)")
    if found != "ok":
        raise StorageRefused(f"{path}: damaged ({found.splitlines()[-1]}): {_RESTORE}")


def _room_problems(database: Database) -> list[str]:
    """Compare each room's bounds with its log: no seq may be missing at the ends or come twice."""
    ends = (
        LogEntry.select(fn.MIN(LogEntry.seq)).where(LogEntry.room_id == Room.id),
        LogEntry.select(fn.MAX(LogEntry.seq)).where(LogEntry.room_id == Room.id),
    )
    query = Room.select(Room.name, Room.first, Room.next_seq, *ends)
    return [
        f"room {name} should hold {first} to {next_seq - 1}, but holds {low} to {high}"
        for name, first, next_seq, low, high in fetch(database, query)
        if (low or first, high or first - 1) != (first, next_seq - 1)
    ]


def _newest_damaged(database: Database, deadline: float) -> str | None:
    for room in _rooms(database):
        before = room.next_seq
        while before > room.first and time.monotonic() < deadline:
            rows = _page_before(database, room.id, before)
            for row in rows:
                if not is_sound(row):
                    return f"room {room.name} seq {row.seq} does not match its checksum"
            before = before - _STEP
    return None


def _check_room(database: Database, path: Path, room: _Bounds) -> Iterator[int]:
    """Yield how many rows each step has checked. Raises StorageRefused."""
    count, after = 0, 0
    while rows := _page(database, room.id, after):
        for row in rows:
            if not is_sound(row):
                raise StorageRefused(
                    f"{path}: damaged: room {room.name} seq {row.seq} does not match its checksum"
                )
        count, after = count + len(rows), rows[-1].seq
        yield len(rows)
    if count != room.next_seq - room.first:
        raise StorageRefused(f"{path}: damaged: room {room.name} lacks entries: {_RESTORE}")


def _page(database: Database, room_id: int, after: int) -> list[Row]:
    query = LogEntry.select(*COLUMNS).where((LogEntry.room_id == room_id) & (LogEntry.seq > after))
    return fetch_rows(database, query.order_by(LogEntry.seq).limit(_STEP))


def _page_before(database: Database, room_id: int, before: int) -> list[Row]:
    query = LogEntry.select(*COLUMNS).where(
        (LogEntry.room_id == room_id) & (LogEntry.seq < before) & (LogEntry.seq >= before - _STEP)
    )
    return fetch_rows(database, query)
