"""Pages of the log and of the present state, read off the loop.

It only reads. A row that does not match its checksum is never shown: the read fails.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from peewee import Database

from tornchat.errors import NotFound, StorageUnavailable
from tornchat.protocol import Entry
from tornchat.store.fetch import fetch_rows
from tornchat.store.journal import Journal
from tornchat.store.models import LogEntry, ReadPosition, Room
from tornchat.store.readers import Readers
from tornchat.store.records import Page, Written
from tornchat.store.rows import STATE_KINDS, Row, is_sound, to_entry
from tornchat.store.sql import fetch_one
from tornchat.store.statements import COLUMNS

logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode

_IS_STATE: Final = LogEntry.kind.in_(STATE_KINDS)
_MAX_SEQ: Final = 2**63 - 1


class History:
    """Reads for the loop; every method may raise NotFound (no such room), Overloaded (too many
    reads wait) and StorageUnavailable (cannot be read, or a row is damaged).

    A name may belong to another room by the time it is read: give the `epoch` of the one that is
    meant, and the other is NotFound.
    """

    def __init__(self, readers: Readers, journal: Journal) -> None:
        self._readers = readers
        self._journal = journal

    async def state_page(
        self,
        room: str,
        *,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        epoch: str | None = None,
    ) -> Page:
        """Return messages as they stand now and notices, oldest first, ≤ `limit`.

        Give at most one of `before`, `after` (seqs, exclusive), `around` (a seq, in the middle of
        the page) and `at` (UTC ms: the page begins with the first entry of that time or later);
        none: the newest page.
        """

        def read(database: Database) -> Page:
            log = _Log(database, room, epoch)
            if around is not None:
                return log.around(around, limit)
            if at is not None:
                return log.at(at, limit)
            if after is not None:
                return log.after(after, limit)
            return log.before(_MAX_SEQ if before is None else before, limit)

        return await self._readers.run(read)

    async def log_page(
        self,
        room: str,
        *,
        after: int,
        limit: int,
        max_size: int | None = None,
        upto: int | None = None,
        epoch: str | None = None,
    ) -> Page:
        """Return every entry behind `after`, no seq missing, ≤ `limit` and ≤ `upto` (inclusive).

        `max_size`: bytes of JSON, of which at least one entry may be larger. Where `after + 1` is
        older than retention the page begins with `first`: the caller compares.
        """

        def read(database: Database) -> Page:
            return _Log(database, room, epoch).every(after, limit, max_size, upto)

        return await self._readers.run(read)

    async def last_lines(self, rooms: Sequence[str]) -> dict[str, Entry]:
        """Return the newest message or notice of each of some rooms, as it stands now.

        A room that is gone, has none, or whose newest one is damaged, is left out.
        """

        def read(database: Database) -> dict[str, Entry]:
            found: dict[str, Entry] = {}
            for room in rooms:
                with suppress(NotFound, StorageUnavailable):
                    page = _Log(database, room, None).before(_MAX_SEQ, 1)
                    found.update((room, entry) for entry in page.entries)
            return found

        return await self._readers.run(read)

    async def find_write(self, room: str, person_id: str, client_id: str) -> Written | None:
        """Return the earlier write with this client_id, if it is in the log."""

        def read(database: Database) -> Written | None:
            query = LogEntry.select(LogEntry.seq, LogEntry.time, LogEntry.fingerprint).where(
                (LogEntry.room_id == _room_id(room))
                & (LogEntry.person_id == person_id)
                & (LogEntry.client_id == client_id)
            )
            found = fetch_one(database, query)
            return None if found is None else Written._make(found)

        return await self._readers.run(read)

    async def read_position(self, room: str, person_id: str) -> int:
        """Return how far the person has read, 0 for not at all."""

        def read(database: Database) -> int:
            query = ReadPosition.select(ReadPosition.seq).where(
                (ReadPosition.room_id == _room_id(room)) & (ReadPosition.person_id == person_id)
            )
            found = fetch_one(database, query)
            return 0 if found is None else int(found[0])

        marked = self._journal.marked(room, person_id)
        return max(marked, await self._readers.run(read))


class _Log:
    """One room's log in one snapshot."""

    def __init__(self, database: Database, room: str, epoch: str | None) -> None:
        query = Room.select(Room.id, Room.first, Room.next_seq, Room.epoch).where(Room.name == room)
        found = fetch_one(database, query)
        if found is None or epoch not in (None, found[3]):
            raise NotFound(f"no room {room!r}")
        self._database = database
        self._room = room
        self._id, self._first, self._next, self._epoch = found

    def before(self, seq: int, limit: int) -> Page:
        rows = self._older(seq, limit + 1)
        return self._page(rows[-limit:], more=len(rows) > limit)

    def after(self, seq: int, limit: int) -> Page:
        rows = self._newer(seq, limit + 1)
        return self._page(rows[:limit], more=len(rows) > limit)

    def around(self, seq: int, limit: int) -> Page:
        older, newer = self._older(seq, limit), self._newer(seq - 1, limit + 1)
        kept_older = min(len(older), max(limit // 2, limit - len(newer)))
        kept_newer = min(len(newer), limit - kept_older)
        rows = older[len(older) - kept_older :] + newer[:kept_newer]
        return self._page(rows, more=len(older) + len(newer) > len(rows))

    def at(self, time: int, limit: int) -> Page:
        start = self._first_at(time)
        if start >= self._next:
            return self.before(_MAX_SEQ, limit)
        rows = self._newer(start - 1, limit + 1)
        return self._page(rows[:limit], more=start > self._first or len(rows) > limit)

    def every(self, after: int, limit: int, max_size: int | None, upto: int | None) -> Page:
        where = [LogEntry.seq > _within(after)]
        if upto is not None:
            where.append(LogEntry.seq <= _within(upto))
        rows = self._rows(where, limit + 1)
        page = self._page(rows[:limit], more=len(rows) > limit)
        if max_size is not None:
            _cut(page, max_size)
        return page

    def _older(self, seq: int, limit: int) -> list[Row]:
        where = [LogEntry.seq < _within(seq), _IS_STATE]
        return self._rows(where, limit, newest_first=True)[::-1]

    def _newer(self, seq: int, limit: int) -> list[Row]:
        return self._rows([LogEntry.seq > _within(seq), _IS_STATE], limit)

    def _first_at(self, time: int) -> int:
        """Find the first seq of that time or later; the log has no hole to fall into."""
        low, high = self._first, self._next
        while low < high:
            middle = (low + high) // 2
            query = LogEntry.select(LogEntry.time).where(
                (LogEntry.room_id == self._id) & (LogEntry.seq == middle)
            )
            found = fetch_one(self._database, query)
            if found is not None and found[0] < time:
                low = middle + 1
            else:
                high = middle
        return int(low)

    def _rows(self, where: Sequence[Any], limit: int, *, newest_first: bool = False) -> list[Row]:
        query = LogEntry.select(*COLUMNS).where(LogEntry.room_id == self._id, *where)
        order = LogEntry.seq.desc() if newest_first else LogEntry.seq
        query = query.order_by(LogEntry.room_id, order).limit(limit)
        rows = fetch_rows(self._database, query)
        for row in rows:
            if not is_sound(row):
                logger.error("damaged on disk: room %s seq %d", self._room, row.seq)
                raise StorageUnavailable(f"entry {row.seq} of this room is damaged on disk")
        return rows

    def _page(self, rows: Sequence[Row], *, more: bool) -> Page:
        entries = [to_entry(self._room, row) for row in rows]
        return Page(entries, self._first, self._next - 1, self._epoch, more)


def _cut(page: Page, max_size: int) -> None:
    """Shorten a page to so many bytes of JSON, but for one entry."""
    size = 0
    for count, entry in enumerate(page.entries):
        size += len(_encode(entry)) + 1
        if count and size > max_size:
            del page.entries[count:]
            page.more = True
            return


def _room_id(name: str) -> Any:
    return Room.select(Room.id).where(Room.name == name)


def _within(seq: int) -> int:
    return max(-1, min(seq, _MAX_SEQ))
