"""What the writer does while nobody writes: the search index takes in what is new, and is tidied.

It decides when and how much; `indexing` does it. A writer that has something to write never waits
for more than one step.
"""

import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from peewee import Database

from tornchat.errors import ChatError
from tornchat.store import indexing
from tornchat.store.models import SearchPurge
from tornchat.store.sql import fetch_one

logger = logging.getLogger(__name__)
T = TypeVar("T")

INDEX_DELAY: Final = 2.0
"""Seconds after which a new entry goes into the index: those that come meanwhile share the work."""
SHARE: Final = 4
"""A step of so many seconds is followed by a pause of so many times as much."""
QUIET: Final = 0.5
"""Seconds without a new entry after which nobody is in a hurry."""
BUSY_PAUSE: Final = 2.0
"""Between two steps while entries keep coming: each may hold up one or two of them."""
PURGE_SHARE: Final = 100
"""As with steps, for writing the whole index anew, at most an hour."""
LONGEST_PAUSE: Final = 3600.0
SETBACK: Final = 60.0
"""Seconds until the next try after something went wrong."""


class Transact(Protocol):
    """Runs work in one transaction (`Committer.transact`)."""

    def __call__(self, work: Callable[[Database], T]) -> T: ...


class Upkeep:
    """Keeps the index in step; all on the writer's thread.

    `at` is when to call `tend`, None for never: then nothing is left to do. Words that were removed
    leave the file when the whole index has been written anew. That begins at once when somebody
    deleted something, and within an hour when it was retention; it takes steps, and the more
    time it took, the longer the next one waits.
    """

    def __init__(self, transact: Transact, monotonic: Callable[[], float]) -> None:
        self.at: float | None = None
        self._written = -QUIET
        self._transact = transact
        self._monotonic = monotonic
        # What was removed when the writing anew began; None: it is not under way.
        self._purging: int | None = None
        self._purge_after = 0.0
        self._purge_seconds = 0.0
        self._lazy_after = monotonic() + LONGEST_PAUSE

    def expect(self, now: float) -> None:
        """Something was written at `now`."""
        self._written = now
        due = now + INDEX_DELAY
        if self.at is None or due < self.at:
            self.at = due

    def hasten(self) -> None:
        """Something was removed: look at once."""
        self.at = self._monotonic()

    def tend(self, began: float) -> bool:
        """Do a step if it is time; True where removed words have just left the index."""
        if self.at is None or began < self.at:
            return False
        try:
            purged, pause = self._step(began)
        except ChatError:
            self.at = self._monotonic() + SETBACK
            return False
        except Exception:
            logger.exception("the search index is left as it is for an hour")
            self.at = self._monotonic() + LONGEST_PAUSE
            return False
        now = self._monotonic()
        self.at = None if pause is None else now + max(pause, self._rest(now, now - began))
        return purged

    def _rest(self, now: float, took: float) -> float:
        """Return for how long to leave the writer to others after a step."""
        busy = now - self._written < QUIET and self._purging is None
        return max(SHARE * took, BUSY_PAUSE if busy else 0.0)

    def _step(self, now: float) -> tuple[bool, float | None]:
        """Do a step; return whether a purge has ended, and after how long to go on."""
        if self._purging is not None:
            return self._purge_on(now)
        if self._transact(indexing.index_step) or self._transact(indexing.merge_step):
            return False, 0.0
        removed = self._transact(_removed)
        if removed is None:
            return False, None
        wanted, urgent = removed
        due = self._purge_after if urgent else max(self._purge_after, self._lazy_after)
        if now < due:
            return False, due - now
        self._transact(lambda database: indexing.merge_step(database, everything=True))
        self._purging = wanted
        self._purge_seconds = self._monotonic() - now
        return False, 0.0

    def _purge_on(self, now: float) -> tuple[bool, float]:
        wanted = self._purging
        if self._transact(indexing.merge_step):
            self._purge_seconds += self._monotonic() - now
            return False, 0.0
        # More may have been removed meanwhile: that is for the next time.
        purged = SearchPurge.delete().where(SearchPurge.wanted == wanted)
        self._transact(purged.execute)
        self._purging = None
        self._purge_after = now + min(LONGEST_PAUSE, PURGE_SHARE * self._purge_seconds)
        self._lazy_after = now + LONGEST_PAUSE
        return True, 0.0


def _removed(database: Database) -> tuple[int, bool] | None:
    """Return how much was removed since the index was last written anew, and whether it hurries."""
    found = fetch_one(database, SearchPurge.select(SearchPurge.wanted, SearchPurge.urgent))
    return None if found is None else (int(found[0]), bool(found[1]))
