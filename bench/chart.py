"""The chart of docs/performance.md: horizontal bars in panels, as SVG. Pure.

It is shown as an image, so it brings its own background and colours for light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.table import amount

WIDTH = 720
MARGIN = 20
LABELS = 170
"""Width of the column of names."""
FIGURES = 76
"""Width left behind the longest bar for its figure."""
ROW, BAR, HEAD, GAP = 26, 16, 46, 16

STYLE = """
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 14px; }
  .unit { fill: #59636e; font-size: 12px; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .bar { fill: #afb8c1; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .unit { fill: #9198a1; }
    .card { fill: #0d1117; stroke: #3d444d; }
    .bar { fill: #656c76; }
    .ours { fill: #4493f8; }
  }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One peer's figure; None is shown as a dash."""

    label: str
    value: float | None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars with one scale, which begins at 0; `unit` says what they are and which way is good."""

    title: str
    unit: str
    bars: Sequence[Bar]


def svg(title: str, panels: Sequence[Panel]) -> str:
    """Return the chart as a whole SVG document."""
    parts, top = [], MARGIN
    for panel in panels:
        parts.append(_panel(panel, top))
        top += HEAD + ROW * len(panel.bars) + GAP
    height = top - GAP + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{escape(title)}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>\n'
        + "".join(parts)
        + "</svg>\n"
    )


def _panel(panel: Panel, top: int) -> str:
    largest = max((bar.value or 0.0 for bar in panel.bars), default=0.0) or 1.0
    head = _text(MARGIN, top + 14, panel.title, "title") + _text(
        MARGIN, top + 32, panel.unit, "unit"
    )
    rows = (_row(bar, top + HEAD + ROW * number, largest) for number, bar in enumerate(panel.bars))
    return head + "".join(rows)


def _row(bar: Bar, top: int, largest: float) -> str:
    left = MARGIN + LABELS
    width = max(1.0, (WIDTH - MARGIN - FIGURES - left) * (bar.value or 0.0) / largest)
    return (
        _text(MARGIN, top + 13, bar.label)
        + f'<rect class="{"bar ours" if bar.ours else "bar"}" x="{left}" y="{top}" '
        f'width="{width:.1f}" height="{BAR}" rx="2"/>\n'
        + _text(left + round(width) + 8, top + 13, amount(bar.value))
    )


def _text(x: int, y: int, text: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x}" y="{y}">{escape(text)}</text>\n'
