"""When what somebody has shown runs out: one heap for all connections, served by the hub's tick.

It knows nothing of what happens then.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from itertools import count
from typing import Final, Generic, TypeVar

Who = TypeVar("Who", bound=Hashable)

SLACK: Final = 64
"""Stale deadlines that are always allowed; beyond, there are at most as many as living ones."""


class Deadlines(Generic[Who]):
    """The deadline of everybody who has one; times are those of the clock the caller goes by.

    A deadline that was moved or dropped stays in the heap until its time has come, or until such
    ones are the majority: then the heap is made anew, so that those who left cost nothing for long.
    """

    def __init__(self) -> None:
        self._deadlines: dict[Who, float] = {}
        self._heap: list[tuple[float, int, Who]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._deadlines)

    def set(self, who: Who, deadline: float | None) -> None:
        """Note a deadline in place of the one before; None: there is none any more."""
        if deadline is None:
            self.drop(who)
        elif self._deadlines.get(who) != deadline:
            self._deadlines[who] = deadline
            heapq.heappush(self._heap, (deadline, next(self._numbers), who))
            self._tidy()

    def drop(self, who: Who) -> None:
        """Forget somebody."""
        if self._deadlines.pop(who, None) is not None:
            self._tidy()

    def due(self, now: float) -> list[Who]:
        """Take out and return those whose deadline has come, the earliest first."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            deadline, _, who = heapq.heappop(self._heap)
            if self._deadlines.get(who) == deadline:
                del self._deadlines[who]
                found.append(who)
        return found

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._deadlines) + SLACK:
            alive = self._deadlines
            self._heap = [entry for entry in self._heap if alive.get(entry[2]) == entry[0]]
            heapq.heapify(self._heap)
