"""How results are shown: aligned text for people, JSON for programs.

It knows nothing of what is shown.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import click

from tornchat import logs
from tornchat.store.check import Tell, silent

GAP: Final = "  "
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
    if not rows:
        click.echo(nothing)
        return
    from tornchat.cli import screen  # noqa: PLC0415 - rich takes longer to load than most commands

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in screen.lines(columns, rows, width):
        click.echo(line)


@contextmanager
def progress() -> Iterator[Tell]:
    """Show on a terminal what is being done and how far it is; a pipe gets nothing of it."""
    if not sys.stderr.isatty():
        yield silent
        return
    from tornchat.cli import screen  # noqa: PLC0415 - as above

    with screen.bars() as tell:
        yield tell


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
