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
    (
        "ALTER TABLE room ADD COLUMN slow_mode INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE room ADD COLUMN locked INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE room ADD COLUMN join_lines INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE room ADD COLUMN words TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE room ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE ban ADD COLUMN kind TEXT NOT NULL DEFAULT 'ban'",
        "ALTER TABLE ban ADD COLUMN name TEXT",
        "ALTER TABLE ban ADD COLUMN author TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE account (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
            folded TEXT NOT NULL, password TEXT, totp TEXT, totp_step INTEGER NOT NULL,
            rooms TEXT, created INTEGER NOT NULL, last_login INTEGER)""",
        "CREATE UNIQUE INDEX account_folded ON account (folded)",
        """CREATE TABLE session (
            digest BLOB NOT NULL PRIMARY KEY, account_id INTEGER NOT NULL,
            created INTEGER NOT NULL, seen INTEGER NOT NULL, place TEXT NOT NULL,
            agent TEXT NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE login_link (
            digest BLOB NOT NULL PRIMARY KEY, account_id INTEGER, expires INTEGER NOT NULL)
            WITHOUT ROWID""",
        """CREATE TABLE audit (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,
            actor TEXT NOT NULL, actor_kind TEXT NOT NULL, place TEXT NOT NULL,
            verb TEXT NOT NULL, room TEXT, subject TEXT NOT NULL, detail TEXT NOT NULL)""",
        "CREATE INDEX audit_room ON audit (room, id)",
        """CREATE TRIGGER audit_keeps BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        """CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        """CREATE TABLE visit (
            room_id INTEGER NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL,
            folded TEXT NOT NULL, verified INTEGER NOT NULL, kind TEXT NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, place TEXT NOT NULL,
            PRIMARY KEY (room_id, person_id)) WITHOUT ROWID""",
        # One for a room's people, one for everybody's, one for a person's rooms.
        "CREATE INDEX visit_room ON visit (room_id, last)",
        "CREATE INDEX visit_last ON visit (last)",
        "CREATE INDEX visit_person ON visit (person_id, last)",
        # The search index keeps no text of its own: what is deleted must be gone.
        """CREATE TABLE search_entry (
            id INTEGER NOT NULL PRIMARY KEY, room_id INTEGER NOT NULL, seq INTEGER NOT NULL)""",
        "CREATE UNIQUE INDEX search_entry_seq ON search_entry (room_id, seq)",
        """CREATE TABLE search_position (
            room_id INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL)""",
        """CREATE TABLE search_purge (
            id INTEGER NOT NULL PRIMARY KEY, wanted INTEGER NOT NULL, urgent INTEGER NOT NULL)""",
        """CREATE VIRTUAL TABLE search USING fts5(
            text, marks, content='', columnsize=0, prefix='2 3',
            tokenize='unicode61 remove_diacritics 2')""",
        # Merging is for idle moments, in steps: see `upkeep`.
        "INSERT INTO search (search, rank) VALUES ('automerge', 0)",
    ),
    ("ALTER TABLE room ADD COLUMN origins TEXT NOT NULL DEFAULT ''",),
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
