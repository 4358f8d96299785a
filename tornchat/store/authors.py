"""Which messages somebody has written, wherever that was. It only reads."""

from typing import Any, Final, NamedTuple

from peewee import JOIN, Database

from tornchat.store.models import LogEntry, Room
from tornchat.store.rows import STATE_KINDS
from tornchat.store.sql import fetch

MOST: Final = 10_000
"""Messages that one look returns."""


class Written(NamedTuple):
    """Where a message is; `epoch` tells a room from a later one of its name."""

    room: str
    epoch: str
    seq: int


def written_by(database: Database, person_id: str, room: str | None) -> list[Written]:
    """Return what a person has written in a room (None: in all) and nobody has deleted, ≤ 10,000.

    It costs a look into each room and, there, at what the person has written.
    """
    is_meant: tuple[Any, ...] = () if room is None else (Room.name == room,)
    # CROSS JOIN: SQLite must begin with the rooms, each of which has an index of its writers.
    query = (
        Room.select(Room.name, Room.epoch, LogEntry.seq)
        .join(LogEntry, JOIN.CROSS)
        .where(
            ~Room.removed,
            *is_meant,
            LogEntry.room_id == Room.id,
            LogEntry.person_id == person_id,
            LogEntry.kind.in_(STATE_KINDS),
            LogEntry.deleted.is_null(),
        )
        .limit(MOST)
    )
    return sorted(map(Written._make, fetch(database, query)))
