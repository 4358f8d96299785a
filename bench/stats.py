"""Arithmetic of the figures: medians, percentiles and paired ratios. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the sorted `values` that `share` (0 … 1) of them do not exceed."""
    return values[max(0, ceil(len(values) * share) - 1)]


def middle(values: Iterable[float | None]) -> float | None:
    """Return the median of those rounds that gave a figure; None where none did."""
    found = [value for value in values if value is not None]
    return median(found) if found else None


def paired_ratio(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float | None:
    """Return the median of ours / theirs, round by round; rounds that lack one do not count."""
    return middle(
        mine / other
        for mine, other in zip(ours, theirs, strict=False)
        if mine is not None and other
    )


def spread(values: Sequence[float | None]) -> float | None:
    """Return how far the rounds lie apart, as a share of their median."""
    found = [value for value in values if value is not None]
    return (max(found) - min(found)) / median(found) if found and median(found) else None


def longest_ms(before: Mapping[float, float], after: Mapping[float, float]) -> float | None:
    """Return an upper bound of the longest of the times that a histogram gained, in ms.

    The keys are upper bounds in seconds, ascending, the values how many times were not longer.
    """
    gained = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    found = next((bound for bound, n in gained.items() if n == max(gained.values())), None)
    return None if found is None else 1000 * found


def increased(
    totals: Mapping[str, float], before: Mapping[str, float], after: Mapping[str, float]
) -> dict[str, float]:
    """Return the totals with what counters gained between two readings."""
    return {key: totals.get(key, 0.0) + after[key] - before[key] for key in after}
