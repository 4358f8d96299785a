"""What the commands share: options that stand anywhere, the settings in force, errors of one line.

It knows no command.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from tornchat import logs
from tornchat.config import Settings, read_settings
from tornchat.errors import StartError, TornchatError

DEFAULT_FILE: Final = Path("tornchat.conf")
Command = TypeVar("Command", bound=Callable[..., Any])


class OneLineErrors(click.Group):
    """A group whose commands may raise TornchatError: one line on standard error, its exit code.

    Only errors of the start have a code of their own; for the others it is 1.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command line."""
        try:
            return super().invoke(ctx)
        except TornchatError as error:
            click.echo(f"tornchat: {logs.escape(str(error))}", err=True)
            ctx.exit(error.exit_code if isinstance(error, StartError) else 1)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep an option for whoever needs it, so that it may stand before or behind the command."""
    if value is not None:
        ctx.meta[f"tornchat.{parameter.name}"] = value


def _shared(*args: str, **kwargs: Any) -> Callable[[Command], Command]:
    return click.option(*args, callback=_remember, expose_value=False, **kwargs)


config: Final = _shared(
    "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file."
)
data_dir: Final = _shared(
    "--data-dir",
    metavar="FOLDER",
    type=click.Path(resolve_path=True),
    help="Folder of the database, instead of the configured one.",
)
listen: Final = _shared("--listen", metavar="HOST:PORT", help="Where to listen, instead of there.")
dev: Final = _shared(
    "--dev", is_flag=True, default=None, help="For developers: reload templates and scripts."
)
as_json: Final = click.option("--json", "as_json", is_flag=True, help="As JSON.")


def administrative(command: Command) -> Command:
    """Add what every command has that asks the Office: where it is, and `--json`."""
    return config(data_dir(as_json(command)))


def settings(ctx: click.Context, page: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force, or as they would be with others on the admin page.

    Raises ConfigError.
    """
    flags = {"server.listen": "tornchat.listen", "server.data_dir": "tornchat.data_dir"}
    overrides = {key: ctx.meta[name] for key, name in flags.items() if name in ctx.meta}
    return read_settings(file(ctx), os.environ, overrides, page)


def file(ctx: click.Context) -> Path | None:
    """Return the configuration file: as asked for, else the one in this folder, else None."""
    asked: Path | None = ctx.meta.get("tornchat.config")
    return asked or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


def can_ask() -> bool:
    """Say whether somebody sits at a terminal who can be asked."""
    return sys.stdin.isatty()
