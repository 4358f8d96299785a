"""How often something may happen: token buckets and a counter of strikes, the clock injected.

It knows nothing of what is counted.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final

_ROUNDING: Final = 1e-9
"""Seconds: sums of intervals are not exact, and a burst of 10 is 10."""


class Bucket:
    """Lets `rate` things through per second in the long run, and `burst` at once.

    A rate of 0 means no limit. A burst below one counts as one, else nothing would ever pass.
    """

    __slots__ = ("_burst", "_clock", "_level", "_rate", "_seen")

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0)
        self._clock = clock
        self._level = self._burst
        self._seen = clock()

    def take(self) -> float:
        """Take one: 0.0 if it may pass, else the seconds until the next one may."""
        if not self._rate:
            return 0.0
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._seen) * self._rate)
        self._seen = now
        if self._level >= 1.0:
            self._level -= 1.0
            return 0.0
        return (1.0 - self._level) / self._rate


class Buckets:
    """A bucket for each key, of which only those that are not full take memory.

    At most `capacity` keys are kept. Where more are in use at once, those that came first are
    forgotten: they may take a burst again.
    """

    __slots__ = ("_burst", "_capacity", "_clock", "_full", "_interval")

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float], *, capacity: int = 10_000
    ) -> None:
        self._interval = 1.0 / rate if rate else 0.0
        self._burst = (max(burst, 1.0) - 1.0) * self._interval
        self._clock = clock
        self._capacity = capacity
        self._full: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._full)

    def take(self, key: Hashable) -> float:
        """Take one of a key's: 0.0 if it may pass, else the seconds until the next one may."""
        if not self._interval:
            return 0.0
        now = self._clock()
        # The time at which the bucket is full again says all there is to say about its level.
        full = self._full.get(key, 0.0)
        if full <= now:
            full = now
        wait = full - now - self._burst
        if wait > _ROUNDING:
            return wait
        self._full[key] = full + self._interval
        if len(self._full) > self._capacity:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Keep what is in use, and room for more, so that this is rarely done."""
        kept = [(key, full) for key, full in self._full.items() if full > now]
        self._full = dict(kept[-self._capacity * 7 // 8 :])


class Strikes:
    """Counts faults, and says when there were `limit` of them within `window` seconds."""

    __slots__ = ("_clock", "_limit", "_times", "_window")

    def __init__(self, limit: int, window: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._times: deque[float] = deque(maxlen=limit)

    def strike(self) -> bool:
        """Count one fault; True when it is one too many."""
        now = self._clock()
        self._times.append(now)
        return len(self._times) == self._limit and now - self._times[0] <= self._window
