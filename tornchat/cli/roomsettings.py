"""The options that set something of a room; it knows no command."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tornchat.cli.values import kept, span
from tornchat.config import kinds

Command = TypeVar("Command", bound=Callable[..., Any])


def settings(command: Command) -> Command:
    """Add the options that set something of a room; those not given stay None."""
    for option in reversed(
        (
            click.option("--title", help="What people see as the room's name."),
            click.option("--topic", help="What the room is about, in one line."),
            click.option(
                "--access",
                type=click.Choice(["public", "read-only", "private"]),
                help="Who may enter.",
            ),
            click.option("--guests/--no-guests", default=None, help="Whether guests may write."),
            click.option(
                "--sites",
                metavar="NAMES",
                help='Sites whose members count as such here; "" for all.',
            ),
            click.option(
                "--origins",
                metavar="ORIGINS",
                help='Pages that may show the room: "https://shop.example"; "" for none besides '
                "those of the configuration.",
            ),
            click.option(
                "--history-age",
                metavar="AGE",
                callback=kept(kinds.AGE),
                help="How long entries are kept: 90d; 0 for ever; default: as in [rooms].",
            ),
            click.option(
                "--history-messages",
                metavar="COUNT",
                callback=kept(kinds.COUNT),
                help="How many entries are kept; 0 all; default: as in [rooms].",
            ),
            click.option(
                "--slow-mode",
                metavar="TIME",
                callback=span,
                help="Between two messages of one person: 10s, 5m; 0 is off.",
            ),
            click.option(
                "--join-lines/--no-join-lines",
                default=None,
                help="Whether the room shows who comes and goes.",
            ),
            click.option(
                "--words",
                metavar="WORDS",
                help='Words that nobody may write, also with a * at an end: "spam*"; "" for none.',
            ),
        )
    ):
        command = option(command)
    return command


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that were typed, as the verbs take them."""
    found = {name: value for name, value in values.items() if value is not None}
    for name in found.keys() & {"sites", "origins", "words"}:
        found[name] = found[name].replace(",", " ").split()
    for name in found.keys() & {"history_age", "history_messages"}:
        (found[name],) = found[name]
    return found
