"""How the server does: looked at every two seconds, kept for an hour finely and for a day coarsely.

It knows nothing of who counts, and nothing of how figures are drawn.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tornchat.admin import arguments
from tornchat.admin.errorlog import ErrorLog, Line
from tornchat.admin.lookup import Clock, milliseconds
from tornchat.admin.readings import Reading, Sample, sample
from tornchat.admin.verbs import verb

LOOK_SECONDS: Final = 2.0
FINE_LOOKS: Final = 5
"""A fine sample every 10 s."""
COARSE_LOOKS: Final = 150
"""A coarse one every 5 minutes."""
FINE_KEPT: Final = 360
COARSE_KEPT: Final = 288
SPANS: Final = ("now", "hour", "day")


class Histogram(Protocol):
    """Counts of values by size; `bounds` in seconds."""

    @property
    def bounds(self) -> Sequence[float]: ...
    @property
    def counts(self) -> Sequence[int]: ...


class Counters(Protocol):
    """What counts on the hot paths (`web.metrics.Metrics`)."""

    messages: int
    connections: Callable[[], Mapping[str, int]]

    @property
    def commits(self) -> Histogram: ...
    @property
    def delays(self) -> Histogram: ...


@dataclass(frozen=True, slots=True)
class Figures:
    """How the server does now, how it did, and what went wrong.

    `now` is of the last ten seconds. `samples`: of the asked span, oldest first. `errors`: newest
    first.
    """

    now: Sample
    samples: list[Sample]
    errors: list[Line]


class Sampler:
    """Takes the figures of a server, in memory that is bounded: an hour and a day.

    Call `look` every LOOK_SECONDS, `late` whenever the loop was. `database`: the file whose size
    is told. `clock` gives UTC seconds, `monotonic` seconds that never jump.
    """

    def __init__(
        self, counters: Counters, database: Path, *, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._counters = counters
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._looks = 0
        self._lag = 0.0
        first = self._reading()
        self._recent: deque[Reading] = deque([first], maxlen=FINE_LOOKS + 1)
        self._fine: deque[Sample] = deque(maxlen=FINE_KEPT)
        self._coarse: deque[Sample] = deque(maxlen=COARSE_KEPT)
        self._coarse_from = first
        self._coarse_lag = 0.0

    @property
    def now(self) -> Sample:
        """How the server did in the last ten seconds."""
        lag = max(reading.lag for reading in self._recent)
        return self._between(self._recent[0], self._recent[-1], lag)

    def samples(self, span: str) -> list[Sample]:
        """Return what is kept of the last hour or day, oldest first."""
        return list({"hour": self._fine, "day": self._coarse}.get(span, ()))

    def late(self, seconds: float) -> None:
        """Note that the loop was late; of all between two looks the longest counts."""
        self._lag = max(self._lag, seconds)

    def look(self) -> bool:
        """Read the counters; return whether there is a new sample by it."""
        reading = self._reading()
        self._recent.append(reading)
        self._coarse_lag = max(self._coarse_lag, reading.lag)
        self._looks += 1
        if self._looks % COARSE_LOOKS == 0:
            self._coarse.append(self._between(self._coarse_from, reading, self._coarse_lag))
            self._coarse_from, self._coarse_lag = reading, 0.0
        if self._looks % FINE_LOOKS:
            return False
        self._fine.append(self.now)
        return True

    def _between(self, before: Reading, now: Reading, lag: float) -> Sample:
        return sample(before, now, lag, self._counters.commits.bounds)

    def _reading(self) -> Reading:
        counters, lag = self._counters, self._lag
        self._lag = 0.0
        return Reading(
            time=milliseconds(self._clock),
            clock=self._monotonic(),
            connections=dict(counters.connections()),
            messages=counters.messages,
            commits=tuple(counters.commits.counts),
            deliveries=tuple(counters.delays.counts),
            lag=lag,
            memory=resident(),
            database=_size(self._database),
            wal=_size(self._database.with_name(f"{self._database.name}-wal")),
        )


class FigureVerbs:
    """The figures, for those in charge."""

    def __init__(self, sampler: Sampler, errors: ErrorLog) -> None:
        self._sampler = sampler
        self._errors = errors

    @verb(reads=True)
    async def figures(self, span: str = "now") -> Figures:
        """Say how the server does now, and how it did in the last hour or day."""
        asked = arguments.choice("span", span, SPANS)
        return Figures(self._sampler.now, self._sampler.samples(asked), self._errors.lines())


def resident() -> int:
    """Return the memory of this process in bytes, 0 where the system does not tell (proc(5))."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
