"""Backup and restore of a whole data folder; plain functions that block, for the command line.

A backup is one file that needs nothing beside it. A restore gives every room a new epoch, so that
no client takes seqs of the restored log for those it had seen, and does not bring back to life what
the database before it knows to be revoked.
"""

import logging
import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from peewee import Database

from tornchat.errors import StorageRefused
from tornchat.store import database as connections
from tornchat.store.check import Tell, check_all, refused, silent
from tornchat.store.faults import DATABASE_ERRORS
from tornchat.store.folder import NEW_SUFFIX, DataFolder, remove_database, sync
from tornchat.store.migrations import APPLICATION_ID, migrate
from tornchat.store.revocation import (
    Revocations,
    apply_revocations,
    count_active,
    read_revocations,
)
from tornchat.store.rooms import renew_epochs
from tornchat.store.sql import raw, run

logger = logging.getLogger(__name__)

_PARTS: Final = ("", "-wal", "-shm")
_OPERATIONS: Final = 20_000
"""Of SQLite between two looks at how far a copy has come."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done.

    `kept`: where the database before it is, if there was one. `active`: the invites and keys of the
    backup that are valid now. `revoked`: those that were valid in the backup, but revoked in the
    database before it, and stay so; None where that could not be read, so that nothing is known of
    what was revoked since the backup was made.
    """

    kept: Path | None
    active: int
    revoked: int | None


def backup(data_dir: Path, target: Path, tell: Tell = silent) -> int:
    """Write a consistent copy of the database to `target`, mode 0600; return its entry count.

    Works while the server runs, and does not hold it up. The copy is checked, page by page and row
    by row, before it takes its name; an earlier backup of that name is replaced then, any other
    file is left alone. `tell` hears how far it is. Raises StorageRefused with one clear line.
    """
    source = data_dir.absolute() / connections.NAME
    target = target.absolute()
    if not source.exists():
        raise StorageRefused(f"{source}: there is no database to back up")
    _refuse_unsafe_target(source, target)
    new = Path(f"{target}{NEW_SUFFIX}")
    try:
        remove_database(new)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(source, new, tell)
        sync(new)
        count = _check_copy(new, tell)
        new.rename(target)
        sync(target.parent)
    except OSError as error:
        raise StorageRefused(f"{target}: {error.strerror}") from error
    finally:
        remove_database(new)
    return count


def restore(data_dir: Path, source: Path, tell: Tell = silent) -> Restored:
    """Put the backup `source` in the place of the database; say what became of what was there.

    The server must not run. The backup is copied and checked first; the old database, if there is
    one, stays in the folder under another name; every room gets a new epoch; what was revoked or
    rotated in the old database stays so. `tell` hears how far it is. Raises StorageRefused with one
    clear line, and then nothing has changed.
    """
    source = source.absolute()
    if not source.is_file():
        raise StorageRefused(f"{source}: there is no such backup")
    if not _is_ours(source):
        raise StorageRefused(f"{source}: is not a backup of tornchat")
    folder = DataFolder(data_dir)
    folder.open()
    new = Path(f"{folder.database}{NEW_SUFFIX}")
    try:
        remove_database(new)
        active, revoked = _take_in(source, new, read_revocations(folder.database), tell)
        kept = _set_aside(folder.database)
        new.rename(folder.database)
        sync(folder.path)
        folder.remember_database()
    except OSError as error:
        raise StorageRefused(f"{folder.path}: {error.strerror}") from error
    finally:
        remove_database(new)
        folder.close()
    return Restored(kept, active, revoked)


def _refuse_unsafe_target(source: Path, target: Path) -> None:
    if target.is_dir():
        raise StorageRefused(f"{target}: is a folder, expected the name of a file")
    if not target.exists():
        return
    if target.samefile(source) or not _is_ours(target):
        raise StorageRefused(f"{target}: exists and is not an earlier backup; choose another name")


def _is_ours(path: Path) -> bool:
    # Bytes 68 to 71 of a SQLite file are its application id (SQLite file format, §1.3).
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise StorageRefused(f"{path}: {error.strerror}") from error
    mark = APPLICATION_ID.to_bytes(4, "big")
    return header[:16] == b"SQLite format 3\0" and header[68:72] == mark


def _copy(source: Path, new: Path, tell: Tell) -> None:
    database, whole = connections.plain(source), max(1, source.stat().st_size)

    def look() -> None:
        tell("copying", min(1.0, new.stat().st_size / whole))

    try:
        with database.connection_context():
            raw(database).set_progress_handler(look, _OPERATIONS)
            run(database, "VACUUM INTO ?", (str(new),))
    except DATABASE_ERRORS as error:
        raise refused(error, source) from error


def _check_copy(path: Path, tell: Tell) -> int:
    database = connections.plain(path)
    try:
        with database.connection_context():
            return check_all(database, path, tell)
    except DATABASE_ERRORS as error:
        raise refused(error, path) from error


def _take_in(
    source: Path, new: Path, known: Revocations | None, tell: Tell
) -> tuple[int, int | None]:
    """Make a checked database with new epochs of a backup, or of a copy of the live files."""
    for suffix in _PARTS[:2]:
        part = Path(f"{source}{suffix}")
        if part.exists():
            handle = os.open(f"{new}{suffix}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with part.open("rb") as theirs, os.fdopen(handle, "wb") as ours:
                shutil.copyfileobj(theirs, ours)
    database = connections.plain(new)
    try:
        with database.connection_context():
            tokens = _renew(database, new, known, tell)
    except DATABASE_ERRORS as error:
        raise StorageRefused(str(refused(error, new)).replace(str(new), str(source))) from error
    except StorageRefused as error:
        raise StorageRefused(str(error).replace(str(new), str(source))) from error
    sync(new)
    return tokens


def _renew(
    database: Database, new: Path, known: Revocations | None, tell: Tell
) -> tuple[int, int | None]:
    run(database, "PRAGMA synchronous = FULL")
    migrate(database)
    check_all(database, new, tell)
    with database.atomic():
        renew_epochs(database)
        now = int(time.time() * 1000)
        before = active = count_active(database, now)
        if known is not None:
            apply_revocations(database, known)
            active = count_active(database, now)
    # Leaves one file without a log beside it.
    run(database, "PRAGMA journal_mode = DELETE").fetchone()
    return active, None if known is None else before - active


def _set_aside(database: Path) -> Path | None:
    """Move the old database away, the log that belongs to it as well.

    The database goes first: a kill in between leaves a folder without one, and no start makes a
    new one there; a new database beside an old log would be ruined by it.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = database.with_name(f"{database.name}.before-restore-{stamp}")
    found = False
    for suffix in _PARTS:
        part = Path(f"{database}{suffix}")
        if part.exists():
            part.rename(f"{kept}{suffix}")
            found = found or not suffix
    sync(database.parent)
    return kept if found else None
