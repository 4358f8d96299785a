"""Notes who is in which room, on the way to the disk: a join costs a dictionary entry, no commit.

It knows nothing of how visits are kept or shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from tornchat.errors import ChatError
from tornchat.store import Journal, RoomRecord
from tornchat.store.visits import STEP, VisitRecord, write_visits

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.room import Room

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
"""Between two steps, so that a storm of joins costs the writer less than one part in a hundred."""
MOST_WAITING: Final = 20_000
"""Visits that wait at most, about 8 MB; those of a longer storm are not noted."""
FINISH_SECONDS: Final = 2.0

_Key = tuple[str, str]


class Visits:
    """Who came and who went, since it was last written.

    A person who comes, goes and comes again is one entry until then. The hub notes and ticks;
    `finish` notes who is still there and writes what waits, before the journal stops. What a kill
    takes with it are the visits of the last moments: nobody was promised more.

    `age` is for how many seconds visits are kept, 0 for not at all: then nobody is noted. `utc`
    gives UTC seconds.
    """

    def __init__(self, journal: Journal, utc: Callable[[], float], age: float) -> None:
        self.age = age
        self._journal = journal
        self._utc = utc
        self._waiting: dict[_Key, VisitRecord] = {}
        self._writing: asyncio.Task[bool] | None = None
        self._due = 0.0
        self._finished = False

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, record: RoomRecord, client: Client) -> None:
        """Note that somebody is in a room, or was until now."""
        if not self.age or self._finished or client.invisible:
            return
        person, now = client.person, int(self._utc() * 1000)
        key = (record.epoch, person.id)
        known = self._waiting.get(key)
        if known is None and len(self._waiting) >= MOST_WAITING:
            return
        first = now if known is None else known.first
        self._waiting[key] = VisitRecord(
            record.name, record.epoch, person, first, now, client.place
        )

    def tick(self, now: float) -> None:
        """Write one step where one is due; `now` is monotonic."""
        if self._waiting and self._writing is None and not self._finished and now >= self._due:
            self._due = now + PAUSE_SECONDS
            self._writing = asyncio.create_task(self._write())

    async def finish(self, rooms: Iterable[Room]) -> None:
        """Note everybody who is there, write all that waits within 2 s, and note nobody more."""
        for room in rooms:
            for client in room.inside:
                self.note(room.record, client)
        self._finished = True
        deadline = asyncio.get_running_loop().time() + FINISH_SECONDS
        if self._writing is not None:
            await self._writing
        while self._waiting and asyncio.get_running_loop().time() < deadline:
            if not await self._write():
                return

    async def _write(self) -> bool:
        """Write the oldest; False where that failed, and they go on waiting."""
        step = dict(islice(self._waiting.items(), STEP))
        try:
            write = partial(write_visits, visits=list(step.values()))
            await asyncio.wrap_future(self._journal.call(write))
        except ChatError as error:
            log.debug("visits wait on: %s", error)
            return False
        except Exception:
            log.exception("%d visits could not be written, and are dropped", len(step))
        finally:
            self._writing = None
        for key, visit in step.items():
            if self._waiting[key] is visit:  # else it has gone on meanwhile
                del self._waiting[key]
        return True
