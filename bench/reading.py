"""The honest reading: what the figures mean, where tornchat loses, how far they vary. Pure."""

from collections.abc import Iterator

from bench.claims import OURS
from bench.results import Results, Series
from bench.stats import middle, spread
from bench.table import amount, floor_of, plain, times


def reading(results: Results) -> Iterator[str]:
    """Yield paragraphs."""
    yield from _one(results)
    yield from _many(results)
    if results.find(OURS, 1000, window=1):
        yield _losses(results)
    yield _spread(results)


def _one(results: Results) -> Iterator[str]:
    floor = results.ratio(OURS, floor_of(results), 1000, 1)
    peer = results.ratio(OURS, "sockjs-node", 1000, 1)
    if floor is not None:
        beside = f" and {times(peer)} what sockjs-node does" if peer is not None else ""
        yield (
            "**One message in flight** is the case without tricks: every server makes one system "
            f"call for each receiver. tornchat does {times(floor)} of what a loop does that does "
            f"nothing else{beside}, sync to disk, order and acknowledgement included."
        )


def _many(results: Results) -> Iterator[str]:
    series = results.find(OURS, 1000, window=64)
    peer = results.ratio(OURS, "sockjs-node", 1000, 64)
    if series and peer is not None:
        yield (
            f"**With 64 in flight** the lead over sockjs-node, {times(peer)}, comes from one idea, "
            "not from faster sends: what waits while a group syncs becomes one group, one sync and "
            f"one frame ({amount(series.group_size)} messages each here). It is real where a room "
            "is busy; it is nothing where it is not, and a room with limits on is rarely that busy."
        )


def _losses(results: Results) -> str:
    ours = [series for series in results.series if series.peer == OURS]
    lost = [line for series in ours for line in _better(results, series)]
    if not lost:
        return "**Where tornchat loses**: to no peer of this run, on no work of it."
    told = "".join(f"\n- {line}" for line in lost)
    return f"**Where tornchat loses**, the bare loops left aside:\n{told}"


def _better(results: Results, ours: Series) -> Iterator[str]:
    """Yield a line for each peer that did better on the same work."""
    same = (ours.subscribers, ours.window, ours.rate)
    for peer in results.series:
        if peer.peer == OURS or peer.peer.startswith("floor"):
            continue
        if (peer.subscribers, peer.window, peer.rate) != same:
            continue
        if ours.rate:
            yield from _delays(ours, peer)
        elif (ratio := results.ratio(OURS, peer.peer, ours.subscribers, ours.window) or 1) < 1:
            yield f"{_work(ours)}: {times(ratio)} of the deliveries of {peer.peer}"


def _delays(ours: Series, peer: Series) -> Iterator[str]:
    pairs = (("p50", ours.p50_ms, peer.p50_ms), ("p99", ours.p99_ms, peer.p99_ms))
    for name, mine, other in pairs:
        if mine is not None and other is not None and mine > other:
            yield f"{_work(ours)}: {name} {plain(mine)} ms, {peer.peer} {plain(other)} ms"


def _work(series: Series) -> str:
    load = f"{series.rate:g} messages/s" if series.rate else f"window {series.window}"
    return f"{series.subscribers:,} subscribers, {load}"


def _spread(results: Results) -> str:
    found = [spread([run.per_second for run in s.runs]) for s in results.series if len(s.runs) > 1]
    usual = middle(found)
    if usual is None:
        return ""
    largest = max(one for one in found if one is not None)
    return (
        f"**How far rounds lie apart**: by {usual:.0%} of their median, as a median of all rows, "
        f"{largest:.0%} at worst. Differences smaller than that mean nothing."
    )
