"""`tornchat config check|show|doc`: the configuration as an operator asks about it."""

import json
from collections.abc import Iterator
from dataclasses import fields

import click

from tornchat.cli import options
from tornchat.config import Config, RoomConfig, advice, document
from tornchat.store.inspect import stored_rooms
from tornchat.store.records import RoomRecord


@click.group()
@options.config
def config() -> None:
    """Check, show or explain the configuration."""


@config.command()
@options.config
@options.data_dir
@click.pass_context
def check(ctx: click.Context) -> None:
    """Say whether the configuration is right, and where the database's rooms differ from it.

    What is right and yet unwise is a warning.
    """
    found = options.settings(ctx).config()
    click.echo(f"{options.file(ctx) or 'built-in values'}: ok")
    for warning in advice(found):
        click.echo(f"warning: {warning}")
    for difference in _differences(found):
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
        elif name in ours:
            yield from _different_values(ours[name], theirs[name])
        elif theirs[name].pattern is None:
            yield f"[room {name}]: in the database only"
    for room in stored:
        yield from _unknown_sites(room, {site.name for site in config.site})


def _unknown_sites(room: RoomRecord, sites: set[str]) -> Iterator[str]:
    for site in sorted(set(room.sites) - sites):
        yield f"warning: [room {room.name}] sites: there is no [site {site}] in the file"


def _different_values(ours: RoomConfig, theirs: RoomRecord) -> Iterator[str]:
    for key in (field.name for field in fields(ours)):
        wanted, found = getattr(ours, key), getattr(theirs, key)
        if wanted != found:
            yield f"[room {ours.name}] {key}: the file says {wanted!r}, the database {found!r}"


@config.command()
@options.config
@options.data_dir
@options.listen
@options.as_json
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Show every value in force and where it was set."""
    settings = list(options.settings(ctx))
    if as_json:
        shown = ("section", "name", "text", "origin")
        click.echo(json.dumps([{f: getattr(s, f) for f in shown} for s in settings], indent=2))
        return
    width = max(len(f"[{s.section}] {s.name} = {s.text}") for s in settings)
    for setting in settings:
        line = f"[{setting.section}] {setting.name} = {setting.text}"
        click.echo(f"{line:<{width}}  {setting.origin}")


@config.command()
@click.option("--file", "as_file", is_flag=True, help="As a tornchat.conf to start from.")
def doc(as_file: bool) -> None:
    """Print the table of all keys (markdown)."""
    click.echo(document.sample_file() if as_file else document.table(), nl=not as_file)
