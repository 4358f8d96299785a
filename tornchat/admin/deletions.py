"""Deletions that somebody has asked for: they wait a while, can be called off, then happen.

It knows nothing of who may ask for what.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol, TypeVar

from tornchat.admin.lookup import Clock, milliseconds, tell
from tornchat.chat.ports import Live
from tornchat.errors import ChatError, NotFound, TooMany
from tornchat.store.authors import Written

log = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE_SECONDS: Final = 10.0
STEP: Final = 50
"""Messages that are deleted at a time: others write in between."""
TRIES: Final = 30
"""How often something is tried again where the database refuses, a second or more apart."""
MOST_WAITING: Final = 1000

Find = Callable[[], Awaitable[Sequence[Written]]]
"""Returns what is to be deleted, when the time has come."""


class Timer(Protocol):
    """Something that will happen, as `loop.call_later` gives it."""

    def cancel(self) -> None:
        """Let it not happen."""


Later = Callable[[float, Callable[[], object]], Timer]


@dataclass(frozen=True, slots=True)
class PendingDeletion:
    """A deletion that can still be called off. `due`: when it happens, UTC ms.

    `room` None: all rooms. Either `person` is who wrote the messages, or `seqs` are the messages.
    `count`: how many there were when it was asked for. `by`: who asked.
    """

    id: int
    due: int
    count: int
    room: str | None
    person: str | None
    seqs: tuple[int, ...]
    by: str


class Deletions:
    """What is about to be deleted.

    Life: `ask`, then it happens after ten seconds unless `call_off` comes before; `finish` lets
    everything that waits happen at once, for a shutdown. What a kill interrupts has not happened,
    or not all of it. Those in charge are told whenever something has begun to wait, or waits no
    more. `later` is `loop.call_later`, `clock` gives UTC seconds.
    """

    def __init__(self, live: Live, *, later: Later, clock: Clock) -> None:
        self._live = live
        self._later = later
        self._clock = clock
        self._ids = count(1)
        self._waiting: dict[int, tuple[PendingDeletion, Find, Timer]] = {}
        self._at_work: set[asyncio.Task[None]] = set()
        self._finishing = False
        # One after the other: all of them together write no more than one would.
        self._turn = asyncio.Lock()

    def ask(
        self,
        find: Find,
        *,
        count: int,
        by: str,
        room: str | None,
        person: str | None = None,
        seqs: Sequence[int] = (),
    ) -> PendingDeletion:
        """Let what `find` will return be deleted in ten seconds. Raises TooMany."""
        if len(self._waiting) >= MOST_WAITING:
            raise TooMany(f"{MOST_WAITING} deletions are waiting already")
        number = next(self._ids)
        due = milliseconds(self._clock) + int(PAUSE_SECONDS * 1000)
        pending = PendingDeletion(number, due, count, room, person, tuple(seqs), by)
        timer = self._later(PAUSE_SECONDS, lambda: self._begin(number))
        self._waiting[number] = pending, find, timer
        self._tell(pending)
        return pending

    def find(self, number: object) -> PendingDeletion | None:
        """Return a deletion that can still be called off."""
        found = self._waiting.get(number) if type(number) is int else None
        return None if found is None else found[0]

    def waiting(self, room: str | None) -> list[PendingDeletion]:
        """Return what can still be called off of what is about a room (None: about anything)."""
        all_of_them = (pending for pending, _, _ in self._waiting.values())
        return [p for p in all_of_them if room is None or p.room in (None, room)]

    def call_off(self, number: int) -> PendingDeletion:
        """Let it not happen. Raises NotFound where it is too late."""
        found = self._waiting.pop(number, None)
        if found is None:
            raise NotFound("too late: it has happened, or was called off before")
        pending, _, timer = found
        timer.cancel()
        self._tell(pending)
        return pending

    async def finish(self, patience: float) -> None:
        """Let everything that waits happen now; come back when it has, or after so many seconds."""
        self._finishing = True
        for number in list(self._waiting):
            self._begin(number)
        if self._at_work:
            _, late = await asyncio.wait(self._at_work, timeout=patience)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
                log.error("%d deletions are not finished", len(late))

    def _begin(self, number: int) -> None:
        found = self._waiting.pop(number, None)
        if found is None:
            return
        pending, find, timer = found
        timer.cancel()
        task = asyncio.get_running_loop().create_task(self._carry_out(pending, find))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _carry_out(self, pending: PendingDeletion, find: Find) -> None:
        try:
            async with self._turn:
                messages = await self._insist(find)
                for start in range(0, len(messages), STEP):
                    step = messages[start : start + STEP]
                    await asyncio.gather(*map(self._delete, step))
        except ChatError as error:
            log.error("a deletion that %s asked for is not finished: %s", pending.by, error)
        except Exception:
            log.exception("a deletion that %s asked for is not finished", pending.by)
        self._tell(pending)

    async def _delete(self, message: Written) -> None:
        # Gone already: by retention, or with its room.
        with suppress(NotFound):
            await self._insist(lambda: self._erase(message))

    async def _erase(self, message: Written) -> None:
        record = self._live.record(message.room)
        if record is None or record.epoch != message.epoch:
            raise NotFound(f"no room {message.room!r}")
        await self._live.write(message.room, "deleted", target=message.seq, moderator=True)

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Try again while the database is busy or its disk full; not during a shutdown."""
        for _ in range(TRIES):
            try:
                return await work()
            except ChatError as error:
                if self._finishing or not error.retryable:
                    raise
                await self._pause(error.retry_after or 1.0)
        return await work()

    async def _pause(self, seconds: float) -> None:
        over = asyncio.Event()
        self._later(seconds, over.set)
        await over.wait()

    def _tell(self, pending: PendingDeletion) -> None:
        tell(self._live, "messages", pending.room)
