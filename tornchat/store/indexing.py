"""The search index as the writer keeps it: what is new goes in by steps, what is removed at once.

The index holds no texts, only which words are where, so that a row can only be taken out by giving
its text once more. Hence one rule: as long as a message has a row in `search_entry`, the text in
the log is the one that was indexed. Everything here works inside the caller's transaction.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from peewee import Database

from tornchat.store.rows import STATE_KINDS
from tornchat.store.sql import raw, run

STEP: Final = 128
"""Entries taken in at a time: a few milliseconds."""
STEP_SIZE: Final = 128 * 1024
"""Characters of text taken in at a time, about."""
MERGE_PAGES: Final = 32
"""Pages of 4 KiB that one step of tidying up writes: a few milliseconds."""
ID_SHIFT: Final = 12
"""An id is the time of its message in ms, then a number of so many bits: newest first is by id."""

_MARKS: Final = "'r' || entry.room_id || ' p' || hex(coalesce(entry.person_id, ''))"
_ROW: Final = f"""search_entry.id, entry.text, {_MARKS}
    FROM search_entry CROSS JOIN entry
    WHERE entry.room_id = search_entry.room_id AND entry.seq = search_entry.seq AND"""
# Rows in the order of their ids: others would make SQLite write its buffer each time.
_PUT: Final = f"""INSERT INTO search (rowid, text, marks) SELECT {_ROW}
    search_entry.id IN (SELECT value FROM json_each(?)) ORDER BY search_entry.id"""
_TAKE_OUT: Final = f"""INSERT INTO search (search, rowid, text, marks) SELECT 'delete', {_ROW}
    search_entry.room_id = ? AND search_entry.seq BETWEEN ? AND ? ORDER BY search_entry.id"""

_LAGGING: Final = """FROM room LEFT JOIN search_position AS done ON done.room_id = room.id
    WHERE NOT room.removed AND room.next_seq - 1 > max(coalesce(done.seq, 0), room.first - 1)"""
_BEHIND: Final = f"""SELECT coalesce(sum(room.next_seq - 1
    - max(coalesce(done.seq, 0), room.first - 1)), 0) {_LAGGING}"""
_NEXT: Final = f"""SELECT entry.room_id, entry.seq, entry.time, length(entry.text),
    entry.kind IN {tuple(map(int, STATE_KINDS))} AND entry.text <> '',
    (SELECT max(id) FROM search_entry WHERE id < (entry.time + 1) << {ID_SHIFT})
    FROM (SELECT room.id AS room_id, coalesce(done.seq, 0) AS seq {_LAGGING}) AS lagging
    CROSS JOIN entry
    WHERE entry.room_id = lagging.room_id AND entry.seq > lagging.seq LIMIT {STEP}"""


class _Next(NamedTuple):
    """An entry that is to go in; `top`: the highest id up to the end of its millisecond."""

    room_id: int
    seq: int
    time: int
    size: int
    searchable: int
    top: int | None


def behind(database: Database) -> int:
    """Return how many entries of the log have not been looked at yet."""
    return int(run(database, _BEHIND).fetchone()[0])


def index_step(database: Database) -> bool:
    """Take in what comes next, ≤ 128 entries; False where nothing was left to do."""
    entries = _within_size(map(_Next._make, run(database, _NEXT)))
    if not entries:
        return False
    ids = _Ids(database)
    rows = [(ids.next(entry), entry.room_id, entry.seq) for entry in entries if entry.searchable]
    connection = raw(database)
    connection.executemany("INSERT INTO search_entry (id, room_id, seq) VALUES (?, ?, ?)", rows)
    _put(database, [row[0] for row in rows])
    reached = {entry.room_id: entry.seq for entry in entries}
    connection.executemany("REPLACE INTO search_position VALUES (?, ?)", reached.items())
    return True


def remove_message(database: Database, room_id: int, seq: int) -> int | None:
    """Take a message out before its text in the log changes; return the id that it had, if any."""
    found = run(
        database, "SELECT id FROM search_entry WHERE room_id = ? AND seq = ?", (room_id, seq)
    ).fetchone()
    if found is None:
        return None
    _remove(database, room_id, seq, seq, urgent=True)
    return int(found[0])


def put_message(database: Database, search_id: int, room_id: int, seq: int) -> None:
    """Put a message back with the text that the log holds now."""
    row = (search_id, room_id, seq)
    run(database, "INSERT INTO search_entry (id, room_id, seq) VALUES (?, ?, ?)", row)
    _put(database, [search_id])


def remove_before(database: Database, room_id: int, seq: int, *, urgent: bool) -> None:
    """Take out the messages before `seq`, while the log still has them.

    `urgent`: somebody wants the words to be gone from the file too, soon.
    """
    _remove(database, room_id, 0, seq - 1, urgent=urgent)


def merge_step(database: Database, *, everything: bool = False) -> bool:
    """Tidy up a few pages; False where there was nothing to do.

    `everything`: begin to write the whole index anew, which later steps go on with. At its end
    the words that were removed before are in the file no more.
    """
    connection = raw(database)
    before = connection.total_changes
    pages = -MERGE_PAGES if everything else MERGE_PAGES
    run(database, "INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    # https://sqlite.org/fts5.html#the_merge_command: one change is this statement itself.
    return connection.total_changes - before >= 2


def _put(database: Database, ids: list[int]) -> None:
    run(database, _PUT, (json.dumps(ids),))


def _remove(database: Database, room_id: int, first: int, last: int, *, urgent: bool) -> None:
    which = (room_id, first, last)
    run(database, _TAKE_OUT, which)
    removed = run(
        database, "DELETE FROM search_entry WHERE room_id = ? AND seq BETWEEN ? AND ?", which
    )
    if removed.rowcount:
        run(
            database,
            """INSERT INTO search_purge VALUES (1, 1, ?) ON CONFLICT DO UPDATE
            SET wanted = wanted + 1, urgent = max(urgent, excluded.urgent)""",
            (urgent,),
        )


def _within_size(entries: Iterable[_Next]) -> list[_Next]:
    """Return the first of the entries, as many as fit into a step, at least one."""
    kept, size = [], 0
    for entry in entries:
        kept.append(entry)
        size += entry.size
        if size >= STEP_SIZE:
            break
    return kept


class _Ids:
    """Gives ids to the entries of one step."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._given: set[int] = set()

    def next(self, entry: _Next) -> int:
        found = max(entry.time << ID_SHIFT, (entry.top or 0) + 1)
        if found >> ID_SHIFT != entry.time:
            # More messages than numbers for them in one millisecond: it counts as the newest.
            found = run(self._database, "SELECT max(id) + 1 FROM search_entry").fetchone()[0]
        while found in self._given:
            found += 1
        self._given.add(found)
        return found
