"""The one connection that writes: transactions, retries and reopening; no queue, no thread.

Used on the journal's thread only.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from peewee import Database

from tornchat.errors import TornchatError
from tornchat.store import database as connections
from tornchat.store.faults import (
    DATABASE_ERRORS,
    DatabaseError,
    Fault,
    classify,
    describe,
    must_reopen,
)
from tornchat.store.ledger import Ledger
from tornchat.store.migrations import schema_version
from tornchat.store.sql import pragma, raw, run

logger = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_RETRIES: Final = 3


class WriteFailed(TornchatError):
    """A transaction did not report success; `fault` says why, the text is for the operator."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


class Writer:
    """Owns the writing connection from `open` to `close`.

    After a failure of the disk the connection is closed and nothing can be written until `open`
    succeeds again: what COMMIT did then is unknown, and it must not be tried twice on the same
    connection (a failed sync marks the pages as clean).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = connections.FileWatch(path)
        self._database: Database | None = None
        self._ledger: Ledger | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection; it can still fail."""
        return self._database is not None

    @property
    def wal_size(self) -> int:
        """Size of the write-ahead log in bytes, at the last transaction."""
        return self._watch.wal_size

    @property
    def ledger(self) -> Ledger:
        """The log, to be written inside `transact`."""
        if self._ledger is None:
            raise WriteFailed(Fault.BROKEN, "the database is closed")
        return self._ledger

    def open(self) -> None:
        """Connect, read the settings back, and prove by a small commit that writing works."""
        database = connections.writer(self._path)
        try:
            database.connect()
            connections.verify_settings(database)
            self._database, self._ledger = database, Ledger(database)
            if problem := self._watch.start():
                raise WriteFailed(Fault.MOVED, problem)
            self.probe()
        except DATABASE_ERRORS as error:
            self.close()
            raise self._failure(error) from error
        except TornchatError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        database, self._database, self._ledger = self._database, None, None
        if database is None:
            return
        try:
            database.close()
        except DATABASE_ERRORS as error:
            logger.warning("closing the database: %s", describe(error))

    def transact(self, work: Callable[[Database], T]) -> T:
        """Run `work` in one transaction, commit, and return what it returned.

        Raises WriteFailed where the database refused; any other error of `work`, a misuse of the
        database included, passes through after a rollback.
        """
        database = self._database
        if database is None:
            raise WriteFailed(Fault.BROKEN, "the database is closed")
        if problem := self._watch.problem():
            raise WriteFailed(Fault.MOVED, problem)
        try:
            self._begin(database)
            result = work(database)
            database.commit()
        except DATABASE_ERRORS as error:
            self._undo(database)
            failure = self._failure(error)
            if failure.fault is Fault.UNKNOWN:
                raise
            raise failure from error
        except BaseException:
            self._undo(database)
            raise
        return result

    def probe(self) -> None:
        """Commit something without meaning. Raises WriteFailed while nothing can be written."""

        def rewrite_version(database: Database) -> None:
            run(database, f"PRAGMA user_version = {schema_version(database)}")

        self.transact(rewrite_version)

    def settle(self) -> None:
        """Write anew what a failed sync may have left in the kernel's memory only.

        After a sync has failed, a later one says nothing about the pages before it. Copying the
        whole write-ahead log into the database and syncing that does. Raises WriteFailed.
        """
        if self._database is None:
            raise WriteFailed(Fault.BROKEN, "the database is closed")
        try:
            busy = pragma(self._database, "wal_checkpoint(FULL)")
        except DATABASE_ERRORS as error:
            raise self._failure(error) from error
        if busy:
            raise WriteFailed(Fault.BUSY, "the write-ahead log is in use")

    def scrub(self) -> bool:
        """Empty the write-ahead log, so that blanked texts leave the disk.

        Returns False where readers were in the way: try again later.
        """
        if self._database is None:
            return False
        try:
            run(self._database, "PRAGMA busy_timeout = 0")
            busy = pragma(self._database, "wal_checkpoint(TRUNCATE)")
            run(self._database, f"PRAGMA busy_timeout = {int(connections.BUSY_TIMEOUT * 1000)}")
        except DATABASE_ERRORS as error:
            logger.warning("emptying the write-ahead log: %s", describe(error))
            return False
        return not busy

    def _begin(self, database: Database) -> None:
        for attempt in range(BUSY_RETRIES + 1):
            try:
                database.begin()
                return
            except DATABASE_ERRORS as error:
                fault = classify(error, self._path.parent)
                if fault is not Fault.BUSY or attempt == BUSY_RETRIES:
                    raise
                logger.warning("another process holds the database, trying again")

    def _undo(self, database: Database) -> None:
        try:
            # SQLite has rolled back by itself after some failures, such as a full disk.
            if raw(database).in_transaction:
                database.rollback()
        except DATABASE_ERRORS as error:
            logger.warning("rolling back: %s", describe(error))
            self.close()

    def _failure(self, error: DatabaseError) -> WriteFailed:
        if must_reopen(error):
            self.close()
        return WriteFailed(classify(error, self._path.parent), describe(error))
