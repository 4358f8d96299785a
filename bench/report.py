"""docs/performance.md and its chart, written from the results alone: any run renews them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.chart import Bar, Panel, svg
from bench.claims import OURS, claims
from bench.contenders import CONTENDERS
from bench.reading import reading
from bench.results import Results
from bench.stats import middle
from bench.table import amount, floor_of, plain, times

DOCS = Path(__file__).parent.parent / "docs"
TITLES = {contender.name: contender.title for contender in CONTENDERS}

QUICK = (
    "**This was a quick run** on a machine that may have been busy (see its load at the end): few "
    "rounds, short ones, and no crowd. `make bench` replaces it."
)


def write(results: Results, folder: Path = DOCS) -> None:
    """Write performance.md and performance.svg."""
    (folder / "performance.md").write_text(document(results), encoding="utf-8")
    (folder / "performance.svg").write_text(chart(results), encoding="utf-8")


def document(results: Results) -> str:
    """Return the document."""
    parts = [
        "# Performance",
        f"Measured by `make bench` on {results.date}, tornchat {results.version}, everything in "
        f"one run of {_duration(results.seconds)}. Absolute figures belong to this machine; "
        "the ratios travel. This page is written by the bench: edit `bench/report.py`, not this.",
        QUICK if results.quick else "",
        "A *delivery* is one message arriving at one subscriber. *Window* is how many messages "
        "are in flight. tornchat has every message on disk before anybody sees it; the peers keep "
        "nothing at all.",
        table(["", "measured", "goal", "met"], [
            [claim.text, claim.measured, claim.goal, claim.verdict] for claim in claims(results)
        ]),
        "![Bar charts: deliveries per second and delays of tornchat and its peers]"
        "(performance.svg)",
        "## How to read it",
        *reading(results),
        "## Fan-out",
        *_fan_out(results),
        "## Delay at a fixed rate",
        "From publishing to receipt, over all subscribers.",
        table(["subscribers", "messages/s", "", "p50 ms", "p99 ms"], _delays(results)),
        "## Beside a flood",
        _flood(results),
        "## Connections",
        "Connected and joined, 64 at a time; memory is what the server grew by, its kernel buffers "
        "not counted. Bare loops and echo servers have no rooms, names or presence to keep.",
        table(["connections", "", "joined/s", "kB each", "loop held, ms ≤"], _joins(results)),
        "## Commit groups",
        "What tornchat wrote in one transaction, with one sync, and sent as one frame.",
        table(["subscribers", "work", "messages in a commit", "commits"], _groups(results)),
        "## How it was measured",
        *_method(results),
        "## The machine",
        table(["", ""], [list(fact) for fact in results.machine.items()]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, or a line that says there is nothing."""
    if not rows:
        return "Not measured in this run."
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chart(results: Results) -> str:
    """Return the chart."""
    panels = []
    for window, flight in ((1, "one message in flight"), (64, "64 messages in flight")):
        found = [s for s in results.series if (s.subscribers, s.window) == (1000, window)]
        bars = [Bar(TITLES[s.peer], s.per_second, s.peer == OURS) for s in found]
        panels.append(
            Panel(f"1,000 subscribers, {flight}", "deliveries per second, more is better", bars)
        )
    for subscribers, rate in ((100, 400), (1000, 50)):
        found = [s for s in results.series if (s.subscribers, s.rate) == (subscribers, rate)]
        bars = [Bar(TITLES[s.peer], s.p99_ms, s.peer == OURS) for s in found]
        title = f"{subscribers:,} subscribers, {rate} messages a second"
        panels.append(Panel(title, "delay in milliseconds, 99th percentile, less is better", bars))
    return svg("tornchat and its peers, measured in one run", [p for p in panels if p.bars])


def _rounds(results: Results) -> str:
    numbers = [len(series.runs) for series in results.series]
    return f"{min(numbers)} to {max(numbers)}" if numbers else "none"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def _fan_out(results: Results) -> Iterator[str]:
    floor = floor_of(results)
    for size in results.sizes:
        found = [s for s in results.series if s.subscribers == size and s.window]
        if found:
            yield f"{size:,} subscribers:"
            yield table(
                ["", "window", "deliveries/s", "× bare loop", "× sockjs-node", "p50 ms", "p99 ms"],
                [
                    [
                        TITLES[s.peer],
                        str(s.window),
                        amount(s.per_second),
                        times(results.ratio(s.peer, floor, size, s.window)),
                        times(results.ratio(s.peer, "sockjs-node", size, s.window)),
                        plain(s.p50_ms),
                        plain(s.p99_ms),
                    ]
                    for s in found
                ],
            )


def _delays(results: Results) -> list[list[str]]:
    return [
        [f"{s.subscribers:,}", f"{s.rate:g}", TITLES[s.peer], plain(s.p50_ms), plain(s.p99_ms)]
        for s in results.series
        if s.rate
    ]


def _flood(results: Results) -> str:
    flood = results.flood
    if flood is None:
        return "Not measured in this run."
    quiet, beside = (middle(run.p99_ms for run in runs) for runs in (flood.quiet, flood.beside))
    return (
        f"{flood.subscribers} people write {flood.rate:g} messages a second into one room of a "
        "server as shipped; beside them one, at an address of their own, sends 1,000 a second into "
        "the same room and comes back each time the connection is closed "
        f"({flood.sent:,} messages sent). p99 of the people: {plain(quiet)} ms without, "
        f"{plain(beside)} ms with it; {times(flood.ratio)}, the median of {len(flood.quiet)} pairs "
        "in turn A B B A. The flooder runs on the generator's core."
    )


def _joins(results: Results) -> list[list[str]]:
    return [
        [
            f"{one.subscribers:,}",
            TITLES[one.peer],
            amount(one.per_second),
            plain(one.kb),
            "" if one.held_ms is None else plain(one.held_ms),
        ]
        for one in results.connections
    ]


def _groups(results: Results) -> list[list[str]]:
    return [
        [
            f"{s.subscribers:,}",
            f"{s.rate:g} messages/s" if s.rate else f"window {s.window}",
            amount(s.group_size),
            f"{s.groups['count']:,.0f}",
        ]
        for s in results.series
        if s.groups
    ]


def _method(results: Results) -> Iterator[str]:
    where = (
        "Servers are pinned to one core and the generator to another"
        if results.pinned
        else "There was only one core, so servers and generator shared it, and all figures are low"
    )
    yield (
        f"{where}; loopback, no TLS, no compression. One publisher sends texts of 56 bytes and a "
        "marker; the generator counts markers, so a frame may hold any number of messages. With a "
        "window W, the next message goes out as soon as fewer than W × N deliveries are due."
    )
    yield (
        "All servers of one size run side by side with their connections open, and get work in "
        "turn, A B C A B C …, so that whatever else the machine does hits them alike. Every figure "
        f"is the median of the rounds ({_rounds(results)}), every ratio the median of the ratios "
        f"of one round. Generator: {results.generator}."
    )
    yield (
        "tornchat is the real server, started with its shipped defaults but for "
        "`messages_per_second = 0` and `joins_per_second = 0`, over its SockJS WebSocket, on a "
        "database in the project's folder. The *bare loop* takes each frame and calls `send` once "
        "for each socket: the least a server of one frame per message can do. The others are what "
        "their manuals show: `broadcast`, a loop over `write`, `io.emit`."
    )
    yield (
        "Delays of a run begin after its first window. For how long the loop was held comes from "
        "the server's histogram of the turns of its loop: the bound that none exceeded."
    )
    if results.skipped:
        told = "; ".join(f"{TITLES.get(who, who)}: {why}" for who, why in results.skipped.items())
        yield f"Not measured or not finished: {told}."
