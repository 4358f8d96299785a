"""What was revoked since a backup was made, so that restoring the backup does not undo it.

It reads the database that is about to be replaced, and writes into the one that takes its place.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from peewee import Database

from tornchat.store import database as connections
from tornchat.store.faults import DATABASE_ERRORS, describe
from tornchat.store.migrations import MIGRATIONS, schema_version
from tornchat.store.models import Room, Token
from tornchat.store.sql import fetch

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Revocations:
    """Tokens revoked, by digest, and rooms rotated, by name; times are UTC ms."""

    tokens: dict[bytes, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)


def read_revocations(path: Path) -> Revocations | None:
    """Return what a database knows to be void; None where it is missing or cannot be read."""
    if not path.exists():
        return None
    database = connections.reader(path)
    try:
        with database.connection_context():
            if schema_version(database) != len(MIGRATIONS):
                return None
            return _read(database)
    except DATABASE_ERRORS as error:
        logger.warning("%s: cannot be read: %s", path, describe(error))
        return None


def apply_revocations(database: Database, known: Revocations) -> None:
    """Revoke and rotate what `known` says; tokens and rooms that are not here do not matter."""
    for digest, time in known.tokens.items():
        active = (Token.digest == digest) & Token.revoked.is_null()
        Token.update(revoked=time).where(active).execute(database)
    for name, time in known.rooms.items():
        older = (Room.name == name) & (Room.rotated < time)
        Room.update(rotated=time).where(older).execute(database)


def count_active(database: Database, time: int) -> int:
    """Return how many invites and keys are valid at `time` (UTC ms)."""
    lasts = Token.expires.is_null() | (Token.expires > time)
    active = Token.select(Token.id).where(Token.revoked.is_null() & lasts)
    return len(fetch(database, active))


def _read(database: Database) -> Revocations:
    tokens = Token.select(Token.digest, Token.revoked).where(Token.revoked.is_null(False))
    rooms = Room.select(Room.name, Room.rotated).where((Room.rotated > 0) & ~Room.removed)
    return Revocations(
        {bytes(digest): time for digest, time in fetch(database, tokens)},
        dict(fetch(database, rooms)),
    )
