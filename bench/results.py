"""The figures of one run of the bench, and how they are kept. Pure but for `save` and `load`."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.stats import middle, paired_ratio

LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one peer; None where it failed."""

    per_second: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    """How fast connections came in, joined, and what each costs in memory."""

    peer: str
    subscribers: int
    per_second: float
    kb: float
    held_ms: float | None = None
    """At most so long was the loop held meanwhile, by the server's own figures (tornchat's)."""


@dataclass(slots=True)
class Series:
    """The rounds of one peer on one work: `window` in flight, or `rate` a second if that is set."""

    peer: str
    subscribers: int
    window: int = 0
    rate: float = 0
    runs: list[Run] = field(default_factory=list)
    groups: dict[str, float] = field(default_factory=dict)
    """Of commits: `sum` of their sizes, `count`, and how many were ≤ each bound."""
    held_ms: float | None = None
    """At most so long was the loop held meanwhile, by the server's own figures (tornchat's)."""

    @property
    def per_second(self) -> float | None:
        """Deliveries a second, the median of the rounds."""
        return middle(run.per_second for run in self.runs)

    @property
    def group_size(self) -> float | None:
        """Messages in a commit, the mean; None for who has none."""
        return self.groups["sum"] / self.groups["count"] if self.groups.get("count") else None

    @property
    def p50_ms(self) -> float | None:
        return middle(run.p50_ms for run in self.runs)

    @property
    def p99_ms(self) -> float | None:
        return middle(run.p99_ms for run in self.runs)


@dataclass(slots=True)
class Flood:
    """People in a room, without and beside one who floods it, in pairs of runs."""

    subscribers: int
    rate: float
    quiet: list[Run] = field(default_factory=list)
    beside: list[Run] = field(default_factory=list)
    sent: int = 0
    """Messages that the flooder sent in all."""

    @property
    def ratio(self) -> float | None:
        """How many times the p99 of before it is, the median of the pairs."""
        return paired_ratio([r.p99_ms for r in self.beside], [r.p99_ms for r in self.quiet])


@dataclass(slots=True)
class Results:
    """All of it."""

    date: str
    version: str
    quick: bool
    machine: dict[str, str]
    pinned: bool
    generator: str
    seconds: float = 0.0
    series: list[Series] = field(default_factory=list)
    connections: list[Connections] = field(default_factory=list)
    flood: Flood | None = None
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """How many subscribers there were, ascending."""
        return sorted({series.subscribers for series in self.series})

    def find(
        self, peer: str, subscribers: int, *, window: int = 0, rate: float = 0
    ) -> Series | None:
        """Return one peer's rounds on one work."""
        key = (peer, subscribers, window, rate)
        found = (s for s in self.series if (s.peer, s.subscribers, s.window, s.rate) == key)
        return next(found, None)

    def ratio(self, peer: str, other: str, subscribers: int, window: int) -> float | None:
        """Return how many times the other's deliveries a peer makes, paired by round."""
        pair = [self.find(name, subscribers, window=window) for name in (peer, other)]
        mine, theirs = ([run.per_second for run in s.runs] if s else [] for s in pair)
        return paired_ratio(mine, theirs)

    def save(self, path: Path = LATEST) -> None:
        """Write them as JSON."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(_rounded(asdict(self)), indent=1) + "\n", encoding="utf-8")


def load(path: Path = LATEST) -> Results:
    """Read what `save` wrote."""
    found = json.loads(path.read_text(encoding="utf-8"))
    series = [_with_runs(one) for one in found.pop("series")]
    connections = [Connections(**one) for one in found.pop("connections")]
    flood = _flood(found.pop("flood", None))
    return Results(**found, series=series, connections=connections, flood=flood)


def _with_runs(one: dict[str, Any]) -> Series:
    return Series(**{**one, "runs": _runs(one["runs"])})


def _flood(one: dict[str, Any] | None) -> Flood | None:
    if one is None:
        return None
    return Flood(**{**one, "quiet": _runs(one["quiet"]), "beside": _runs(one["beside"])})


def _runs(found: list[dict[str, Any]]) -> list[Run]:
    return [Run(**run) for run in found]


def _rounded(value: Any) -> Any:
    """Cut digits that mean nothing."""
    match value:
        case float():
            return float(f"{value:.4g}")
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
    return value
