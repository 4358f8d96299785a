"""Full-text search over the logs of rooms, off the loop.

It only reads; what is new goes into the index when somebody searches, through the journal.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from peewee import JOIN, Database

from tornchat.errors import ChatError
from tornchat.protocol import Message, Notice
from tornchat.store import indexing
from tornchat.store.journal import Journal
from tornchat.store.matching import expression
from tornchat.store.models import LogEntry, Room, SearchEntry, SearchIndex
from tornchat.store.readers import Readers
from tornchat.store.rows import Row, is_sound, to_entry
from tornchat.store.sql import fetch
from tornchat.store.statements import COLUMNS

logger = logging.getLogger(__name__)

MOST_HITS: Final = 50
CATCH_UP_STEPS: Final = 8
"""What a search takes into the index before it looks: some 1,000 entries, well below 100 ms."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message or notice that was found; `id` rises with its time."""

    id: int
    entry: Message | Notice


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, newest first.

    `more`: there are older ones; look on `before` the id of the last. `behind`: so many of the
    newest entries of logs are not in the index yet, as after an upgrade.
    """

    hits: list[Hit]
    more: bool
    behind: int


class Search:
    """Finds messages by their words; deleted ones are in no index."""

    def __init__(self, readers: Readers, journal: Journal) -> None:
        self._readers = readers
        self._journal = journal

    async def find(
        self,
        words: str,
        *,
        rooms: Collection[str] | None = None,
        person: str | None = None,
        before: int | None = None,
        limit: int = MOST_HITS,
    ) -> Found:
        """Return messages and notices that hold all of `words`, newest first, ≤ `limit` ≤ 50.

        `words`: words, phrases in double quotes; the last word may be unfinished; "" finds all of
        a `person`. `rooms`: names, None for all. `before`: an id, exclusive. Raises BadRequest for
        words that are none or too many, Overloaded and StorageUnavailable as `History` does.
        """

        def read(database: Database) -> Found:
            ids = None if rooms is None else _room_ids(database, rooms)
            match = expression(words, ids, person)
            found = [] if ids == [] else fetch(database, matches(match, before, limit + 1))
            hits = [hit for row in found[:limit] if (hit := _hit(row)) is not None]
            return Found(hits, len(found) > limit, indexing.behind(database))

        limit = min(limit, MOST_HITS)
        if await self._readers.run(indexing.behind):
            await self._catch_up()
        return await self._readers.run(read)

    async def _catch_up(self) -> None:
        """Take into the index what is new, within bounds."""
        try:
            for _ in range(CATCH_UP_STEPS):
                if not await asyncio.wrap_future(self._journal.call(indexing.index_step)):
                    return
        except ChatError as error:
            logger.info("searching what is in the index already: %s", error)


def matches(match: str, before: int | None, limit: int) -> Any:
    """Return the query for the rows that match: id, room, and all columns of the log.

    Newest first, which is the order in which the index itself gives them: no more rows are looked
    at than are wanted.
    """
    # CROSS JOIN: SQLite must begin with the index.
    query = (
        SearchIndex.select(SearchEntry.id, Room.name, *COLUMNS)
        .join(SearchEntry, JOIN.CROSS)
        .join(Room, JOIN.CROSS)
        .join(LogEntry, JOIN.CROSS)
        .where(
            SearchIndex.match(match),
            SearchEntry.id == SearchIndex.rowid,
            Room.id == SearchEntry.room_id,
            ~Room.removed,
            LogEntry.room_id == SearchEntry.room_id,
            LogEntry.seq == SearchEntry.seq,
        )
        .order_by(SearchIndex.rowid.desc())
        .limit(limit)
    )
    return query if before is None else query.where(SearchIndex.rowid < before)


def _room_ids(database: Database, names: Collection[str]) -> list[int]:
    query = Room.select(Room.id).where(Room.name.in_(list(names)) & ~Room.removed)
    return [room_id for (room_id,) in fetch(database, query)]


def _hit(found: tuple[Any, ...]) -> Hit | None:
    search_id, room, *fields = found
    row = Row._make(fields)
    if not is_sound(row):
        logger.error("damaged on disk: room %s seq %d", room, row.seq)
        return None
    entry = to_entry(room, row)
    assert isinstance(entry, Message | Notice)
    return Hit(search_id, entry)
