"""A few threads that read the database, each over its own connection, behind a bounded queue."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

from peewee import Database

from tornchat.errors import Overloaded, StorageUnavailable
from tornchat.store import database as connections
from tornchat.store.faults import DATABASE_ERRORS, describe
from tornchat.store.sql import pragma

logger = logging.getLogger(__name__)
T = TypeVar("T")

THREADS: Final = 2
QUEUE_LIMIT: Final = 1000

_Job = tuple[Callable[[Database], Any], "Future[Any]"]


class Readers:
    """Runs reads off the loop. The threads start with the first read and end with `stop`."""

    def __init__(self, path: Path, *, threads: int = THREADS, limit: int = QUEUE_LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._wanted = threads
        self._threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._stopped = False

    async def run(self, work: Callable[[Database], T]) -> T:
        """Run `work(database)` in one snapshot and return its result.

        Raises Overloaded when too many reads wait, StorageUnavailable where the database cannot
        be read, and whatever `work` raises.
        """
        if self._stopped:
            raise Overloaded("the server is stopping", retry_after=2.0)
        if self._queue.qsize() >= self._limit:
            raise Overloaded(f"{self._limit} reads are waiting already", retry_after=1.0)
        if not self._threads:
            self._start()
        future: Future[T] = Future()
        self._queue.put((work, future))
        return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """Finish what waits and end the threads."""
        self._stopped = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self) -> None:
        for number in range(self._wanted):
            thread = threading.Thread(
                target=self._serve, name=f"tornchat-reader-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        database = connections.reader(self._path)
        self._prepare(database)
        while (job := self._queue.get()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(_read(database, work))
            except DATABASE_ERRORS as error:
                logger.error("reading failed: %s", describe(error))
                _close(database)
                future.set_exception(StorageUnavailable("reading failed", retry_after=2.0))
            except Exception as error:
                future.set_exception(error)
        _close(database)

    def _prepare(self, database: Database) -> None:
        """Open all files now: should they be removed later, reading still goes on."""
        try:
            database.connect()
            pragma(database, "schema_version")
        except DATABASE_ERRORS as error:
            logger.warning("connecting a reader: %s", describe(error))
            _close(database)


def _read(database: Database, work: Callable[[Database], T]) -> T:
    database.connect(reuse_if_open=True)
    # One transaction: all queries of `work` see the same moment.
    with database.atomic():
        return work(database)


def _close(database: Database) -> None:
    try:
        database.close()
    except DATABASE_ERRORS as error:
        logger.warning("closing a reader: %s", describe(error))
