"""What is measured: which work, how often, for how long."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.contenders import Contender
from bench.flood import flooded
from bench.results import Results, Run, Series
from bench.stage import Actor, Stage
from bench.stats import increased, longest_ms

WARM_SECONDS = 0.3
CROWD_PEERS = ("floor-c", "sockjs-node", "tornchat")
GROUP = "tornchat_commit_group_size"
BOUNDS = ("1", "2", "4", "8", "16", "32", "64", "128", "256")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    windows: Mapping[int, Sequence[int]] = field(
        default_factory=lambda: {100: (1, 16, 64), 1000: (1, 16, 64), 5000: (1, 16, 64)}
    )
    rates: Mapping[int, float] = field(default_factory=lambda: {100: 400, 1000: 50})
    crowd: int = 15_000
    crowd_windows: Sequence[int] = (1, 16)
    rounds: int = 3
    rounds_of_one: int = 5
    """With one message in flight: the figure that varies most."""
    seconds: float = 0.8
    rate_seconds: float = 2.5
    flood_pairs: int = 8
    flood_seconds: float = 6.0


QUICK = Plan(
    windows={100: (1, 64), 1000: (1, 64)},
    rates={100: 400, 1000: 50},
    crowd=0,
    rounds=1,
    rounds_of_one=3,
    seconds=0.3,
    rate_seconds=1.0,
    flood_pairs=2,
    flood_seconds=2.0,
)
PHASES = ("fanout", "delay", "connections", "flood", "crowd")


class Bench:
    """Carries a plan out: fills `results` and tells `report` of each finished work."""

    def __init__(
        self,
        plan: Plan,
        contenders: Sequence[Contender],
        results: Results,
        report: Callable[[str, list[Series]], None],
    ) -> None:
        self._plan = plan
        self._contenders = contenders
        self._results = results
        self._report = report

    def run(self, phases: Sequence[str], files: int) -> None:
        """Measure everything of `phases`; `files` is how many may be open."""
        plan = self._plan
        for size in sorted({*plan.windows, *plan.rates}):
            windows = plan.windows.get(size, ()) if "fanout" in phases else ()
            rate = plan.rates.get(size, 0) if "delay" in phases else 0
            if windows or rate or "connections" in phases:
                self._stage(self._contenders, size, windows, rate)
        if "flood" in phases:
            self._results.flood = flooded(plan.flood_pairs, plan.flood_seconds)
        if "crowd" in phases and plan.crowd:
            if files < plan.crowd + 200:
                why = f"{plan.crowd} connections need more than {files} open files"
                self._results.skipped["crowd"] = why
                return
            contenders = [one for one in self._contenders if one.name in CROWD_PEERS]
            self._stage(contenders, plan.crowd, plan.crowd_windows, 0, crowd=True)

    def _stage(
        self,
        contenders: Sequence[Contender],
        size: int,
        windows: Sequence[int],
        rate: float,
        *,
        crowd: bool = False,
    ) -> None:
        with Stage(contenders, size) as stage:
            self._results.connections += stage.connections
            self._results.skipped.update(stage.skipped)
            for actor in stage.actors:
                actor.run(window=1, seconds=WARM_SECONDS)
            for title, rounds, work in self._works(size, windows, rate):
                self._rounds(stage.actors, f"{size:,} subscribers, {title}", rounds, work)

    def _works(
        self, size: int, windows: Sequence[int], rate: float
    ) -> Iterator[tuple[str, int, Series]]:
        """Yield title, number of rounds, and what each peer's figures start from."""
        for window in windows:
            rounds = self._plan.rounds_of_one if window == 1 else self._plan.rounds
            yield f"window {window}", rounds, Series("", size, window=window)
        if rate:
            yield f"{rate:g} messages a second", self._plan.rounds, Series("", size, rate=rate)

    def _rounds(self, actors: Sequence[Actor], title: str, rounds: int, work: Series) -> None:
        """Give each actor its turn, A B C A B C …"""
        found = [
            Series(actor.contender.name, work.subscribers, work.window, work.rate)
            for actor in actors
        ]
        for _ in range(rounds):
            for actor, series in zip(actors, found, strict=True):
                self._turn(actor, series)
        self._results.series += found
        self._results.skipped.update({a.contender.name: a.broken for a in actors if a.broken})
        self._report(title, found)

    def _turn(self, actor: Actor, series: Series) -> None:
        """Run one actor once; with a look at its commit groups and its loop where it has such."""
        if not actor.contender.durable:
            series.runs.append(self._run(actor, series))
            return
        before, turns = groups(actor.metrics()), actor.turns()
        series.runs.append(self._run(actor, series))
        series.groups = increased(series.groups, before, groups(actor.metrics()))
        held = longest_ms(turns, actor.turns())
        series.held_ms = max(series.held_ms or 0.0, held or 0.0)

    def _run(self, actor: Actor, series: Series) -> Run:
        if series.rate:
            return actor.run(rate=series.rate, seconds=self._plan.rate_seconds)
        # Past the first window, which measures no delays; more of it where rounds are short.
        window = series.window
        least = window + max(2, window // (4 if window * series.subscribers > 100_000 else 1))
        return actor.run(window=window, seconds=self._plan.seconds, least=least)


def groups(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the histogram of commit groups: `sum`, `count`, and how many were ≤ each bound."""
    buckets = {bound: f'{GROUP}_bucket{{le="{bound}.0"}}' for bound in BOUNDS}
    names = {"sum": f"{GROUP}_sum", "count": f"{GROUP}_count", **buckets}
    return {key: metrics.get(name, 0.0) for key, name in names.items()}
