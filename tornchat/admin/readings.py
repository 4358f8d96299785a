"""One look at the counters of a server, and what lies between two of them.

Pure: it knows nothing of who counts or who asks.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

Counts = tuple[int, ...]
"""How many values fell below each bound of a histogram, and above the last."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one moment. `time`: UTC ms; `clock`: monotonic seconds.

    `lag`: the longest that the loop was late since the reading before, in seconds. `memory`,
    `database` and `wal` in bytes.
    """

    time: int
    clock: float
    connections: Mapping[str, int]
    messages: int
    commits: Counts
    deliveries: Counts
    lag: float
    memory: int
    database: int
    wal: int


@dataclass(frozen=True, slots=True)
class Sample:
    """How a server did over some seconds that ended at `time` (UTC ms).

    `connections` by transport; `messages` in a minute; delays in ms, None where nothing was
    committed or delivered; `memory`, `database` and `wal` in bytes.
    """

    time: int
    connections: Mapping[str, int]
    messages: float
    commit_p50: float | None
    commit_p99: float | None
    delivery_p50: float | None
    delivery_p99: float | None
    lag: float
    memory: int
    database: int
    wal: int


def sample(before: Reading, now: Reading, lag: float, bounds: Sequence[float]) -> Sample:
    """Return what happened between two readings; `lag` is the longest in seconds."""
    minutes = max(now.clock - before.clock, 0.001) / 60
    commits = _difference(before.commits, now.commits)
    deliveries = _difference(before.deliveries, now.deliveries)
    return Sample(
        time=now.time,
        connections=now.connections,
        messages=round((now.messages - before.messages) / minutes, 1),
        commit_p50=quantile(bounds, commits, 0.5),
        commit_p99=quantile(bounds, commits, 0.99),
        delivery_p50=quantile(bounds, deliveries, 0.5),
        delivery_p99=quantile(bounds, deliveries, 0.99),
        lag=round(lag * 1000, 1),
        memory=now.memory,
        database=now.database,
        wal=now.wal,
    )


def quantile(bounds: Sequence[float], counts: Counts, part: float) -> float | None:
    """Return in ms what `part` of the values stay below, None where there are none.

    `bounds` in seconds, ascending. Within a bucket values count as spread evenly; above the last
    bound, where nothing more is known, the bound itself is the answer.
    """
    sums = list(accumulate(counts))
    if not sums or not sums[-1]:
        return None
    wanted = part * sums[-1]
    index = bisect_left(sums, wanted)
    if index >= len(bounds):
        return round(bounds[-1] * 1000, 2)
    low = bounds[index - 1] if index else 0.0
    below = sums[index - 1] if index else 0
    share = (wanted - below) / counts[index]
    return round((low + (bounds[index] - low) * share) * 1000, 2)


def _difference(before: Counts, now: Counts) -> Counts:
    return tuple(new - old for old, new in zip(before, now, strict=True))
