"""Small writes that come at one moment, committed together.

A thousand people who follow one invite cost a few commits, not a thousand that messages would have
to wait behind. It knows nothing of what is written.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from tornchat.errors import ChatError
from tornchat.store import Journal

log = logging.getLogger(__name__)

GROUP_LIMIT = 20
"""Writes in one transaction: at most some twenty milliseconds for which others wait."""

Work = Callable[[Any], object]
"""What to do with the database, as for `Journal.call`."""
_Group = list[tuple[Work, "asyncio.Future[None]"]]


class Gathering:
    """Writes what gathered in one turn of the loop, or while the write before was under way.

    Each `write` comes back as a future that is done after the commit. It fails with the ChatError
    that the work raised, which has to come before it changed anything; what the database itself
    refuses fails the whole group. Use it on the loop.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: _Group = []
        self._busy = False

    def write(self, work: Work) -> asyncio.Future[None]:
        """Run `work(database)` with the next group."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((work, done))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next)  # after this turn, in which others may come
        return done

    def note(self, work: Work) -> None:
        """Run `work(database)` with the next group; nobody waits for it, and it may fail."""
        self.write(work).add_done_callback(_forgive)

    def _next(self) -> None:
        group = self._waiting[:GROUP_LIMIT]
        del self._waiting[:GROUP_LIMIT]
        self._busy = bool(group)
        if not group:
            return
        works = [work for work, _ in group]
        try:
            committed = asyncio.wrap_future(self._journal.call(lambda db: _perform(db, works)))
        except ChatError as error:
            _settle(group, [error] * len(group))
            self._next()
        else:
            committed.add_done_callback(lambda done: self._committed(group, done))

    def _committed(self, group: _Group, done: "asyncio.Future[list[ChatError | None]]") -> None:
        error = done.exception()
        _settle(group, done.result() if error is None else [error] * len(group))
        self._next()


def _perform(database: Any, works: list[Work]) -> list[ChatError | None]:
    return [_attempt(database, work) for work in works]


def _attempt(database: Any, work: Work) -> ChatError | None:
    try:
        work(database)
    except ChatError as error:
        return error
    return None


def _settle(group: _Group, errors: Sequence[BaseException | None]) -> None:
    for (_, done), error in zip(group, errors, strict=True):
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _forgive(done: asyncio.Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.warning("a note could not be stored: %s", error)
