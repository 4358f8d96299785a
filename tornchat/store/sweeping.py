"""Removes what deleted rooms and revoked invites leave behind, in small steps through the journal.

Whoever deletes may begin at once; what a kill has left is found again by the next one. It decides
nothing about when to run.
"""

import asyncio
from typing import Any, Final

from peewee import Database, Tuple, fn

from tornchat.store.indexing import remove_before
from tornchat.store.journal import Journal
from tornchat.store.models import (
    Binding,
    LogEntry,
    Reaction,
    ReadPosition,
    Room,
    SearchPosition,
    Token,
    Visit,
)
from tornchat.store.sql import fetch, fetch_one
from tornchat.store.tokens import unbind_token

STEP: Final = 100
"""Rows removed at a time: about a millisecond, secure_delete included."""
STEP_SIZE: Final = 256 * 1024
"""Text and data of the log removed at a time, about: every byte is overwritten."""


async def sweep(journal: Journal) -> bool:
    """Remove all that nobody can reach any more; return whether there was anything.

    Yields to the loop and to the journal between steps. Raises a ChatError where the database
    refuses; then try again later.
    """
    found = False
    while await asyncio.wrap_future(journal.call(sweep_step)):
        found = True
    if found:
        journal.scrub()
    return found


def sweep_step(database: Database) -> bool:
    """Remove one step's worth; False where nothing is left to do."""
    return _unbind(database) or _clear_room(database)


def _unbind(database: Database) -> bool:
    """Remove bindings of a revoked invite."""
    bound = Binding.select(Binding.time).where(Binding.token_id == Token.id)
    query = Token.select(Token.id).where(Token.revoked.is_null(False) & fn.EXISTS(bound)).limit(1)
    found = fetch_one(database, query)
    return found is not None and unbind_token(database, found[0]) > 0


def _clear_room(database: Database) -> bool:
    """Remove rows of a deleted room, and at last the room's own."""
    query = Room.select(Room.id, Room.name, Room.first, Room.next_seq).where(Room.removed).limit(1)
    found = fetch_one(database, query)
    if found is None:
        return False
    room_id, name, first, next_seq = found
    if first < next_seq:
        _clear_log(database, room_id, first, next_seq)
        return True
    for where, *key in (
        (Reaction.room_id == room_id, Reaction.target, Reaction.emoji, Reaction.person_id),
        (ReadPosition.room_id == room_id, ReadPosition.person_id),
        (Visit.room_id == room_id, Visit.person_id),
        (SearchPosition.room_id == room_id, SearchPosition.room_id),
        (Token.room == name, Token.id),
    ):
        if _delete_some(database, where, key):
            return True
    Room.delete().where(Room.id == room_id).execute(database)
    return True


def _clear_log(database: Database, room_id: int, first: int, next_seq: int) -> None:
    """Remove the log's beginning; the room says where it begins now, as after retention."""
    new_first, size = first, 0
    end = min(first + STEP, next_seq)
    for text_size, data_size in _sizes(database, room_id, end):
        new_first, size = new_first + 1, size + text_size + (data_size or 0)
        if size >= STEP_SIZE:
            break
    remove_before(database, room_id, new_first, urgent=True)
    where = (LogEntry.room_id == room_id) & (LogEntry.seq < new_first)
    LogEntry.delete().where(where).execute(database)
    Room.update(first=new_first).where(Room.id == room_id).execute(database)


def _sizes(database: Database, room_id: int, end: int) -> list[tuple[int, int | None]]:
    """Return the sizes of text and data of what is left before `end`; no seq is missing there."""
    where = (LogEntry.room_id == room_id) & (LogEntry.seq < end)
    query = LogEntry.select(fn.LENGTH(LogEntry.text), fn.LENGTH(LogEntry.data)).where(where)
    return fetch(database, query.order_by(LogEntry.seq))


def _delete_some(database: Database, where: Any, key: list[Any]) -> int:
    """Remove rows; `key` tells those of one `where` from each other."""
    model = key[0].model
    some = model.select(*key).where(where).limit(STEP)
    return int(model.delete().where(where & Tuple(*key).in_(some)).execute(database))
