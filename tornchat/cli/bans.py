"""`tornchat ban …`: who stays out, of the server or of a room, and who may not write."""

import ipaddress
from typing import Final

import click

from tornchat.cli import options, output
from tornchat.cli.asking import ask
from tornchat.cli.output import Column, Row
from tornchat.cli.values import duration


def _who(ban: Row) -> str:
    found = " ".join(filter(None, (ban["person"], ban["place"])))
    return f"{ban['name']} ({found})" if ban["name"] else found


def _lasting(ban: Row) -> str:
    return output.ahead(ban["expires"], "for good")


def _where(ban: Row) -> str:
    return ban["room"] or "everywhere"


_COLUMNS: Final = (
    Column("ID", lambda ban: str(ban["id"]), right=True),
    Column("WHO", _who, elastic=True),
    Column("KIND", lambda ban: ban["kind"]),
    Column("WHERE", _where),
    Column("LASTS", _lasting),
    Column("SINCE", lambda ban: output.ago(ban["created"])),
    Column("BY", lambda ban: ban["author"] or ban["source"]),
    Column("TRIES", lambda ban: str(ban["hits"]), right=True),
    Column("REASON", lambda ban: ban["reason"] or "-", elastic=True),
)


@click.group()
@options.config
@options.data_dir
def ban() -> None:
    """Ban or mute addresses and people, everywhere or in a room."""


@ban.command()
@click.argument("who")
@click.option("--room", metavar="ROOM", help="From this room only.")
@click.option("--mute", is_flag=True, help="They may come in and read, and not write.")
@click.option("--expires", metavar="AGE", callback=duration, help="For how long: 10m, 2d.")
@click.option("--reason", default="", help="A word for the list; in rooms they are told.")
@options.administrative
@click.pass_context
def add(
    ctx: click.Context,
    who: str,
    room: str | None,
    mute: bool,
    expires: float | None,
    reason: str,
    as_json: bool,
) -> None:
    """Ban WHO: an address, or the id of a person. It takes effect at once.

    An IPv6 address stands for its /64; in a room, an address counts for guests only. Without
    --expires it lasts until it is removed.
    """
    target = {"place" if _is_address(who) else "person": who}
    kind = "mute" if mute else "ban"
    made = ask(ctx, "add_ban", kind=kind, room=room, **target, seconds=expires, reason=reason)
    if as_json:
        output.as_json(made)
    else:
        where = f" in {room}" if room else ""
        done = "Muted" if mute else "Banned"
        click.echo(f"{done}{where} {_lasting(made)}: {_who(made)} ({kind} {made['id']}).")


@ban.command("list")
@click.option("--room", metavar="ROOM", help="Those of this room only.")
@click.option("--mute", is_flag=True, help="Mutes only.")
@options.administrative
@click.pass_context
def list_bans(ctx: click.Context, room: str | None, mute: bool, as_json: bool) -> None:
    """List the bans and mutes that last, newest first."""
    found = ask(ctx, "bans", room=room)
    if mute:
        found = [ban for ban in found if ban["kind"] == "mute"]
    if as_json:
        output.as_json(found)
    else:
        output.table(_COLUMNS, found, "Nobody is muted." if mute else "Nobody is banned.")


@ban.command()
@click.argument("number", metavar="ID", type=click.IntRange(1))
@options.administrative
@click.pass_context
def remove(ctx: click.Context, number: int, as_json: bool) -> None:
    """Lift the ban or mute with the number ID."""
    lifted = ask(ctx, "remove_ban", id=number)
    if as_json:
        output.as_json(lifted)
    else:
        click.echo(f"Lifted: the {lifted['kind']} of {_who(lifted)}.")


def _is_address(who: str) -> bool:
    try:
        ipaddress.ip_address(who.partition("/")[0])
    except ValueError:
        return False
    return True
