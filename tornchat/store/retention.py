"""Retention: removes what is too old or too much from the beginning of each room's log.

Whole prefixes only, in small steps through the journal, so that no group waits for more than a few
milliseconds. Each step sees the rooms as they are by then: settings may change, rooms come and go
meanwhile. It decides nothing about when to run.
"""

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from peewee import Database

from tornchat.store.bans import forget_bans
from tornchat.store.indexing import remove_before
from tornchat.store.journal import Journal
from tornchat.store.models import LogEntry, Reaction, Room
from tornchat.store.sql import fetch, fetch_one
from tornchat.store.sweeping import sweep
from tornchat.store.visits import forget_visits

STEP: Final = 100
"""Entries removed at a time: about a millisecond, secure_delete included."""

BAN_MEMORY: Final = 30 * 86400
"""Seconds for which a ban that has ended is kept."""

SEEN_AGE: Final = 30 * 86400
"""Seconds for which it is kept who was where, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much to keep where a room says nothing itself: seconds and entries, 0 keeps all.

    `seen`: seconds for which it is kept who was where, 0 keeps nothing of that.
    """

    age: float = 0
    messages: int = 0
    seen: float = SEEN_AGE


async def prune(
    journal: Journal, retention: Retention, clock: Callable[[], float]
) -> dict[str, int]:
    """Remove from every room what it need not keep; return the rooms whose `first` moved.

    What is left of deleted rooms goes first, then bans that ended and visits that were long ago.
    Yields to the loop and to the journal between steps. Tell the hub and the tails of the new
    `first` values before awaiting anything else: they are those of the rooms that exist now. Raises
    a ChatError where the database refuses; then try again later.
    """
    await sweep(journal)
    for forget, age in ((forget_bans, BAN_MEMORY), (forget_visits, retention.seen)):
        step = functools.partial(forget, before=int((clock() - age) * 1000))
        while await asyncio.wrap_future(journal.call(step)):
            pass
    moved: list[int] = []
    limited = functools.partial(_limited, retention=retention)
    for room_id in await asyncio.wrap_future(journal.call(limited)):
        cut = functools.partial(_step, room_id=room_id, retention=retention)
        while await asyncio.wrap_future(journal.call(functools.partial(cut, now=clock()))):
            if room_id not in moved[-1:]:
                moved.append(room_id)
    if not moved:
        return {}
    return await asyncio.wrap_future(journal.call(functools.partial(_firsts, room_ids=moved)))


def _limited(database: Database, retention: Retention) -> list[int]:
    """Return the rooms that have a limit."""
    query = Room.select(Room.id, Room.history_age, Room.history_messages).where(~Room.removed)
    found = fetch(database, query)
    return [room_id for room_id, *own in found if any(_limits(own, retention))]


def _limits(own: Sequence[Any], retention: Retention) -> tuple[float, int]:
    """Return a room's limits, the age and the number of entries, of its own and the default."""
    age, messages = own
    return (
        retention.age if age is None else age,
        retention.messages if messages is None else messages,
    )


def _step(database: Database, room_id: int, retention: Retention, now: float) -> bool:
    """Remove one step's worth; False at the end, or where the room is gone."""
    query = Room.select(Room.first, Room.next_seq, Room.history_age, Room.history_messages)
    found = fetch_one(database, query.where((Room.id == room_id) & ~Room.removed))
    if found is None:
        return False
    first, next_seq, *own = found
    age, messages = _limits(own, retention)
    end = min(first + STEP, next_seq)
    new_first = first
    if messages:
        new_first = min(max(first, next_seq - messages), end)
    if age and new_first < end:
        before = int((now - age) * 1000)
        new_first = _first_younger(database, room_id, new_first, end, before)
    if new_first == first:
        return False
    remove_before(database, room_id, new_first, urgent=False)
    for model, seq in ((LogEntry, LogEntry.seq), (Reaction, Reaction.target)):
        where = (model.room_id == room_id) & (seq < new_first)
        model.delete().where(where).execute(database)
    Room.update(first=new_first).where(Room.id == room_id).execute(database)
    return True


def _firsts(database: Database, room_ids: Sequence[int]) -> dict[str, int]:
    query = Room.select(Room.name, Room.first).where(~Room.removed)
    found = fetch(database, query.where(Room.id.in_(room_ids)))
    return dict(found)


def _first_younger(database: Database, room_id: int, start: int, end: int, before: int) -> int:
    query = LogEntry.select(LogEntry.seq).where(
        (LogEntry.room_id == room_id)
        & (LogEntry.seq >= start)
        & (LogEntry.seq < end)
        & (LogEntry.time >= before)
    )
    found = fetch_one(database, query.order_by(LogEntry.seq).limit(1))
    return end if found is None else int(found[0])
