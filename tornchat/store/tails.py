"""The newest entries of each room, already encoded; used on the loop only, never touches the disk.

All rooms share one bound: when it is reached the entry that came first of all goes, whichever room
it belongs to. So a thousand clients that come back at once cost no queries, and memory stays flat.
"""

from collections import deque
from collections.abc import Sequence
from sys import getsizeof
from typing import Final

_OVERHEAD: Final = 120
"""Bytes that an entry costs besides its text: tuple, number, places in two queues."""

_STATE_KINDS: Final = frozenset(("message", "notice"))
Encoded = tuple[int, str, str]
"""Seq, kind of entry, JSON text."""


class _Tail:
    """A contiguous run of one room's entries up to `next - 1`."""

    __slots__ = ("entries", "loaded", "next")

    def __init__(self, next_seq: int) -> None:
        self.entries: deque[Encoded] = deque()
        self.next = next_seq
        self.loaded = False

    @property
    def start(self) -> int:
        return self.next - len(self.entries)


class Tails:
    """The tails of all rooms, at most `limit` bytes together.

    `append` every committed entry in seq order; `load` once per room what came before. What a tail
    does not cover is answered by None: the database knows.
    """

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._tails: dict[str, _Tail] = {}
        # One mark per entry, in the order of coming; a dropped tail leaves its marks behind.
        self._order: deque[_Tail] = deque()
        self._stale = 0

    def append(self, room: str, seq: int, kind: str, text: str) -> None:
        """Add the room's newest entry. After a hole in the seqs the tail begins anew."""
        tail = self._tails.get(room)
        if tail is None or tail.next != seq:
            if tail is not None and seq < tail.next:
                return
            tail = self._begin(room, seq)
        tail.entries.append((seq, kind, text))
        tail.next = seq + 1
        self._grow(tail, text)

    def load(self, room: str, entries: Sequence[Encoded], last: int = 0) -> None:
        """Take over the log's end as read from the database, oldest first, no seq missing.

        `last` is the room's last seq in that snapshot, for a room without entries. What was
        appended meanwhile stays behind it.
        """
        end = entries[-1][0] if entries else last
        tail = self._tails.get(room)
        if tail is None or tail.start > end + 1:
            if tail is not None:
                # A hole between the two: the younger one is of more use.
                tail.loaded = True
                return
            tail = self._begin(room, end + 1)
        tail.loaded = True
        start = tail.start
        older = [entry for entry in entries if entry[0] < start or not tail.entries]
        tail.entries.extendleft(reversed(older))
        tail.next = max(tail.next, end + 1)
        for entry in older:
            self._grow(tail, entry[2])

    def loaded(self, room: str) -> bool:
        """Say whether `load` was done for the room."""
        tail = self._tails.get(room)
        return tail is not None and tail.loaded

    def since(
        self, room: str, after: int, limit: int, max_size: int | None = None
    ) -> list[str] | None:
        """Return the entries behind `after`, oldest first, ≤ `limit`; None if some are not here.

        `max_size`: bytes of text, of which at least one entry may be larger.
        """
        tail = self._tails.get(room)
        if tail is None or not tail.start - 1 <= after < tail.next:
            return None
        skipped = after + 1 - tail.start
        texts: list[str] = []
        size = 0
        for index in range(skipped, min(skipped + limit, len(tail.entries))):
            text = tail.entries[index][2]
            size += len(text) if text.isascii() else len(text.encode())
            if texts and max_size is not None and size > max_size:
                break
            texts.append(text)
        return texts

    def newest_state(self, room: str, limit: int, first: int = 1) -> list[str] | None:
        """Return the newest messages and notices, oldest first, ≤ `limit`.

        None where more may be on disk than here; `first` is the room's oldest kept seq.
        """
        tail = self._tails.get(room)
        if tail is None:
            return None
        texts: list[str] = []
        for _, kind, text in reversed(tail.entries):
            if kind in _STATE_KINDS:
                texts.append(text)
                if len(texts) == limit:
                    break
        else:
            if tail.start > first:
                return None
        return texts[::-1]

    def replace(self, room: str, seq: int, text: str) -> None:
        """Put another text in the place of an entry, if it is here."""
        tail = self._tails.get(room)
        if tail is None or not tail.start <= seq < tail.next:
            return
        index = seq - tail.start
        _, kind, old = tail.entries[index]
        tail.entries[index] = (seq, kind, text)
        self.size += getsizeof(text) - getsizeof(old)

    def trim(self, room: str, first: int) -> None:
        """Forget the entries before `first`: retention removed them."""
        tail = self._tails.get(room)
        while tail is not None and tail.entries and tail.entries[0][0] < first:
            self._shrink(tail)
            self._stale += 1
        self._compact()

    def drop(self, room: str) -> None:
        """Forget a room."""
        tail = self._tails.pop(room, None)
        if tail is not None:
            self._discard(tail)

    def _begin(self, room: str, next_seq: int) -> _Tail:
        self.drop(room)
        tail = self._tails[room] = _Tail(next_seq)
        return tail

    def _discard(self, tail: _Tail) -> None:
        self._stale += len(tail.entries)
        while tail.entries:
            self._shrink(tail)
        self._compact()

    def _grow(self, tail: _Tail, text: str) -> None:
        self.size += getsizeof(text) + _OVERHEAD
        self._order.append(tail)
        while self.size > self._limit:
            self._evict()

    def _evict(self) -> None:
        oldest = self._order.popleft()
        if oldest.entries:
            self._shrink(oldest)
        else:
            self._stale -= 1

    def _shrink(self, tail: _Tail) -> None:
        self.size -= getsizeof(tail.entries.popleft()[2]) + _OVERHEAD

    def _compact(self) -> None:
        """Rebuild the order when most of it are marks without an entry."""
        if self._stale * 2 <= len(self._order) or self._stale < 1000:
            return
        left = {id(tail): len(tail.entries) for tail in self._tails.values()}
        kept: deque[_Tail] = deque()
        for tail in reversed(self._order):
            if left.get(id(tail), 0):
                left[id(tail)] -= 1
                kept.appendleft(tail)
        self._order, self._stale = kept, 0
