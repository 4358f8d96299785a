"""Tables and progress bars, laid out by `rich`; it knows nothing of what is in them.

Widths are of a terminal: wide characters take two columns, and marks none.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Final, Literal

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from tornchat import logs
from tornchat.cli.output import GAP, Column, Row
from tornchat.store.check import Tell

WIDEST: Final = 100_000
"""Columns of what is no terminal."""


def lines(columns: Sequence[Column], rows: Iterable[Row], width: int | None) -> list[str]:
    """Return the lines of a table: for a terminal of `width` columns, or whole (None), for a pipe.

    Only a terminal gets styles, and only there elastic columns give way.
    """
    table = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False)
    for column in columns:
        align: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.title, justify=align, no_wrap=not column.elastic)
    for row in rows:
        texts = (logs.escape(column.text(row)) for column in columns)
        table.add_row(*(Text(text, no_wrap=True, overflow="ellipsis") for text in texts))
    text = StringIO()
    Console(file=text, width=width or WIDEST, force_terminal=width is not None).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]


@contextmanager
def bars() -> Iterator[Tell]:
    """Show a bar for each thing that is told of; they go when all is done."""
    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:

        def tell(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=1.0)
            progress.update(tasks[what], completed=share)

        yield tell
