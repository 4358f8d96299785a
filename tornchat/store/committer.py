"""What happens on the writer thread: groups, other writes, and everything done when a disk fails.

It knows nothing of queues and threads; the journal drives it.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from peewee import Database

from tornchat.errors import ChatError, Internal, StorageRefused
from tornchat.store.faults import ADVICE, Fault, refusal
from tornchat.store.positions import Position, ReadPositions
from tornchat.store.reconcile import Expected
from tornchat.store.records import Draft, Group, Outcome
from tornchat.store.upkeep import Upkeep
from tornchat.store.writer import WriteFailed, Writer

logger = logging.getLogger(__name__)
T = TypeVar("T")
Report = Callable[[Group], None]

POSITIONS_DELAY: Final = 1.0
PROBE_DELAY: Final = 1.0
REOPEN_DELAYS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SCRUB_DELAY: Final = 2.0
WAL_ALARM: Final = 256 * 1024 * 1024


class Committer:
    """Commits and reports, and heals what can be healed.

    `error` is what is wrong now, for the operator, or None. Life: `open`, then any of `commit`,
    `perform`, `tend` (whenever `patience` seconds went by, and after each of the others), `close`;
    all on one thread.
    """

    def __init__(
        self,
        writer: Writer,
        positions: ReadPositions,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.error: str | None = None
        self.report: Report = lambda group: None
        self._writer = writer
        self._positions = positions
        self._clock = clock
        self._monotonic = monotonic
        self._expected = Expected()
        self._upkeep = Upkeep(self.transact, monotonic)
        self._reopenings = 0
        self._fault: Fault | None = None
        self._wal_alarmed = False
        self._scrub_after = 0.0
        # Reopened, but not yet compared with what was reported: no group may come before that.
        self._unsettled = False
        # When to act although nobody published; None: not at all.
        self._positions_at: float | None = None
        self._heal_at: float | None = None
        self._scrub_at: float | None = None

    def open(self) -> None:
        """Connect. Raises WriteFailed where the database cannot be written."""
        self._writer.open()
        self._writer.transact(self._expected.load)
        self._upkeep.expect(self._monotonic())

    def close(self) -> None:
        """Store the read positions that wait, as far as that works, and disconnect.

        The write-ahead log is emptied first: SQLite does so only for the last connection, which
        may be one that reads.
        """
        while self.error is None and (positions := self._positions.peek()):
            self._store_positions(positions)
        if self.error is None:
            self._writer.scrub()
        self._writer.close()

    def abandon(self) -> None:
        """Disconnect without another write."""
        self._writer.close()

    def commit(self, drafts: Sequence[Draft]) -> None:
        """Write the drafts as one group and report what became of each."""
        started = self._monotonic()
        positions = self._due_positions(started)
        try:
            group = self.transact(lambda _: self._write(drafts, positions))
        except ChatError as error:
            group = Group(outcomes=[Outcome(draft, 0, 0, error) for draft in drafts])
        except Exception:
            if len(drafts) > 1:
                # One that cannot be stored must not take the others with it.
                for draft in drafts:
                    self.commit([draft])
                return
            logger.exception("a draft could not be written")
            refused = Internal("this could not be stored")
            group = Group(outcomes=[Outcome(drafts[0], 0, 0, refused)])
        else:
            self._positions_stored(positions)
        group.seconds = self._monotonic() - started
        self.tell(group)
        self._upkeep.expect(started)
        if group.changed and any(o.draft.kind in ("deleted", "edited") for o in group.outcomes):
            self.expect_scrub()

    def transact(self, work: Callable[[Database], T]) -> T:
        """Run a transaction; note how it went; turn what the database says into our errors."""
        if self._fault is Fault.DAMAGED:
            raise refusal(Fault.DAMAGED)
        if self._unsettled or not self._writer.is_open:
            raise refusal(self._fault or Fault.BROKEN)
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

    def tell(self, group: Group) -> None:
        """Report a group; whoever listens cannot stop the writer."""
        self._expected.reported(group)
        try:
            self.report(group)
        except Exception:
            logger.exception("reporting a group of %d failed", len(group.outcomes))

    def expect_positions(self) -> None:
        """Read positions have begun to wait."""
        if self._positions_at is None:
            self._positions_at = self._monotonic() + POSITIONS_DELAY

    def expect_scrub(self) -> None:
        """Something was removed that must leave the write-ahead log too."""
        self._scrub_at = max(self._monotonic(), self._scrub_after)
        self._upkeep.hasten()

    def patience(self) -> float | None:
        """Return for how many seconds nothing needs to be done; None: for ever."""
        upkeep_at = None if self.error else self._upkeep.at
        all_times = (self._positions_at, self._heal_at, self._scrub_at, upkeep_at)
        times = [t for t in all_times if t is not None]
        return max(0.0, min(times) - self._monotonic()) if times else None

    def tend(self, *, idle: bool) -> None:
        """Do what is due besides groups; `idle`: nobody waits for the writer."""
        now = self._monotonic()
        if self._heal_at is not None and now >= self._heal_at:
            self._heal()
        if self._positions_at is not None and now >= self._positions_at:
            self._store_positions(self._positions.peek())
        if self._scrub_at is not None and now >= self._scrub_at:
            self._scrub()
        if idle and self.error is None and self._upkeep.tend(now):
            self._scrub_at = self._scrub_after

    def _write(self, drafts: Sequence[Draft], positions: Sequence[Position]) -> Group:
        ledger = self._writer.ledger
        group = ledger.write(drafts, int(self._clock() * 1000))
        if positions:
            ledger.mark_read(positions)
        return group

    def _note_failure(self, failure: WriteFailed) -> None:
        words = f"{ADVICE[failure.fault]} ({failure})"
        if words != self.error:
            logger.error("%s", words)
        self.error = words
        self._fault = failure.fault
        if self._fault is Fault.DAMAGED:
            self._heal_at = None
        elif not self._writer.is_open:
            self._heal_at = self._monotonic() + REOPEN_DELAYS[self._reopenings]
            self._reopenings = min(self._reopenings + 1, len(REOPEN_DELAYS) - 1)
        else:
            self._heal_at = self._monotonic() + PROBE_DELAY

    def _note_recovery(self) -> None:
        logger.warning("writing works again")
        self.error = self._fault = None
        self._reopenings = 0
        self._heal_at = None

    def _heal(self) -> None:
        """Try whether writing works again; after a failure of the disk on a new connection."""
        try:
            if not self._writer.is_open:
                self._writer.open()
                self._unsettled = True
            self._writer.probe()
            if self._unsettled:
                self._catch_up()
        except WriteFailed as failure:
            self._note_failure(failure)
        else:
            self._note_recovery()

    def _catch_up(self) -> None:
        """Report what a commit of unknown outcome did store."""
        self._writer.settle()
        try:
            missed = self._writer.transact(self._expected.missed)
        except StorageRefused as error:
            self._writer.close()
            raise WriteFailed(Fault.DAMAGED, str(error)) from error
        self._unsettled = False
        if missed.entries:
            logger.warning("a failed commit had been stored after all: reporting it now")
            self.tell(missed)

    def _due_positions(self, now: float) -> list[Position]:
        due = self._positions_at is not None and now >= self._positions_at
        return self._positions.peek() if due else []

    def _store_positions(self, positions: Sequence[Position]) -> None:
        try:
            if positions:
                self.transact(lambda _: self._writer.ledger.mark_read(positions))
            self._positions_stored(positions)
        except ChatError:
            self._positions_at = self._monotonic() + POSITIONS_DELAY

    def _positions_stored(self, positions: Sequence[Position]) -> None:
        if not self._positions.stored(positions):
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
