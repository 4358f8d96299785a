"""Read positions on their way to the disk: only the newest of each person counts."""

import threading
from collections.abc import Sequence
from typing import Final

Position = tuple[str, str, int]
"""Room name, person id, seq."""

BATCH: Final = 512


class ReadPositions:
    """Positions not yet stored; any thread may mark and look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], int] = {}

    def mark(self, room: str, person_id: str, seq: int) -> bool:
        """Note a position; True where nothing was waiting before."""
        with self._lock:
            was_empty = not self._waiting
            key = (room, person_id)
            if seq > self._waiting.get(key, 0):
                self._waiting[key] = seq
            return was_empty and bool(self._waiting)

    def forget(self, room: str) -> None:
        """Drop all positions of a room."""
        with self._lock:
            for key in [key for key in self._waiting if key[0] == room]:
                del self._waiting[key]

    def get(self, room: str, person_id: str) -> int:
        """Return a position that still waits, or 0."""
        return self._waiting.get((room, person_id), 0)

    def peek(self) -> list[Position]:
        """Return the oldest positions that wait, at most a batch; they keep waiting."""
        with self._lock:
            keys = zip(self._waiting.items(), range(BATCH), strict=False)
            return [(room, person_id, seq) for ((room, person_id), seq), _ in keys]

    def stored(self, positions: Sequence[Position]) -> bool:
        """Forget what was stored, unless it has moved on since; True where more waits."""
        with self._lock:
            for room, person_id, seq in positions:
                if self._waiting.get((room, person_id)) == seq:
                    del self._waiting[room, person_id]
            return bool(self._waiting)
