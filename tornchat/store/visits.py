"""Who was in which room and when: written in steps, read in pages, forgotten after a while.

It knows nothing of who is there now.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from peewee import EXCLUDED, Database, Tuple, Value, fn

from tornchat.access import names
from tornchat.errors import NotFound
from tornchat.protocol import Person
from tornchat.store.models import Room, Visit
from tornchat.store.readers import Readers
from tornchat.store.sql import fetch, fetch_one

STEP: Final = 200
"""Visits written or removed in one transaction: less than ten milliseconds."""
MOST: Final = 200_000
"""Visits kept in all, whatever their age: a crowd of made-up guests must not fill the disk."""
SCANNED: Final = 20_000
"""Visits that one page looks through at most; the next page goes on where it stopped."""

_KEY: Final = (Visit.room_id, Visit.person_id)
_COLUMNS: Final = (
    *_KEY, Visit.name, Visit.folded, Visit.verified, Visit.kind, Visit.first, Visit.last,
    Visit.place,
)  # fmt: skip
_RENEWED: Final = (
    Visit.name, Visit.folded, Visit.verified, Visit.kind, Visit.last, Visit.place,
)  # fmt: skip
_ORDER: Final = (Visit.last, Visit.room_id, Visit.person_id)
_SHOWN: Final = (
    *_ORDER, Visit.name, Visit.verified, Visit.kind, Visit.place, Visit.first, Room.name,
)  # fmt: skip


class VisitRecord(NamedTuple):
    """A person's stay in a room, to be stored; times are UTC ms.

    `epoch` tells the room from a later one of its name. `first` counts where the person was not
    known there; `place` is where they came from last.
    """

    room: str
    epoch: str
    person: Person
    first: int
    last: int
    place: str


class Position(NamedTuple):
    """Where a page of visits ends: the next one begins behind it."""

    last: int
    room_id: int
    person_id: str


class SeenRecord(NamedTuple):
    """A person who was here; times are UTC ms.

    `room` is where they were last, of `rooms` in all; `first` is of that room.
    """

    person: Person
    place: str
    first: int
    last: int
    room: str
    rooms: int


class SeenRecords(NamedTuple):
    """People who were here, the last one first; `next` None: there are no others."""

    people: list[SeenRecord]
    next: Position | None


class Visits:
    """Reads who was here, off the loop."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def page(
        self,
        room: str | None = None,
        *,
        search: str = "",
        before: Position | None = None,
        limit: int = 50,
    ) -> SeenRecords:
        """Return ≤ `limit` people who were in a room, or anywhere, the last one first.

        `search` is a part of a name, the beginning of an address or a person's id. Everybody comes
        once, with the last of their visits. Where much is searched and little found, a page may be
        short, even empty, and have a `next`. Raises NotFound (no such room), Overloaded and
        StorageUnavailable.
        """

        def read(database: Database) -> SeenRecords:
            return _page(database, room, search, before, limit)

        return await self._readers.run(read)


def write_visits(database: Database, visits: Sequence[VisitRecord]) -> None:
    """Store visits, ≤ a step; those to rooms that are gone are passed over."""
    rooms = list({visit.room for visit in visits})
    query = Room.select(Room.name, Room.epoch, Room.id).where(Room.name.in_(rooms))
    ids = {(name, epoch): room_id for name, epoch, room_id in fetch(database, query)}
    rows = [
        _row(ids[visit.room, visit.epoch], visit)
        for visit in visits
        if (visit.room, visit.epoch) in ids
    ]
    if rows:
        stored = Visit.insert_many(rows, fields=_COLUMNS).on_conflict(
            conflict_target=_KEY, preserve=_RENEWED, where=(EXCLUDED.last >= Visit.last)
        )
        stored.execute(database)


def forget_visits(database: Database, before: int) -> int:
    """Remove a step's worth of the visits that ended before `before` (UTC ms); return how many.

    Those beyond the newest `MOST` go as well.
    """
    newest = Visit.select(Visit.last).order_by(Visit.last.desc())
    oldest = fetch_one(database, newest.limit(1).offset(MOST - 1))
    if oldest is not None:
        before = max(before, oldest[0])
    old = Visit.select(*_ORDER).where(Visit.last < before).order_by(*_ORDER).limit(STEP)
    found = fetch(database, old)
    # A range rather than keys: SQLite goes through the whole room for `(a, b) IN (…)`.
    if found:
        Visit.delete().where(Tuple(*_ORDER) <= found[-1]).execute(database)
    return len(found)


def _row(room_id: int, visit: VisitRecord) -> tuple[Any, ...]:
    person = visit.person
    who = (person.name, names.search_key(person.name), person.verified, person.kind)
    return (room_id, person.id, *who, visit.first, visit.last, visit.place)


def _page(
    database: Database, room: str | None, search: str, before: Position | None, limit: int
) -> SeenRecords:
    where = [~Room.removed]
    if room is not None:
        where.append(Visit.room_id == _room_id(database, room))
    if before is not None:
        where.append(Tuple(*_ORDER) < before)
    end = fetch_one(database, _newest_first(where, *_ORDER).limit(1).offset(SCANNED - 1))
    if end is not None:
        where.append(Tuple(*_ORDER) >= end)
    if search:
        where.append(_matches(search))
    if room is None:
        where.append(~fn.EXISTS(_later()))
    rooms = Value(1) if room is not None else _count_rooms()
    rows = fetch(database, _newest_first(where, *_SHOWN, rooms).limit(limit + 1))
    if len(rows) > limit:
        end = rows[limit - 1][:3]
    return SeenRecords([_record(row) for row in rows[:limit]], end and Position._make(end))


def _newest_first(where: Sequence[Any], *columns: Any) -> Any:
    query = Visit.select(*columns).join(Room, on=(Room.id == Visit.room_id)).where(*where)
    return query.order_by(*(column.desc() for column in _ORDER))


def _matches(search: str) -> Any:
    named = fn.INSTR(Visit.folded, names.search_key(search)) > 0
    return named | (fn.INSTR(Visit.place, search) == 1) | (Visit.person_id == search)


def _later() -> Any:
    """Select the visits of the same person that came after one."""
    other, room = Visit.alias(), Room.alias()
    later = Tuple(other.last, other.room_id) > Tuple(Visit.last, Visit.room_id)
    query = other.select(other.room_id).join(room, on=(room.id == other.room_id))
    return query.where((other.person_id == Visit.person_id) & later & ~room.removed)


def _count_rooms() -> Any:
    other, room = Visit.alias(), Room.alias()
    query = other.select(fn.COUNT(other.room_id)).join(room, on=(room.id == other.room_id))
    return query.where((other.person_id == Visit.person_id) & ~room.removed)


def _record(row: Any) -> SeenRecord:
    last, _, person_id, name, verified, kind, place, first, room, rooms = row
    person = Person(person_id, name, bool(verified), kind)
    return SeenRecord(person, place, first, last, room, rooms)


def _room_id(database: Database, name: str) -> int:
    found = fetch_one(database, Room.select(Room.id).where(Room.name == name))
    if found is None:
        raise NotFound(f"no room {name!r}")
    return int(found[0])
