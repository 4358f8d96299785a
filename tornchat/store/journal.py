"""The writer thread: takes everything that waits, commits it as one group, reports it once.

It knows nothing of who publishes or who hears of it. There is no timer between a draft and its
commit: a single draft on an idle server is committed at once, and while one group syncs the next
one gathers.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from peewee import Database

from tornchat.errors import (
    ChatError,
    Internal,
    Overloaded,
    StorageRefused,
    StorageUnavailable,
)
from tornchat.store.faults import Fault, refusal
from tornchat.store.positions import ReadPositions
from tornchat.store.reconcile import Expected
from tornchat.store.records import Draft, Group, Outcome
from tornchat.store.writer import WriteFailed, Writer

logger = logging.getLogger(__name__)
T = TypeVar("T")
Report = Callable[[Group], None]

QUEUE_LIMIT: Final = 2000
GROUP_LIMIT: Final = 256
POSITIONS_DELAY: Final = 1.0
PROBE_DELAY: Final = 1.0
REOPEN_DELAYS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SCRUB_DELAY: Final = 2.0
WAL_ALARM: Final = 256 * 1024 * 1024

_WAKE: Final = object()
_STOP: Final = object()


class _Call:
    """Work of another kind for the writer, with the future that tells how it went."""

    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[Database], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()


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
        self.error: str | None = None
        self._writer = writer
        self._clock = clock
        self._monotonic = monotonic
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = False
        self._thread: threading.Thread | None = None
        self._report: Report = lambda group: None
        self._positions = ReadPositions()
        self._expected = Expected()
        self._failures = 0
        self._damaged = False
        self._wal_alarmed = False
        self._scrub_after = 0.0
        # When to act although nobody published; None: not at all.
        self._positions_at: float | None = None
        self._heal_at: float | None = None
        self._scrub_at: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether the last write worked and the writer is alive."""
        return self.error is None and self._open

    @property
    def running(self) -> bool:
        """Whether it takes drafts."""
        return self._open

    @property
    def waiting(self) -> int:
        """How many drafts wait for the next group, about."""
        return self._queue.qsize()

    def start(self, report: Report) -> None:
        """Start the writer thread. Raises WriteFailed where the database cannot be written."""
        self._report = report
        opened: Future[None] = Future()
        self._open = True
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="tornchat-journal", daemon=True
        )
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self._open = False
            self._thread.join()
            raise

    def stop(self) -> None:
        """Refuse new drafts, commit those that wait, and end the thread."""
        with self._lock:
            if self._open:
                self._open = False
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
        if self._positions.mark(room, person_id, seq) and self._open:
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

    def _put(self, item: Draft | _Call) -> None:
        with self._lock:
            if self._open:
                self._queue.put(item)
                return
        if self.error is not None:
            raise StorageUnavailable(self.error, retry_after=5.0)
        raise Overloaded("the server is stopping", retry_after=2.0)

    # ── on the writer thread ────────────────────────────────────────────────────────────────────

    def _run(self, opened: "Future[None]") -> None:
        try:
            self._writer.open()
            self._writer.transact(self._expected.load)
        except BaseException as error:
            self._writer.close()
            opened.set_exception(error)
            return
        opened.set_result(None)
        try:
            self._serve()
        except BaseException as error:
            logger.exception("the writer died")
            self._die(f"the writer died: {error!r}")
        finally:
            self._writer.close()

    def _serve(self) -> None:
        stopping = False
        while not (stopping and self._queue.empty()):
            drafts, last = self._take(wait=not stopping)
            if drafts:
                self._commit(drafts)
            if isinstance(last, _Call):
                self._perform(last)
            stopping = stopping or last is _STOP
            if last is _WAKE and self._positions_at is None:
                self._positions_at = self._monotonic() + POSITIONS_DELAY
            self._tend()
        self._store_positions()

    def _take(self, *, wait: bool) -> tuple[list[Draft], object]:
        """Return all drafts that wait, up to a group, and the other item that ended them."""
        drafts: list[Draft] = []
        try:
            item = self._queue.get(wait, self._patience())
            while isinstance(item, Draft):
                drafts.append(item)
                if len(drafts) == GROUP_LIMIT:
                    return drafts, None
                item = self._queue.get_nowait()
        except queue.Empty:
            return drafts, None
        return drafts, item

    def _patience(self) -> float | None:
        times = [t for t in (self._positions_at, self._heal_at, self._scrub_at) if t is not None]
        return max(0.0, min(times) - self._monotonic()) if times else None

    def _tend(self) -> None:
        """Do what is due besides groups."""
        now = self._monotonic()
        if self._heal_at is not None and now >= self._heal_at:
            self._heal()
        if self._positions_at is not None and now >= self._positions_at:
            self._store_positions()
        if self._scrub_at is not None and now >= self._scrub_at:
            self._scrub()

    def _commit(self, drafts: Sequence[Draft]) -> None:
        started = self._monotonic()
        positions = self._due_positions(started)
        try:
            group = self._transact(lambda _: self._write(drafts, positions))
        except ChatError as error:
            group = Group(outcomes=[Outcome(draft, 0, 0, error) for draft in drafts])
        except Exception:
            if len(drafts) > 1:
                # One that cannot be stored must not take the others with it.
                for draft in drafts:
                    self._commit([draft])
                return
            logger.exception("a draft could not be written")
            refused = Internal("this could not be stored")
            group = Group(outcomes=[Outcome(drafts[0], 0, 0, refused)])
        else:
            self._stored_positions(positions)
        group.seconds = self._monotonic() - started
        self._tell(group)
        if group.changed and any(o.draft.kind in ("deleted", "edited") for o in group.outcomes):
            self._scrub_at = max(started, self._scrub_after)

    def _write(self, drafts: Sequence[Draft], positions: Sequence[tuple[str, str, int]]) -> Group:
        ledger = self._writer.ledger
        group = ledger.write(drafts, int(self._clock() * 1000))
        if positions:
            ledger.mark_read(positions)
        return group

    def _tell(self, group: Group) -> None:
        self._expected.reported(group)
        try:
            self._report(group)
        except Exception:
            logger.exception("reporting a group of %d failed", len(group.outcomes))

    def _perform(self, call: _Call) -> None:
        if not call.future.set_running_or_notify_cancel():
            return
        try:
            call.future.set_result(self._transact(call.work))
        except Exception as error:
            call.future.set_exception(error)

    def _transact(self, work: Callable[[Database], T]) -> T:
        """Run a transaction; note how it went; turn what the database says into our errors."""
        if self._damaged:
            raise refusal(Fault.DAMAGED)
        try:
            result = self._writer.transact(work)
        except WriteFailed as failure:
            self._note_failure(failure)
            raise refusal(failure.fault) from failure
        if self.error is not None:
            self._note_recovery()
        if self._writer.wal_size > WAL_ALARM:
            self._alarm_wal()
        return result

    def _note_failure(self, failure: WriteFailed) -> None:
        if self.error is None or self.error != _words(failure):
            logger.error("%s", _words(failure))
        self.error = _words(failure)
        self._damaged = self._damaged or failure.fault is Fault.DAMAGED
        self._schedule_healing()

    def _note_recovery(self) -> None:
        logger.warning("writing works again")
        self.error = None
        self._failures = 0
        self._heal_at = None

    def _schedule_healing(self) -> None:
        if self._damaged:
            self._heal_at = None
            return
        delay = PROBE_DELAY
        if not self._writer.is_open:
            delay = REOPEN_DELAYS[min(self._failures, len(REOPEN_DELAYS) - 1)]
            self._failures += 1
        self._heal_at = self._monotonic() + delay

    def _heal(self) -> None:
        """Try whether writing works again; after a failure of the disk on a new connection."""
        try:
            if self._writer.is_open:
                self._writer.probe()
            else:
                self._writer.open()
                self._catch_up()
        except WriteFailed as failure:
            self._note_failure(failure)
        else:
            self._note_recovery()

    def _catch_up(self) -> None:
        """Report what a commit of unknown outcome did store."""
        try:
            missed = self._writer.transact(self._expected.missed)
        except StorageRefused as error:
            self._writer.close()
            raise WriteFailed(Fault.DAMAGED, str(error)) from error
        if missed.entries:
            logger.warning("a failed commit had been stored after all: reporting it now")
            self._tell(missed)

    def _due_positions(self, now: float) -> list[tuple[str, str, int]]:
        due = self._positions_at is not None and now >= self._positions_at
        return self._positions.peek() if due else []

    def _store_positions(self) -> None:
        positions = self._positions.peek()
        try:
            if positions:
                self._transact(lambda _: self._writer.ledger.mark_read(positions))
            self._stored_positions(positions)
        except ChatError:
            self._positions_at = self._monotonic() + POSITIONS_DELAY

    def _stored_positions(self, positions: Sequence[tuple[str, str, int]]) -> None:
        if self._positions.stored(positions):
            if self._positions_at is not None and positions:
                self._positions_at = self._monotonic()
        else:
            self._positions_at = None

    def _scrub(self) -> None:
        self._scrub_after = self._monotonic() + SCRUB_DELAY
        self._scrub_at = None if self._writer.scrub() else self._scrub_after

    def _alarm_wal(self) -> None:
        if not self._wal_alarmed:
            self._wal_alarmed = True
            logger.warning(
                "the write-ahead log has grown to %d MiB: does a program keep the database open?",
                self._writer.wal_size >> 20,
            )

    def _die(self, reason: str) -> None:
        with self._lock:
            self._open = False
            self.error = reason
        error = StorageUnavailable(reason, retry_after=5.0)
        outcomes = []
        while not self._queue.empty():
            item = self._queue.get()
            if isinstance(item, Draft):
                outcomes.append(Outcome(item, 0, 0, error))
            elif isinstance(item, _Call):
                item.future.set_exception(error)
        self._tell(Group(outcomes=outcomes))
        if self.failed is not None:
            self.failed(reason)


def _words(failure: WriteFailed) -> str:
    return f"{_ADVICE[failure.fault]} ({failure})"


_ADVICE: Final = {
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
