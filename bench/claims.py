"""What tornchat promises of its speed, beside what was measured. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bench.results import Connections, Results
from bench.table import amount, floor_of, plain, times

OURS, PEER = "tornchat", "sockjs-node"
CROWD = 15_000
FLOODED = 1.2

Write = Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure with its goal; `met` is None where it was not measured."""

    text: str
    measured: str
    goal: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "yes", False: "**no**", None: "not measured"}[self.met]


def claims(results: Results) -> list[Claim]:
    """Return all of them, the ones without figures included."""
    return [*_fan_out(results), *_delays(results), *_flood(results), *_crowd(results)]


def _fan_out(results: Results) -> Iterator[Claim]:
    floor = floor_of(results)
    one = "1,000 subscribers, one message in flight: deliveries, of the bare loop's"
    yield _least(one, results.ratio(OURS, floor, 1000, 1), 0.65, times)
    yield _least("the same, of sockjs-node's", results.ratio(OURS, PEER, 1000, 1), 1.5, times)
    many = "1,000 subscribers, 64 in flight: deliveries, of sockjs-node's"
    yield _least(many, results.ratio(OURS, PEER, 1000, 64), 20, times)
    series = results.find(OURS, 1000, window=64)
    yield _most("the same: p50, ms", series.p50_ms if series else None, 30)


def _delays(results: Results) -> Iterator[Claim]:
    for subscribers, rate in ((100, 400), (1000, 50)):
        ours, peer = (results.find(name, subscribers, rate=rate) for name in (OURS, PEER))
        text = f"{subscribers:,} subscribers, {rate} messages/s: p99, ms"
        if ours and subscribers == 100:
            yield _most(text.replace("p99", "p50"), ours.p50_ms, 1.2)
        if peer and peer.p99_ms is not None:
            claim = _most(text, ours.p99_ms if ours else None, peer.p99_ms)
            yield replace(claim, goal=f"below sockjs-node's {plain(peer.p99_ms)}")


def _flood(results: Results) -> Iterator[Claim]:
    text = "one who sends 1,000 messages/s into a room: p99 of the others there, of that before"
    ratio = results.flood.ratio if results.flood else None
    met = None if ratio is None else ratio <= FLOODED
    yield Claim(text, times(ratio), f"≤ {times(FLOODED)}", met)


def _crowd(results: Results) -> Iterator[Claim]:
    found = next((one for one in results.connections if _is_crowd(one)), None)
    series = [one for one in results.series if one.peer == OURS and one.subscribers == CROWD]
    held = [one.held_ms for one in (found, *series) if one and one.held_ms is not None]
    text = f"{CROWD:,} connections joined to one room: "
    yield _most(text + "memory of each, kB", found.kb if found else None, 25)
    yield _least(
        text + "connected and joined a second", found.per_second if found else None, 1000, amount
    )
    yield _most(text + "loop held, ms, at most", max(held, default=None), 100)


def _is_crowd(one: Connections) -> bool:
    return one.peer == OURS and one.subscribers == CROWD


def _least(text: str, value: float | None, goal: float, write: Write) -> Claim:
    return Claim(text, write(value), f"≥ {write(goal)}", None if value is None else value >= goal)


def _most(text: str, value: float | None, goal: float) -> Claim:
    met = None if value is None else value <= goal
    return Claim(text, plain(value), f"≤ {plain(goal)}", met)
