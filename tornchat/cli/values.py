"""What is typed behind an option, written as in the configuration. Callbacks of click options."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tornchat.config.kinds import DURATION, Kind


def duration(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Turn `10m` or `2d` into seconds, above 0."""
    if value is None:
        return None
    seconds = _parsed(DURATION, value)
    if not seconds:
        raise click.BadParameter(f"expected {DURATION.expected}, above 0, got {value!r}")
    return float(seconds)


def span(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Turn `10s`, `5m` or `0` into whole seconds."""
    return None if value is None else int(_parsed(DURATION, value))


def kept(kind: Kind) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Turn the word `default` into (None,) and any other value of a kind into a tuple of one.

    A tuple, since a bare None means that the option was not given.
    """

    def callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        return (None if value == "default" else _parsed(kind, value),)

    return callback


def _parsed(kind: Kind, value: str) -> Any:
    try:
        return kind.parse(value, Path())
    except (ValueError, LookupError):
        raise click.BadParameter(f"expected {kind.expected}, got {value!r}") from None
