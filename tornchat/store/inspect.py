"""A look at a data folder from outside, whether or not a server holds it; it changes nothing."""

from pathlib import Path

from tornchat.store import database as connections
from tornchat.store.check import refused
from tornchat.store.faults import DATABASE_ERRORS
from tornchat.store.migrations import MIGRATIONS, schema_version
from tornchat.store.records import RoomRecord
from tornchat.store.rooms import read_rooms


def stored_rooms(data_dir: Path) -> list[RoomRecord] | None:
    """Return the rooms of the database by name, None where there is no database.

    None also where an older server wrote it: the next start brings it up to date. Raises
    StorageRefused where it cannot be read.
    """
    path = data_dir / connections.NAME
    if not path.exists():
        return None
    database = connections.reader(path)
    try:
        with database.connection_context():
            if schema_version(database) < len(MIGRATIONS):
                return None
            return read_rooms(database)
    except DATABASE_ERRORS as error:
        raise refused(error, path) from error
