"""Figures for Prometheus: plain numbers that the hot paths raise, read when somebody asks.

It knows nothing of who raises them, or how they are asked for.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from tornchat.errors import CloseCode

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_KNOWN_CLOSES: Final = frozenset({1000, 1001, 1006, 1009, 3000, *map(int, CloseCode)})
"""Peers close with any number they like; a series for each would be theirs to fill us with."""


class Histogram:
    """Counts values by size; `bounds` are upper limits, ascending."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def family(self, name: str, text: str) -> HistogramMetricFamily:
        """Return the counts as Prometheus wants them: each bound with all that is below it."""
        limits = [*map(str, map(float, self.bounds)), "+Inf"]
        sums = [sum(self.counts[: index + 1]) for index in range(len(self.counts))]
        found = HistogramMetricFamily(name, text)
        found.add_metric([], list(zip(limits, sums, strict=True)), self.total)
        return found


class Metrics(Collector):
    """The figures of one server.

    Others raise `joins`, `messages` and `deliveries` directly and call the methods; what is only
    looked at (`connections` by transport, `loop_lag` in seconds, `database`) is set once by
    whoever builds the server, and asked for at each `text`. `commits` and `delays` are in seconds.
    """

    def __init__(self) -> None:
        self.joins = 0
        self.messages = 0
        self.deliveries = 0
        self.connections: Callable[[], Mapping[str, int]] = dict
        self.loop_lag: Callable[[], float] = float
        self.database: Path | None = None
        self._groups = Histogram(_SIZES)
        self.commits = Histogram(_SECONDS)
        self.delays = Histogram(_SECONDS)
        self._turns = Histogram(_SECONDS)
        self._recoveries: Counter[str] = Counter()
        self._closes: Counter[str] = Counter()
        self._rejections: Counter[str] = Counter()
        self._slow_drops = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def recovered(self, result: str) -> None:
        """Count a join with a position: "recovered", "more" or "unrecoverable"."""
        self._recoveries[result] += 1

    def rejected(self, reason: str) -> None:
        """Count a refusal: an error code, or "origin", "limit", "connections"."""
        self._rejections[reason] += 1

    def delay(self, seconds: float) -> None:
        """Note the time between the receipt of a message and the start of its delivery."""
        self.delays.add(seconds)

    def turn(self, seconds: float) -> None:
        """Note for how long one turn held the loop."""
        self._turns.add(seconds)

    def committed(self, size: int, seconds: float) -> None:
        """Note a group: entries in it, and how long it took to be on disk."""
        self._groups.add(size)
        self.commits.add(seconds)

    def closed(self, transport: str, code: int) -> None:
        """Count the end of a session."""
        self._closes[str(int(code)) if code in _KNOWN_CLOSES else "other"] += 1
        self._slow_drops += code == CloseCode.SLOW

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every family (called by the registry)."""
        yield _gauge("connections", "Open sessions.", "transport", self.connections())
        yield CounterMetricFamily("tornchat_joins", "Rooms entered.", value=self.joins)
        yield CounterMetricFamily("tornchat_messages", "Entries stored.", value=self.messages)
        yield CounterMetricFamily("tornchat_deliveries", "Entries sent.", value=self.deliveries)
        yield self._groups.family("tornchat_commit_group_size", "Entries in one commit.")
        yield self.commits.family("tornchat_commit_group_seconds", "Time of one commit.")
        yield self.delays.family(
            "tornchat_delivery_delay_seconds", "From the receipt of a message to its delivery."
        )
        yield _counter("recoveries", "Joins with a position.", "result", self._recoveries)
        yield _counter("closes", "Sessions that ended.", "code", self._closes)
        yield CounterMetricFamily(
            "tornchat_slow_drops", "Sessions that read too slowly.", value=self._slow_drops
        )
        yield _counter("rejections", "What was refused.", "reason", self._rejections)
        yield GaugeMetricFamily(
            "tornchat_loop_lag_seconds", "How late the loop's newest timer was.", self.loop_lag()
        )
        yield self._turns.family(
            "tornchat_loop_turn_seconds", "For how long one turn held the loop."
        )
        yield from self._sizes()

    def _sizes(self) -> Iterable[Metric]:
        if self.database is not None:
            wal = self.database.with_name(self.database.name + "-wal")
            yield _size("tornchat_database_bytes", "Size of the database.", self.database)
            yield _size("tornchat_wal_bytes", "Size of its write-ahead log.", wal)


def _counter(name: str, text: str, label: str, values: Mapping[str, int]) -> CounterMetricFamily:
    found = CounterMetricFamily(f"tornchat_{name}", text, labels=[label])
    for key, value in sorted(values.items()):
        found.add_metric([key], value)
    return found


def _gauge(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"tornchat_{name}", text, labels=[label])
    for key, value in sorted(values.items()):
        found.add_metric([key], value)
    return found


def _size(name: str, text: str, path: Path) -> GaugeMetricFamily:
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return GaugeMetricFamily(name, text, size)
