"""The writer thread: takes everything that waits, commits it as one group, reports it once.

It knows nothing of who publishes or who hears of it. There is no timer between a draft and its
commit: a single draft on an idle server is committed at once, and while one group syncs the next
one gathers.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from peewee import Database

from tornchat.errors import Overloaded, StorageRefused, StorageUnavailable
from tornchat.store.committer import Committer, Report
from tornchat.store.positions import ReadPositions
from tornchat.store.records import Draft, Group, Outcome
from tornchat.store.writer import WriteFailed, Writer

logger = logging.getLogger(__name__)
T = TypeVar("T")

QUEUE_LIMIT: Final = 2000
GROUP_LIMIT: Final = 256
GROUP_SIZE: Final = 64 * 1024
"""A group leaves as one frame, which has to fit into the smallest outbound buffer."""

_WAKE: Final = object()
_SCRUB: Final = object()
_STOP: Final = object()


class _Call:
    """Work of another kind for the writer, with the future that tells how it went."""

    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[Database], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()

    def run(self, committer: Committer) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(committer.transact(self.work))
        except Exception as error:
            self.future.set_exception(error)


class Journal:
    """The only writer of the log.

    Life: `start(report)`, then `publish` from any thread, then `stop`, which commits what waits.
    `report(group)` and `failed(reason)` are called on the writer thread. Every published draft
    comes back in exactly one group's outcomes. `healthy` is False while writes are failing; the
    journal probes by itself and becomes healthy again without being asked. When the writer thread
    itself has died, `failed` is called once and nothing heals: the process should end.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failed: Callable[[str], None] | None = None
        self._positions = ReadPositions()
        self._committer = Committer(writer, self._positions, clock=clock, monotonic=monotonic)
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False
        self._death: str | None = None
        self._thread: threading.Thread | None = None
        self._in_hand: list[Draft] = []
        self._last: object = None

    @property
    def running(self) -> bool:
        """Whether it takes drafts."""
        return self._running

    @property
    def healthy(self) -> bool:
        """Whether the last write worked and the writer is alive."""
        return self._running and self.error is None

    @property
    def error(self) -> str | None:
        """What is wrong and what to do about it, for the operator; None while all is well."""
        return self._death or self._committer.error

    @property
    def waiting(self) -> int:
        """How many drafts wait for the next group, about."""
        return self._queue.qsize()

    def start(self, report: Report) -> None:
        """Start the writer thread. Raises StorageRefused where the database cannot be written."""
        self._committer.report = report
        opened: Future[None] = Future()
        self._running = True
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="tornchat-journal", daemon=True
        )
        self._thread.start()
        try:
            opened.result()
        except WriteFailed as failure:
            raise StorageRefused(f"{failure.fault.value} ({failure})") from failure
        finally:
            if opened.exception() is not None:
                self._running = False
                self._thread.join()

    def stop(self) -> None:
        """Refuse new drafts, commit those that wait, and end the thread."""
        with self._lock:
            if self._running:
                self._running = False
                self._queue.put(_STOP)
        if self._thread is not None:
            self._thread.join()

    def publish(self, draft: Draft) -> None:
        """Hand over one draft. Raises Overloaded when 2,000 wait or the server is stopping, and
        StorageUnavailable when there is no writer any more."""
        if self._queue.qsize() >= QUEUE_LIMIT:
            raise Overloaded(f"{QUEUE_LIMIT} writes are waiting already", retry_after=1.0)
        self._put(draft)

    def mark_read(self, room: str, person_id: str, seq: int) -> None:
        """Note how far a person has read; stored within about a second, together with others."""
        if self._positions.mark(room, person_id, seq) and self._running:
            self._queue.put(_WAKE)

    def marked(self, room: str, person_id: str) -> int:
        """Return a read position that is not stored yet, or 0."""
        return self._positions.get(room, person_id)

    def call(self, work: Callable[[Database], T]) -> "Future[T]":
        """Run `work(database)` in a transaction of its own, after the drafts published before.

        It holds up all writers: keep it to a few milliseconds. The future fails with a ChatError
        where the database refused.
        """
        call = _Call(work)
        self._put(call)
        return call.future

    def scrub(self) -> None:
        """Empty the write-ahead log soon: something was removed that must leave the disk."""
        if self._running:
            self._queue.put(_SCRUB)

    def forget_read(self, room: str) -> None:
        """Drop the read positions that wait for a deleted room: its name may be used again."""
        self._positions.forget(room)

    def _put(self, item: Draft | _Call) -> None:
        with self._lock:
            if self._running:
                self._queue.put(item)
                return
        if self._death is not None:
            raise StorageUnavailable(self._death, retry_after=5.0)
        raise Overloaded("the server is stopping", retry_after=2.0)

    def _run(self, opened: "Future[None]") -> None:
        try:
            self._committer.open()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        try:
            self._serve()
            self._committer.close()
        except BaseException as error:
            logger.exception("the writer died")
            self._die(f"the writer died: {error!r}")

    def _serve(self) -> None:
        stopping = False
        while not (stopping and self._queue.empty()):
            last = self._last = self._take()
            if self._in_hand:
                self._committer.commit(self._in_hand)
                self._in_hand = []
            if isinstance(last, _Call):
                last.run(self._committer)
                self._last = None
            elif last is _WAKE:
                self._committer.expect_positions()
            elif last is _SCRUB:
                self._committer.expect_scrub()
            elif last is _STOP:
                stopping = True
            self._committer.tend(idle=self._queue.empty())

    def _take(self) -> object:
        """Take all drafts that wait, up to a group; return the other item that ended them."""
        drafts, size = self._in_hand, 0
        try:
            item = self._queue.get(timeout=self._committer.patience())
            while isinstance(item, Draft):
                drafts.append(item)
                size += item.size
                if len(drafts) == GROUP_LIMIT or size >= GROUP_SIZE:
                    return None
                item = self._queue.get_nowait()
        except queue.Empty:
            return None
        return item

    def _die(self, reason: str) -> None:
        with self._lock:
            self._running = False
            self._death = reason
        if self.failed is not None:
            self.failed(reason)
        error = StorageUnavailable(reason, retry_after=5.0)
        lost: list[object] = [*self._in_hand, self._last]
        while not self._queue.empty():
            lost.append(self._queue.get())
        for item in lost:
            if isinstance(item, _Call) and not item.future.done():
                item.future.set_exception(error)
        self._committer.abandon()
        outcomes = [Outcome(item, 0, 0, error) for item in lost if isinstance(item, Draft)]
        self._committer.tell(Group(outcomes=outcomes))
