"""What the journal has told the world, compared with what the database holds.

After a commit of unknown outcome the two may differ: entries that are on disk, but that nobody
heard of. They are found here, so that no seq is skipped.
"""

from peewee import Database

from tornchat.errors import StorageRefused
from tornchat.protocol import Entry
from tornchat.store.models import LogEntry, Room
from tornchat.store.records import Group
from tornchat.store.rows import Row, to_entry
from tornchat.store.sql import fetch
from tornchat.store.statements import COLUMNS


class Expected:
    """The next seq of every room as last reported, by the room's id."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def load(self, database: Database) -> None:
        """Take the database as it is at the start."""
        self._next = {room_id: next_seq for room_id, _, next_seq in _rooms(database)}

    def reported(self, group: Group) -> None:
        """Note what a group made known."""
        for room, entries in group.entries.items():
            self._next[group.room_ids[room]] = entries[-1].seq + 1

    def missed(self, database: Database) -> Group:
        """Return the entries that were committed without a report.

        Raises StorageRefused where the database holds less than was acknowledged.
        """
        group = Group()
        for room_id, room, found in _rooms(database):
            known = self._next.get(room_id, 1)
            if found < known:
                raise StorageRefused(
                    f"room {room} ends at {found - 1} in the database, but {known - 1} was "
                    "acknowledged: this is not the database that was in use"
                )
            if found > known:
                group.entries[room] = _entries(database, room, known)
                group.room_ids[room] = room_id
        return group


def _rooms(database: Database) -> list[tuple[int, str, int]]:
    return fetch(database, Room.select(Room.id, Room.name, Room.next_seq))


def _entries(database: Database, room: str, start: int) -> list[Entry]:
    query = (
        LogEntry.select(*COLUMNS)
        .join(Room, on=(Room.id == LogEntry.room_id))
        .where((Room.name == room) & (LogEntry.seq >= start))
        .order_by(LogEntry.seq)
    )
    return [to_entry(room, Row._make(found)) for found in fetch(database, query)]
