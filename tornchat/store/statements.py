"""The few statements the writer repeats for every group, compiled by peewee once per size.

Peewee needs some 14 µs a row to build an INSERT, SQLite some more to parse it; both are spared
when the text stays the same. Sizes are powers of two, so that few texts exist. One statement for
many rows rather than `executemany`: each step of SQLite gives up the interpreter lock, and a busy
event loop can keep it for milliseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

from peewee import EXCLUDED, JOIN, Database, ValuesList

from tornchat.store.models import LogEntry, ReadPosition, Room
from tornchat.store.rows import Row
from tornchat.store.sql import compiled, run

T = TypeVar("T")
WriteKey = tuple[int, str, str]
"""Room id, person id and client_id: what makes a write the same write."""

_CHUNK: Final = 64
COLUMNS: Final = tuple(getattr(LogEntry, name) for name in Row._fields)
_POSITION: Final = (ReadPosition.room_id, ReadPosition.person_id, ReadPosition.seq)


class Statements:
    """Compiled statements for one connection; all run inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._texts: dict[tuple[Callable[[Any], Any], int], str] = {}

    def rooms(self, names: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return name, id and next_seq of those rooms that exist."""
        found: list[tuple[str, int, int]] = []
        for chunk in _padded(names):
            text = self._text(_rooms_query, chunk)
            found += run(self._database, text, chunk).fetchall()
        return found

    def writes(self, keys: Sequence[WriteKey]) -> list[tuple[int, str, str, int, int, bytes]]:
        """Return the earlier writes among `keys`: the key, then seq, time and fingerprint."""
        found: list[tuple[int, str, str, int, int, bytes]] = []
        for chunk in _padded(keys):
            text = self._text(_writes_query, chunk)
            values = list(chain.from_iterable(chunk))
            found += run(self._database, text, values).fetchall()
        return found

    def insert(self, rows: Sequence[Row]) -> None:
        """Store new rows of the log."""
        for chunk in _chunks(rows):
            text = self._text(_insert_query, chunk)
            run(self._database, text, list(chain.from_iterable(chunk)))

    def advance(self, room_id: int, next_seq: int, time: int) -> None:
        """Move a room on."""
        text = self._text(_advance_query, (0,))
        run(self._database, text, (next_seq, time, room_id))

    def mark_read(self, positions: Sequence[tuple[int, str, int]]) -> None:
        """Store read positions (room id, person id, seq); none moves backwards."""
        for chunk in _chunks(positions):
            text = self._text(_mark_query, chunk)
            run(self._database, text, list(chain.from_iterable(chunk)))

    def _text(self, build: Callable[[Any], Any], items: Sequence[Any]) -> str:
        key = (build, len(items))
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = compiled(self._database, build(items))
        return text


def _rooms_query(names: Sequence[str]) -> Any:
    return Room.select(Room.name, Room.id, Room.next_seq).where(Room.name.in_(names))


def _writes_query(keys: Sequence[WriteKey]) -> Any:
    # CROSS JOIN fixes the order: SQLite scans the whole index for `(a, b, c) IN (VALUES …)`.
    wanted = ValuesList(keys, alias="wanted")
    return (
        LogEntry.select(
            LogEntry.room_id, LogEntry.person_id, LogEntry.client_id,
            LogEntry.seq, LogEntry.time, LogEntry.fingerprint,
        )
        .from_(wanted)
        .join(LogEntry, JOIN.CROSS)
        .where(
            (LogEntry.room_id == wanted.c.column1)
            & (LogEntry.person_id == wanted.c.column2)
            & (LogEntry.client_id == wanted.c.column3)
        )
    )  # fmt: skip


def _insert_query(rows: Sequence[Row]) -> Any:
    return LogEntry.insert_many(rows, fields=COLUMNS)


def _advance_query(_: Sequence[int]) -> Any:
    return Room.update({Room.next_seq: 0, Room.last_time: 0}).where(Room.id == 0)


def _mark_query(positions: Sequence[tuple[int, str, int]]) -> Any:
    return ReadPosition.insert_many(positions, fields=_POSITION).on_conflict(
        conflict_target=_POSITION[:2],
        preserve=[ReadPosition.seq],
        where=(EXCLUDED.seq > ReadPosition.seq),
    )


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces whose lengths are powers of two, so that few statements exist."""
    start, left = 0, len(items)
    while left:
        size = min(_CHUNK, 1 << (left.bit_length() - 1))
        yield items[start : start + size]
        start, left = start + size, left - size


def _padded(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces of at most a chunk, the last one filled up by repeating its last item."""
    for start in range(0, len(items), _CHUNK):
        piece = list(items[start : start + _CHUNK])
        size = 1 << (len(piece) - 1).bit_length()
        yield piece + piece[-1:] * (size - len(piece))
