"""How often something may happen: a token bucket and a counter of strikes, the clock injected.

It knows nothing of what is counted.
"""

from collections import deque
from collections.abc import Callable


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
