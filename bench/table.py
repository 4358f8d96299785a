"""Plain aligned tables for the terminal, and how figures are written everywhere. Pure."""

from collections.abc import Sequence

from bench.results import Results, Series


def amount(value: float | None) -> str:
    """Write a number with as many digits as mean something: 3.1M, 216k, 45, 3.2, 0.85."""
    if value is None:
        return "–"
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            scaled = value / limit
            return f"{scaled:.0f}{unit}" if scaled >= 100 else f"{scaled:.3g}{unit}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 10 else f"{value:.2g}"


def plain(value: float | None) -> str:
    """Write milliseconds or kB: 1,300, 45, 3.2, 0.85."""
    return f"{value:,.0f}" if value is not None and value >= 1000 else amount(value)


def times(value: float | None) -> str:
    """Write a ratio: 0.85×, 3.2×, 31×."""
    if value is None:
        return "–"
    return f"{value:.0f}×" if value >= 9.95 else f"{value:.1f}×" if value >= 2 else f"{value:.2f}×"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def series_rows(results: Results, found: Sequence[Series]) -> list[list[str]]:
    """Return a head and a row for each peer of one work: figures, and ratios where they mean."""
    rows = [["", "deliveries/s", "× floor", "× sockjs-node", "p50 ms", "p99 ms", "per commit"]]
    floor = floor_of(results)
    for one in found:
        ratios = (
            times(results.ratio(one.peer, other, one.subscribers, one.window))
            for other in (floor, "sockjs-node")
        )
        rows.append(
            [
                one.peer,
                amount(one.per_second),
                *(("", "") if one.rate else ratios),
                plain(one.p50_ms),
                plain(one.p99_ms),
                amount(one.group_size) if one.groups else "",
            ]
        )
    return rows


def connection_rows(results: Results) -> list[list[str]]:
    """Return a head and a row for each peer and number of connections."""
    rows = [["", "connections", "joined/s", "kB each", "loop held ms ≤"]]
    for one in results.connections:
        longest = "" if one.held_ms is None else plain(one.held_ms)
        size = f"{one.subscribers:,}"
        rows.append([one.peer, size, amount(one.per_second), plain(one.kb), longest])
    return rows


def floor_of(results: Results) -> str:
    """Return the name of the floor to compare with: the one in C where there was a compiler."""
    peers = {series.peer for series in results.series}
    return "floor-c" if "floor-c" in peers else "floor-python"
