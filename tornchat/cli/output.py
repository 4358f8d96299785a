"""How results are shown: aligned text for people, JSON for programs.

It knows nothing of what is shown. Widths are of a terminal: wide characters take two columns.
"""

import json
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from tornchat import logs

GAP: Final = "  "
NARROWEST: Final = 8
"""Characters that an elastic column keeps on a terminal, however narrow that is."""
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"))

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. An elastic one gives way where the table is wider than its place."""

    title: str
    text: Callable[[Row], str]
    elastic: bool = False
    right: bool = False


def as_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(columns: Sequence[Column], rows: Sequence[Row], nothing: str) -> None:
    """Print rows under their titles, cut to the width of a terminal; `nothing` where none are."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines(columns, rows, width) if rows else [nothing]:
        click.echo(line)


def lines(columns: Sequence[Column], rows: Iterable[Row], width: int | None) -> Iterator[str]:
    """Yield the lines of a table, at most `width` columns wide where that can be done."""
    texts = [[column.title for column in columns]]
    texts += [[logs.escape(column.text(row)) for column in columns] for row in rows]
    widths = [max(map(_width, cells)) for cells in zip(*texts, strict=True)]
    _shrink(widths, columns, width)
    for line in texts:
        cells = map(_cell, line, widths, (column.right for column in columns))
        yield GAP.join(cells).rstrip()


def details(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names with their values, one to a line."""
    found = [(name, logs.escape(text)) for name, text in pairs]
    widest = max(len(name) for name, _ in found)
    for name, text in found:
        click.echo(f"{name:<{widest}}{GAP}{text}".rstrip())


def moment(time_ms: int | None) -> str:
    """Return a time (UTC ms) in the time of this machine, to the minute; `-` for none."""
    if not time_ms:
        return "-"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(time_ms / 1000))


def ago(time_ms: int | None) -> str:
    """Return how long a time (UTC ms) is past."""
    return f"{span(max(0.0, time.time() - time_ms / 1000))} ago" if time_ms else "-"


def ahead(time_ms: int | None, never: str) -> str:
    """Return for how long something lasts that ends at a time (UTC ms); `never` for none."""
    if time_ms is None:
        return never
    return f"for {span(max(0.0, time_ms / 1000 - time.time()))}"


def span(seconds: float) -> str:
    """Return a duration in the largest unit of which it has about two, or just one: `90m`, `2d`."""
    for size, unit in _UNITS:
        count = seconds / size
        if count >= 1.95 or 0.99 < count < 1.01:
            return f"{round(count)}{unit}"
    return f"{round(seconds)}s"


def yes(value: bool) -> str:
    """Return a flag as a word."""
    return "yes" if value else "no"


def _shrink(widths: list[int], columns: Sequence[Column], width: int | None) -> None:
    """Take from the widest elastic columns until all fit."""
    elastic = [number for number, column in enumerate(columns) if column.elastic]
    if width is None or not elastic:
        return
    while sum(widths) + len(GAP) * (len(widths) - 1) > width:
        widest = max(elastic, key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            return
        widths[widest] -= 1


def _cell(text: str, width: int, right: bool) -> str:
    if _width(text) > width:
        while _width(text) >= width:
            text = text[:-1]
        text += "…"
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
