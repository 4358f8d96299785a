"""Retention: removes what is too old or too much from the beginning of each room's log.

Whole prefixes only, in small steps through the journal, so that no group waits for more than a few
milliseconds. It decides nothing about when to run.
"""

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass

from peewee import Database

from tornchat.store.journal import Journal
from tornchat.store.models import LogEntry, Reaction, Room
from tornchat.store.sql import fetch, fetch_one

STEP = 100
"""Entries removed at a time: about a millisecond, secure_delete included."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much to keep where a room says nothing itself: seconds and entries, 0 keeps all."""

    age: float = 0
    messages: int = 0


async def prune(
    journal: Journal, retention: Retention, clock: Callable[[], float]
) -> dict[str, int]:
    """Remove from every room what it need not keep; return the rooms whose `first` moved.

    Yields to the loop and to the journal between steps. Tell the hub and the tails of the new
    `first` values. Raises a ChatError where the database refuses; then try again later.
    """
    moved: dict[str, int] = {}
    limits = await asyncio.wrap_future(journal.call(lambda db: _limits(db, retention)))
    for limit in limits:
        before = int((clock() - limit.age) * 1000) if limit.age else None
        while True:
            step = functools.partial(_step, limit=limit, before=before)
            first = await asyncio.wrap_future(journal.call(step))
            if first is None:
                break
            moved[limit.name] = first
    return moved


@dataclass(frozen=True, slots=True)
class _Limit:
    room_id: int
    name: str
    age: float
    messages: int


def _limits(database: Database, retention: Retention) -> list[_Limit]:
    query = Room.select(Room.id, Room.name, Room.history_age, Room.history_messages)
    limits = [
        _Limit(
            room_id,
            name,
            retention.age if age is None else age,
            retention.messages if messages is None else messages,
        )
        for room_id, name, age, messages in fetch(database, query)
    ]
    return [limit for limit in limits if limit.age or limit.messages]


def _step(database: Database, limit: _Limit, before: int | None) -> int | None:
    """Remove one step's worth; return the room's new `first`, or None at the end."""
    query = Room.select(Room.first, Room.next_seq).where(Room.id == limit.room_id)
    first, next_seq = fetch_one(database, query)
    end = min(first + STEP, next_seq)
    new_first = first
    if limit.messages:
        new_first = min(max(first, next_seq - limit.messages), end)
    if before is not None and new_first < end:
        new_first = _first_younger(database, limit.room_id, new_first, end, before)
    if new_first == first:
        return None
    for model, seq in ((LogEntry, LogEntry.seq), (Reaction, Reaction.target)):
        where = (model.room_id == limit.room_id) & (seq < new_first)
        model.delete().where(where).execute(database)
    Room.update(first=new_first).where(Room.id == limit.room_id).execute(database)
    return int(new_first)


def _first_younger(database: Database, room_id: int, start: int, end: int, before: int) -> int:
    query = LogEntry.select(LogEntry.seq).where(
        (LogEntry.room_id == room_id)
        & (LogEntry.seq >= start)
        & (LogEntry.seq < end)
        & (LogEntry.time >= before)
    )
    found = fetch_one(database, query.order_by(LogEntry.seq).limit(1))
    return end if found is None else int(found[0])
