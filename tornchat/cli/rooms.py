"""`tornchat room …`: the rooms and their settings."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import click

from tornchat.access.roles import ROLES
from tornchat.cli import options, output, roomsettings
from tornchat.cli.asking import ask
from tornchat.cli.links import absolute
from tornchat.cli.output import Column, Row

_COLUMNS: Final = (
    Column("ROOM", lambda room: room["name"], elastic=True),
    Column("TITLE", lambda room: room["title"], elastic=True),
    Column("ACCESS", lambda room: "archived" if room["archived"] else room["access"]),
    Column("GUESTS", lambda room: output.yes(room["guests"])),
    Column("PRESENT", lambda room: str(room["present"]), right=True),
    Column("ENTRIES", lambda room: str(_entries(room)), right=True),
    Column("LAST", lambda room: output.ago(room["last_time"]) if _entries(room) else "-"),
)


@click.group()
@options.config
@options.data_dir
def room() -> None:
    """List, make, change and delete rooms."""


@room.command("list")
@options.administrative
@click.pass_context
def list_rooms(ctx: click.Context, as_json: bool) -> None:
    """List all rooms, private and archived ones too."""
    found = ask(ctx, "rooms")
    if as_json:
        output.as_json(found)
    else:
        output.table(_COLUMNS, found, "No rooms yet: tornchat room create NAME")


@room.command()
@click.argument("name")
@options.administrative
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show one room with everything that is set."""
    _print(ask(ctx, "room", name=name), as_json)


@room.command()
@click.argument("name")
@roomsettings.settings
@options.administrative
@click.pass_context
def create(ctx: click.Context, /, name: str, as_json: bool, **settings: Any) -> None:
    """Make the room NAME; what is not said is as in [rooms] of the configuration."""
    _print(ask(ctx, "create_room", name=name, **roomsettings.given(settings)), as_json)


@room.command("set")
@click.argument("name")
@roomsettings.settings
@options.administrative
@click.pass_context
def set_room(ctx: click.Context, /, name: str, as_json: bool, **settings: Any) -> None:
    """Change settings of the room NAME.

    They hold at once: whoever may not read it any more leaves it.
    """
    given = roomsettings.given(settings)
    if not given:
        raise click.UsageError("say what to change: --title, --access, …", ctx)
    _print(ask(ctx, "set_room", name=name, **given), as_json)


@room.command()
@click.argument("name")
@options.administrative
@click.pass_context
def lock(ctx: click.Context, name: str, as_json: bool) -> None:
    """Let only moderators write in the room NAME."""
    _done(ask(ctx, "lock_room", name=name), as_json, "is locked: only moderators write")


@room.command()
@click.argument("name")
@options.administrative
@click.pass_context
def unlock(ctx: click.Context, name: str, as_json: bool) -> None:
    """Let everybody write in the room NAME again who could before it was locked."""
    _done(ask(ctx, "lock_room", name=name, locked=False), as_json, "is unlocked")


@room.command()
@click.argument("name")
@options.administrative
@click.pass_context
def archive(ctx: click.Context, name: str, as_json: bool) -> None:
    """Put the room NAME away: it is in no list, and only moderators write in it."""
    _done(ask(ctx, "archive_room", name=name), as_json, "is archived")


@room.command()
@click.argument("name")
@options.administrative
@click.pass_context
def unarchive(ctx: click.Context, name: str, as_json: bool) -> None:
    """Take the room NAME out of the archive, as it was."""
    _done(ask(ctx, "unarchive_room", name=name), as_json, "is back")


@room.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="write", help="Of the new invite.")
@options.administrative
@click.pass_context
def rotate(ctx: click.Context, name: str, role: str, as_json: bool) -> None:
    """Void everything that opened the room NAME until now, and make a new invite.

    Its invites are revoked with whom they let in, and tokens of sites that were issued before
    count for nothing.
    """
    made = ask(ctx, "rotate_room", name=name, role=role)
    made["link"] = absolute(ctx, made["link"])
    if as_json:
        output.as_json(made)
        return
    click.echo(f"What opened room {name} until now is void. Its new invite, role {role}:")
    output.details([("  token", made["invite"]), ("  link", made["link"])])
    click.echo("It will not be shown again.")


@room.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.administrative
@click.pass_context
def delete(ctx: click.Context, name: str, yes: bool, as_json: bool) -> None:
    """Delete the room NAME with all its messages and tokens. It cannot be undone."""
    if not yes:
        if not options.can_ask():
            raise click.UsageError("nobody can be asked here: it needs --yes", ctx)
        count = _entries(ask(ctx, "room", name=name))
        question = f"Delete room {name} with its {count} entries? It cannot be undone."
        click.confirm(question, abort=True, err=True)
    deleted = ask(ctx, "delete_room", name=name)
    if as_json:
        output.as_json(deleted)
    else:
        click.echo(f"Room {name} is deleted, with its {_entries(deleted)} entries.")


def _entries(room: Row) -> int:
    return int(room["last"] - room["first"] + 1)


def _done(room: Row, as_json: bool, words: str) -> None:
    if as_json:
        output.as_json(room)
    else:
        click.echo(f"Room {room['name']} {words}.")


def _print(room: Row, as_json: bool) -> None:
    if as_json:
        output.as_json(room)
    else:
        output.details(_details(room))


def _details(room: Row) -> Iterator[tuple[str, str]]:
    yield "name", room["name"]
    yield "title", room["title"]
    yield "topic", room["topic"] or "-"
    yield "access", room["access"]
    yield "guests may write", output.yes(room["guests"])
    yield "locked", output.yes(room["locked"])
    yield "slow mode", output.span(room["slow_mode"]) if room["slow_mode"] else "off"
    yield "join lines", output.yes(room["join_lines"])
    yield "unwelcome words", ", ".join(room["words"]) or "-"
    yield "sites", ", ".join(room["sites"]) or "all"
    yield "shown by pages of", ", ".join(room["origins"]) or "-"
    yield "history age", _kept(room["history_age"], output.span)
    yield "history messages", _kept(room["history_messages"], str)
    yield "people now", str(room["present"])
    yield "entries", f"{_entries(room)} ({room['first']} to {room['last']})"
    yield "last entry", output.moment(room["last_time"] if _entries(room) else None)
    yield "made", output.moment(room["created"])
    if room["pattern"]:
        yield "made on demand by", f"[room {room['pattern']}]"
    if room["rotated"]:
        yield "rotated", output.moment(room["rotated"])
    if room["archived"]:
        yield "archived", output.moment(room["archived"])


def _kept(most: int | None, shown: Callable[[int], str]) -> str:
    if most is None:
        return "as in [rooms]"
    return shown(most) if most else "all are kept"
