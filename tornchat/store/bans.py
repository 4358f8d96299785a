"""Bans as rows; who is banned for what, and for how long, is decided elsewhere.

Every function runs inside a transaction of the journal.
"""

from typing import Final

from peewee import Database

from tornchat.store.models import Ban
from tornchat.store.records import BanRecord
from tornchat.store.sql import fetch

_COLUMNS: Final = tuple(getattr(Ban, name) for name in BanRecord.__slots__)
_STEP: Final = 100


def insert_ban(database: Database, ban: BanRecord) -> int:
    """Store a ban or a mute, whatever its `id` says; return the one that it got."""
    values = {name: getattr(ban, name) for name in BanRecord.__slots__ if name != "id"}
    return int(Ban.insert(values).execute(database))


def read_bans(database: Database, after: int) -> list[BanRecord]:
    """Return the bans that end after `after` (UTC ms) or never, oldest first.

    The present gives those in force; a day before it also those that a new one should remember.
    """
    query = Ban.select(*_COLUMNS).where(Ban.expires.is_null() | (Ban.expires > after))
    return [BanRecord(*found) for found in fetch(database, query.order_by(Ban.id))]


def count_hits(database: Database, ban_id: int, hits: int) -> None:
    """Note that a ban has kept somebody out so many times more."""
    query = Ban.update(hits=Ban.hits + hits).where(Ban.id == ban_id)
    query.execute(database)


def remove_ban(database: Database, ban_id: int) -> bool:
    """Lift a ban; False where there is none."""
    return bool(Ban.delete().where(Ban.id == ban_id).execute(database))


def forget_bans(database: Database, before: int) -> int:
    """Remove a step's worth of the bans that ended before `before`; return how many."""
    old = Ban.select(Ban.id).where(Ban.expires < before).limit(_STEP)
    return int(Ban.delete().where(Ban.id.in_(old)).execute(database))


def forget_bans_of(database: Database, room: str) -> None:
    """Remove the bans from a room, and the mutes in it, when the room is deleted."""
    Ban.delete().where(Ban.room == room).execute(database)
