"""Values as the small charts of the dashboard: paths of an SVG, scales, numbers in words.

Pure: it knows nothing of what the values are. The markup is that of `admin_chart.html`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

Values = Sequence[float | None]
Words = Callable[[float], str]

WIDTH: Final = 600
HEIGHT: Final = 168
SPARK_WIDTH: Final = 120
SPARK_HEIGHT: Final = 40
POINTS: Final = 120
"""What a chart can show on a phone; more would only make the page heavier."""
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart. `now`: its newest value in words."""

    label: str
    now: str
    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one scale: its top, its middle and nothing, in words. `summary`: for the blind."""

    name: str
    title: str
    series: tuple[Series, ...]
    scale: tuple[str, str, str]
    summary: str


def chart(
    name: str,
    title: str,
    values: Sequence[tuple[str, Values]],
    *,
    slots: int,
    words: Words,
    least: float = 1.0,
) -> Chart:
    """Draw lines, given with their labels, over one scale.

    `slots`: how many values the whole width stands for; fewer leave the left empty. `least`: the
    lowest top of the scale, so that next to nothing does not look like much.
    """
    top = nice_top(max((v for _, line in values for v in line if v is not None), default=0), least)
    size = max(1, ceil(slots / POINTS))
    box = Box(WIDTH, HEIGHT, top, ceil(slots / size))
    series = []
    for label, line in values:
        points = thinned(line, size)
        newest = line[-1] if line else None
        now = NOTHING if newest is None else words(newest)
        series.append(Series(label, now, box.line(points), box.area(points)))
    summary = f"{title}: " + ", ".join(f"{s.label} {s.now}".strip() for s in series) + " now"
    return Chart(name, title, tuple(series), (words(top), words(top / 2), words(0)), summary)


def spark(values: Values, *, slots: int, least: float = 1.0) -> Series:
    """Draw one line without a scale, for a tile."""
    size = max(1, ceil(slots / POINTS * 2))
    points = thinned(values, size)
    top = nice_top(max((v for v in points if v is not None), default=0), least)
    box = Box(SPARK_WIDTH, SPARK_HEIGHT, top, ceil(slots / size))
    return Series("", "", box.line(points), box.area(points))


@dataclass(frozen=True, slots=True)
class Box:
    """Where lines are drawn: the newest value at the right end, `top` at the upper one."""

    width: int
    height: int
    top: float
    slots: int

    def line(self, values: Values) -> str:
        """Return a path from the oldest value to the newest; a value that is None breaks it."""
        return "".join("M" + "L".join(run) for run in self._runs(values))

    def area(self, values: Values) -> str:
        """Return the same, closed along the bottom."""
        ends = ((run, run[0].split(" ")[0], run[-1].split(" ")[0]) for run in self._runs(values))
        return "".join(
            f"M{'L'.join(run)}L{last} {self.height}L{first} {self.height}Z"
            for run, first, last in ends
        )

    def _runs(self, values: Values) -> list[list[str]]:
        """Return the points of each stretch without a gap, as text."""
        step = self.width / max(1, self.slots - 1)
        left = self.width - step * (len(values) - 1)
        runs: list[list[str]] = [[]]
        for index, value in enumerate(values):
            if value is None:
                runs.append([])
            else:
                y = self.height - min(value, self.top) / self.top * self.height
                runs[-1].append(f"{round(left + index * step, 1):g} {round(y, 1):g}")
        return [run for run in runs if run]


def thinned(values: Values, size: int) -> list[float | None]:
    """Return the highest of every `size` values, so that no peak is lost; the last of fewer."""
    groups = (values[start : start + size] for start in range(0, len(values), size))
    return [max((v for v in group if v is not None), default=None) for group in groups]


def nice_top(value: float, least: float = 1.0) -> float:
    """Return the round number at the top of a scale: 1, 2 or 5 of its power of ten, ≥ `least`."""
    if value <= least:
        return least
    power = 10.0 ** floor(log10(value))
    return next(step for step in (1, 2, 5, 10) if step * power >= value * 0.999999) * power


# ── numbers in words ────────────────────────────────────────────────────────────────────────────


def count(value: float) -> str:
    """Return a number of things."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def delay(milliseconds: float) -> str:
    """Return a short time."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"


def size(octets: float) -> str:
    """Return a size, in powers of 1,000."""
    for unit in ("B", "kB", "MB"):
        if octets < 999.5:
            return (
                f"{octets:.0f} {unit}" if unit == "B" or octets >= 99.5 else f"{octets:.2g} {unit}"
            )
        octets /= 1000
    return f"{octets:.3g} GB"
