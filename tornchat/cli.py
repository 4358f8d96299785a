"""The command line: reads what was typed, and hands over to `app` and `store`.

It decides exit codes (0 ok, 1 failure, 2 usage or configuration, 3 storage refused) and says every
refusal in one line. It knows nothing of sockets, rooms or SQL.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from tornchat import __version__, app, logs, store
from tornchat.config import Config, RoomConfig, Settings, document, read_settings
from tornchat.errors import StartError
from tornchat.store.inspect import stored_rooms
from tornchat.store.records import RoomRecord

DEFAULT_FILE = Path("tornchat.conf")
Command = TypeVar("Command", bound=Callable[..., Any])


class OneLineErrors(click.Group):
    """A group whose commands may raise StartError: one line on standard error, its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command line."""
        try:
            return super().invoke(ctx)
        except StartError as error:
            click.echo(f"tornchat: {logs.escape(str(error))}", err=True)
            ctx.exit(error.exit_code)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep an option for whoever needs it, so that it may stand before or behind the command."""
    if value is not None:
        ctx.meta[f"tornchat.{parameter.name}"] = value


def _shared(*args: str, **kwargs: Any) -> Callable[[Command], Command]:
    return click.option(*args, callback=_remember, expose_value=False, **kwargs)


_config = _shared(
    "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file."
)
_data_dir = _shared(
    "--data-dir",
    metavar="FOLDER",
    type=click.Path(resolve_path=True),
    help="Folder of the database, instead of the configured one.",
)
_listen = _shared("--listen", metavar="HOST:PORT", help="Where to listen, instead of there.")
_dev = _shared(
    "--dev", is_flag=True, default=None, help="For developers: reload templates and scripts."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


def _settings(ctx: click.Context) -> Settings:
    flags = {"server.listen": "tornchat.listen", "server.data_dir": "tornchat.data_dir"}
    overrides = {key: ctx.meta[name] for key, name in flags.items() if name in ctx.meta}
    return read_settings(_file(ctx), os.environ, overrides)


def _file(ctx: click.Context) -> Path | None:
    """Return the configuration file: as asked for, else the one in this folder, else None."""
    asked: Path | None = ctx.meta.get("tornchat.config")
    return asked or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


@click.group(cls=OneLineErrors, invoke_without_command=True)
@_config
@_data_dir
@_listen
@_dev
@click.version_option(__version__, prog_name="tornchat", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Chat rooms: live, durable, in one process.

    Without a command, starts the server.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(serve)


@main.command()
@_config
@_data_dir
@_listen
@_dev
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Start the server (what happens without a command, too)."""
    config = _settings(ctx).config()
    logs.configure(config.server.log_level, config.server.log_format)
    if _file(ctx) is None:
        click.echo("No tornchat.conf in this folder and no --config: built-in values.", err=True)
        click.echo("`tornchat config doc --file > tornchat.conf` writes one.", err=True)
    app.run(config, dev=ctx.meta.get("tornchat.dev", False))


@main.group("config")
@_config
def config_group() -> None:
    """Check, show or explain the configuration."""


@config_group.command()
@_config
@_data_dir
@click.pass_context
def check(ctx: click.Context) -> None:
    """Say whether the configuration is right, and where the database's rooms differ from it."""
    config = _settings(ctx).config()
    click.echo(f"{_file(ctx) or 'built-in values'}: ok")
    for difference in _differences(config):
        click.echo(difference)


def _differences(config: Config) -> Iterator[str]:
    """Yield where the rooms of the file are not those of the database, if there is one."""
    stored = stored_rooms(config.server.data_dir)
    if stored is None:
        return
    ours, theirs = {r.name: r for r in config.room}, {r.name: r for r in stored}
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            yield f"[room {name}]: in the file only; made at the next start"
        elif name not in ours:
            yield f"[room {name}]: in the database only"
        else:
            yield from _different_values(ours[name], theirs[name])


def _different_values(ours: RoomConfig, theirs: RoomRecord) -> Iterator[str]:
    for key in (field.name for field in fields(ours)):
        wanted, found = getattr(ours, key), getattr(theirs, key)
        if wanted != found:
            yield f"[room {ours.name}] {key}: the file says {wanted!r}, the database {found!r}"


@config_group.command()
@_config
@_data_dir
@_listen
@_as_json
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Show every value in force and where it was set."""
    settings = list(_settings(ctx))
    if as_json:
        shown = ("section", "name", "text", "origin")
        click.echo(json.dumps([{f: getattr(s, f) for f in shown} for s in settings], indent=2))
        return
    width = max(len(f"[{s.section}] {s.name} = {s.text}") for s in settings)
    for setting in settings:
        line = f"[{setting.section}] {setting.name} = {setting.text}"
        click.echo(f"{line:<{width}}  {setting.origin}")


@config_group.command()
@click.option("--file", "as_file", is_flag=True, help="As a tornchat.conf to start from.")
def doc(as_file: bool) -> None:
    """Print the table of all keys (markdown)."""
    click.echo(document.sample_file() if as_file else document.table(), nl=not as_file)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_config
@_data_dir
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Write a consistent, checked copy of the database to FILE.

    The server may run meanwhile. An earlier backup of that name is replaced, nothing else is.
    """
    count = store.backup(_settings(ctx).config().server.data_dir, file)
    click.echo(f"{file}: {count} entries, written and checked")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_config
@_data_dir
@click.pass_context
def restore(ctx: click.Context, file: Path) -> None:
    """Put the backup FILE in the place of the database.

    The server must be stopped. The database that was there is kept under another name.
    """
    data_dir = _settings(ctx).config().server.data_dir
    kept = store.restore(data_dir, file)
    click.echo(f"{data_dir}: restored from {file}")
    if kept:
        click.echo(f"{kept}: what was there before")
