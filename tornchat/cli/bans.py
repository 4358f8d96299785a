"""`tornchat ban …`: who stays out of the whole server."""

import ipaddress
from typing import Final

import click

from tornchat.cli import options, output
from tornchat.cli.asking import ask
from tornchat.cli.output import Column, Row
from tornchat.cli.values import duration


def _who(ban: Row) -> str:
    return str(ban["place"] or ban["person"])


def _lasting(ban: Row) -> str:
    return output.ahead(ban["expires"], "for good")


_COLUMNS: Final = (
    Column("ID", lambda ban: str(ban["id"]), right=True),
    Column("WHO", _who),
    Column("LASTS", _lasting),
    Column("SINCE", lambda ban: output.ago(ban["created"])),
    Column("BY", lambda ban: ban["source"]),
    Column("TRIES", lambda ban: str(ban["hits"]), right=True),
    Column("REASON", lambda ban: ban["reason"] or "-", elastic=True),
)


@click.group()
@options.config
@options.data_dir
def ban() -> None:
    """Ban addresses and people from the whole server."""


@ban.command()
@click.argument("who")
@click.option("--expires", metavar="AGE", callback=duration, help="For how long: 10m, 2d.")
@click.option("--reason", default="", help="A word for the list.")
@options.administrative
@click.pass_context
def add(ctx: click.Context, who: str, expires: float | None, reason: str, as_json: bool) -> None:
    """Ban WHO: an address, or the id of a person. Connections end at once.

    An IPv6 address stands for its /64. Without --expires it lasts until it is removed.
    """
    target = "place" if _is_address(who) else "person"
    made = ask(ctx, "add_ban", **{target: who}, seconds=expires, reason=reason)
    if as_json:
        output.as_json(made)
    else:
        click.echo(f"Banned {_lasting(made)}: {_who(made)} (ban {made['id']}).")


@ban.command("list")
@options.administrative
@click.pass_context
def list_bans(ctx: click.Context, as_json: bool) -> None:
    """List the bans that last, newest first."""
    found = ask(ctx, "bans")
    if as_json:
        output.as_json(found)
    else:
        output.table(_COLUMNS, found, "Nobody is banned.")


@ban.command()
@click.argument("number", metavar="ID", type=click.IntRange(1))
@options.administrative
@click.pass_context
def remove(ctx: click.Context, number: int, as_json: bool) -> None:
    """Lift the ban with the number ID."""
    lifted = ask(ctx, "remove_ban", id=number)
    if as_json:
        output.as_json(lifted)
    else:
        click.echo(f"Lifted: the ban of {_who(lifted)}.")


def _is_address(who: str) -> bool:
    try:
        ipaddress.ip_address(who.partition("/")[0])
    except ValueError:
        return False
    return True
