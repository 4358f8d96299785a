"""What SQLite's errors mean for us: the one place that knows their codes."""

import os
import sqlite3
from enum import Enum
from pathlib import Path
from typing import Final

import peewee

from tornchat.errors import ChatError, StorageFull, StorageUnavailable

_SCARCE: Final = 1024 * 1024
"""Below this many free bytes a failed write is taken for a full disk (some file systems answer a
full disk, or a full quota, by a plain I/O error)."""


class Fault(Enum):
    """What went wrong, by what has to be done about it."""

    BUSY = "another process holds the database"
    FULL = "the disk is full"
    READONLY = "the database cannot be written to"
    DAMAGED = "the database is damaged"
    BROKEN = "the disk fails"
    MOVED = "the database file is not in its place"
    UNKNOWN = "an unexpected database error"


ADVICE: Final = {
    Fault.BUSY: "another process holds the database: end it, writing goes on by itself",
    Fault.FULL: "the disk is full: free some space, writing goes on by itself",
    Fault.READONLY: "the database cannot be written to: check the permissions of the data folder "
    "and whether the disk is mounted read-only",
    Fault.DAMAGED: "the database is damaged, no more writes: stop the server and restore a backup",
    Fault.BROKEN: "the disk fails: the database is reopened until it works again",
    Fault.MOVED: "the database file is not in its place, no writes until it is: put it back, or "
    "stop the server and restore a backup",
    Fault.UNKNOWN: "an unexpected database error",
}
"""For the log and for `/ready`: what is wrong and what to do."""

DATABASE_ERRORS: Final = (peewee.PeeweeException, sqlite3.Error)
"""Peewee wraps what `execute` raises; fetching rows raises sqlite3's own errors."""

DatabaseError = peewee.PeeweeException | sqlite3.Error

_BY_CODE: Final = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READONLY,
    sqlite3.SQLITE_PERM: Fault.READONLY,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
    sqlite3.SQLITE_IOERR: Fault.BROKEN,
    sqlite3.SQLITE_CANTOPEN: Fault.BROKEN,
    sqlite3.SQLITE_PROTOCOL: Fault.BROKEN,
}


def classify(error: DatabaseError, folder: Path) -> Fault:
    """Return the kind of fault behind an error of peewee's."""
    code = getattr(original(error), "sqlite_errorcode", None)
    if code is None:
        return Fault.UNKNOWN
    fault = _BY_CODE.get(code & 0xFF, Fault.UNKNOWN)
    if fault is Fault.BROKEN and _is_scarce(folder):
        return Fault.FULL
    return fault


def must_reopen(error: DatabaseError) -> bool:
    """Say whether the connection is not to be trusted any more."""
    code = getattr(original(error), "sqlite_errorcode", 0) & 0xFF
    # READONLY as well: SQLite opens a file that is read-only for the moment without a word, and
    # such a connection never writes again.
    return _BY_CODE.get(code) in (Fault.BROKEN, Fault.READONLY)


def describe(error: DatabaseError) -> str:
    """Return SQLite's words and the name of its code, for the log."""
    cause = original(error)
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    return f"{name}: {cause}"


def original(error: DatabaseError) -> BaseException:
    """Return the error of `sqlite3`, which peewee may have wrapped."""
    if isinstance(error, sqlite3.Error):
        return error
    cause = error.args[0] if error.args else None
    if isinstance(cause, BaseException):
        return cause
    return error.__context__ or error


def refusal(fault: Fault) -> ChatError:
    """Return what the sender of a write is told."""
    if fault is Fault.FULL:
        return StorageFull("the disk is full: nothing was stored, try again later", retry_after=2.0)
    return StorageUnavailable(
        f"{fault.value}: whether this was stored is unknown, send it again", retry_after=2.0
    )


def _is_scarce(folder: Path) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _SCARCE
