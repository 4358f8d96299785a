"""What somebody who joins is shown first: the entries missed, or the newest page.

Knows nothing of clients and rooms; it reads the memory tail, and the database where that is not
enough.
"""

import asyncio
import sys
from dataclasses import dataclass, field

from tornchat.errors import NotFound
from tornchat.protocol import encode, tag
from tornchat.store.history import History
from tornchat.store.records import RoomRecord
from tornchat.store.tails import Tails

EVERYTHING = sys.maxsize


@dataclass(slots=True)
class Snapshot:
    """Encoded entries, oldest first, and the committed seq they stand for.

    With `more` the position is not yet reached and nothing live may follow. `behind` are log
    entries that were committed while a page of the state was read: they follow the reply.
    """

    entries: list[str]
    last: int
    recovered: bool
    more: bool = False
    behind: list[str] = field(default_factory=list)


class Replay:
    """Finds the beginning of everybody's stream.

    Each method ends in the turn of the loop in which its snapshot is complete up to `record.last`
    (unless `more`): a caller that subscribes without awaiting anything else misses nothing and
    gets nothing twice. Raises NotFound where the room was deleted meanwhile; its name may belong to
    another one by then, so what is known of a room goes by its epoch.
    """

    def __init__(self, history: History, tails: Tails, *, recovery_limit: int) -> None:
        self._history = history
        self._tails = tails
        self._recovery_limit = recovery_limit
        self._warming: dict[str, asyncio.Future[None]] = {}

    async def since(self, record: RoomRecord, position: int, *, max_size: int) -> Snapshot | None:
        """Return every entry behind `position`, as many as one reply may hold.

        None when they are not there any more: beyond the room's last, or older than retention.
        """
        if not record.first - 1 <= position <= record.last:
            return None
        await self._warm(record)
        texts: list[str] = []
        size = 0
        while position < record.last and len(texts) < self._recovery_limit and size < max_size:
            found = await self._behind(
                record, position, self._recovery_limit - len(texts), max_size - size
            )
            if not found:
                return None
            texts += found
            position += len(found)
            size += sum(map(size_of, found))
        return Snapshot(texts, record.last, recovered=True, more=position < record.last)

    async def newest(self, record: RoomRecord, limit: int, *, max_size: int) -> Snapshot:
        """Return the newest page of the present state."""
        texts = self._tails.newest_state(record.name, limit, record.first)
        if texts is None:
            await self._warm(record)
            texts = self._tails.newest_state(record.name, limit, record.first)
        if texts is not None:
            return Snapshot(fitting(texts, max_size), record.last, recovered=False)
        while True:
            last = record.last
            page = await self._history.state_page(record.name, limit=limit, epoch=record.epoch)
            self._check(record)
            behind = self._tails.since(record.name, last, limit=EVERYTHING)
            if behind is not None:
                # What was committed but not yet handed out comes live, so it is left out here.
                texts = [encode(entry) for entry in page.entries if entry.seq <= last]
                return Snapshot(fitting(texts, max_size), last, recovered=False, behind=behind)

    def forget(self, record: RoomRecord) -> None:
        """Forget a room that was deleted."""
        self._warming.pop(record.epoch, None)
        self._tails.drop(record.name)

    async def _behind(
        self, record: RoomRecord, position: int, limit: int, max_size: int
    ) -> list[str]:
        found = self._tails.since(record.name, position, limit=limit, max_size=max_size)
        if found is not None:
            return found
        page = await self._history.log_page(
            record.name,
            after=position,
            upto=record.last,
            limit=limit,
            max_size=max_size,
            epoch=record.epoch,
        )
        self._check(record)
        if not page.entries or page.entries[0].seq != position + 1:
            return []
        return [encode(entry) for entry in page.entries]

    async def _warm(self, record: RoomRecord) -> None:
        """Fill a room's tail from the database, once after a start, whoever comes first."""
        warming = self._warming.get(record.epoch)
        if warming is None:
            warming = asyncio.ensure_future(self._load_tail(record))
            self._warming[record.epoch] = warming
        if not warming.done():
            await asyncio.shield(warming)
        elif warming.exception() is not None:
            del self._warming[record.epoch]
            await self._warm(record)

    async def _load_tail(self, record: RoomRecord) -> None:
        last = record.last
        page = await self._history.log_page(
            record.name,
            after=max(record.first - 1, last - self._recovery_limit),
            upto=last,
            limit=self._recovery_limit,
            epoch=record.epoch,
        )
        self._check(record)
        entries = [(entry.seq, tag(entry), encode(entry)) for entry in page.entries]
        self._tails.load(record.name, entries, last)

    def _check(self, record: RoomRecord) -> None:
        """Refuse what was read of a room that was forgotten while it was being read."""
        if record.epoch not in self._warming:
            raise NotFound(f"no room {record.name!r}")


def fitting(texts: list[str], max_size: int, *, newest: bool = True) -> list[str]:
    """Leave out the oldest (or newest) until the rest fits into one reply; one always does."""
    size = 0
    for count, text in enumerate(reversed(texts) if newest else texts):
        size += size_of(text)
        if size > max_size and count:
            return texts[-count:] if newest else texts[:count]
    return texts


def size_of(text: str) -> int:
    """Return the bytes of a text on the wire, before it is wrapped."""
    return len(text) if text.isascii() else len(text.encode())
