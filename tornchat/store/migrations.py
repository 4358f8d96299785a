"""The schema as numbered steps; knows nothing of what the tables are for.

The number of the last step done is SQLite's `user_version`. A step is never changed once released:
a new one is appended. Each runs in one transaction with its number, so that a kill in the middle
leaves the one before.
"""

from typing import Final

from peewee import Database

from tornchat.errors import StorageRefused
from tornchat.store.sql import pragma, run

APPLICATION_ID: Final = 0x746F726E
"""Marks a SQLite file as ours (`PRAGMA application_id`): "torn"."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE room (
            id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL,
            topic TEXT NOT NULL, access TEXT NOT NULL, guests INTEGER NOT NULL,
            epoch TEXT NOT NULL, first INTEGER NOT NULL, next_seq INTEGER NOT NULL,
            created INTEGER NOT NULL, last_time INTEGER NOT NULL,
            history_age INTEGER, history_messages INTEGER)""",
        "CREATE UNIQUE INDEX room_name ON room (name)",
        """CREATE TABLE entry (
            room_id INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,
            time INTEGER NOT NULL, person_id TEXT, person_name TEXT, person_verified INTEGER,
            person_kind TEXT, client_id TEXT, fingerprint BLOB, text TEXT NOT NULL,
            message_kind TEXT, data BLOB, reply_to INTEGER, target INTEGER, emoji TEXT,
            active INTEGER, edited INTEGER, deleted INTEGER, reactions TEXT,
            checksum INTEGER NOT NULL, PRIMARY KEY (room_id, seq)) WITHOUT ROWID""",
        # NULLs are distinct: lines without a person or a client_id may repeat.
        "CREATE UNIQUE INDEX entry_write ON entry (room_id, person_id, client_id)",
        "CREATE INDEX entry_target ON entry (room_id, target) WHERE target IS NOT NULL",
        """CREATE TABLE reaction (
            room_id INTEGER NOT NULL, target INTEGER NOT NULL, emoji TEXT NOT NULL,
            person_id TEXT NOT NULL, PRIMARY KEY (room_id, target, emoji, person_id))
            WITHOUT ROWID""",
        """CREATE TABLE read_position (
            room_id INTEGER NOT NULL, person_id TEXT NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (room_id, person_id)) WITHOUT ROWID""",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    (
        # Made anew, since only a new table can have AUTOINCREMENT: a room's id, under which its
        # rows are still being removed, must never be that of another room.
        "ALTER TABLE room RENAME TO room_1",
        "DROP INDEX room_name",
        """CREATE TABLE room (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, title TEXT NOT NULL,
            topic TEXT NOT NULL, access TEXT NOT NULL, guests INTEGER NOT NULL,
            epoch TEXT NOT NULL, first INTEGER NOT NULL, next_seq INTEGER NOT NULL,
            created INTEGER NOT NULL, last_time INTEGER NOT NULL,
            history_age INTEGER, history_messages INTEGER, sites TEXT NOT NULL,
            rotated INTEGER NOT NULL, archived INTEGER, pattern TEXT, removed INTEGER NOT NULL)""",
        "INSERT INTO room SELECT *, '', 0, NULL, NULL, 0 FROM room_1",
        "DROP TABLE room_1",
        "CREATE UNIQUE INDEX room_name ON room (name)",
        """CREATE TABLE token (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (typeof(digest) = 'blob' AND length(digest) = 32),
            label TEXT NOT NULL, room TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL,
            expires INTEGER, uses INTEGER, used INTEGER NOT NULL, last_used INTEGER,
            last_place TEXT, revoked INTEGER)""",
        "CREATE UNIQUE INDEX token_digest ON token (digest)",
        "CREATE INDEX token_room ON token (room)",
        """CREATE TABLE binding (
            token_id INTEGER NOT NULL, person_id TEXT NOT NULL, room TEXT NOT NULL,
            role TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (token_id, person_id))
            WITHOUT ROWID""",
        """CREATE TABLE ban (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, place TEXT, person_id TEXT, room TEXT,
            reason TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, source TEXT NOT NULL,
            hits INTEGER NOT NULL)""",
    ),
)


def schema_version(database: Database) -> int:
    """Return the number of the last step that this database has seen."""
    return int(pragma(database, "user_version"))


def migrate(database: Database) -> None:
    """Bring the schema up to date; refuse one that is newer than this program knows."""
    version = schema_version(database)
    if version > len(MIGRATIONS):
        raise StorageRefused(
            f"{database.database}: written by a newer tornchat (schema {version}, this one knows "
            f"{len(MIGRATIONS)}): install that version again, or restore an older backup"
        )
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        with database.atomic():
            for statement in statements:
                run(database, statement)
            run(database, f"PRAGMA user_version = {number}")
