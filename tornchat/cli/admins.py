"""`tornchat admin …`: who may sign in to the admin page."""

from typing import Final

import click

from tornchat.cli import options, output
from tornchat.cli.asking import ask
from tornchat.cli.links import absolute
from tornchat.cli.output import Column, Row

_rooms: Final = click.option(
    "--room", "rooms", metavar="ROOM", multiple=True, help="A room to moderate, and nothing else."
)


def _charge(account: Row) -> str:
    return "everything" if account["rooms"] is None else ", ".join(account["rooms"])


_COLUMNS: Final = (
    Column("NAME", lambda account: account["name"], elastic=True),
    Column("IN CHARGE OF", _charge, elastic=True),
    Column("PASSWORD", lambda account: output.yes(account["ready"])),
    Column("CODE", lambda account: output.yes(account["totp"])),
    Column("LAST LOGIN", lambda account: output.ago(account["last_login"])),
    Column("SIGNED IN", lambda account: str(account["sessions"]), right=True),
)


@click.group()
@options.config
@options.data_dir
def admin() -> None:
    """Say who may sign in to the admin page."""


@admin.command()
@click.argument("name")
@_rooms
@options.administrative
@click.pass_context
def add(ctx: click.Context, name: str, rooms: tuple[str, ...], as_json: bool) -> None:
    """Make an account NAME, and show a link by which its owner sets a password.

    Without --room it may do everything; --room may be given several times.
    """
    _show_link(ctx, ask(ctx, "add_account", name=name, rooms=list(rooms) or None), as_json)


@admin.command()
@click.argument("name", required=False)
@options.administrative
@click.pass_context
def link(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Show a link by which the owner of NAME sets a new password: for whoever is locked out.

    Without NAME: of the only account, or of the first admin where there is none yet.
    """
    _show_link(ctx, ask(ctx, "link_account", name=name), as_json)


@admin.command("list")
@options.administrative
@click.pass_context
def list_accounts(ctx: click.Context, as_json: bool) -> None:
    """List the accounts in the order of their making."""
    found = ask(ctx, "accounts")
    if as_json:
        output.as_json(found)
    else:
        output.table(_COLUMNS, found, "No accounts: tornchat admin add NAME")


@admin.command("set")
@click.argument("name")
@_rooms
@click.option("--everything", is_flag=True, help="All rooms, settings and accounts.")
@options.administrative
@click.pass_context
def set_rooms(
    ctx: click.Context, name: str, rooms: tuple[str, ...], everything: bool, as_json: bool
) -> None:
    """Change what NAME is in charge of; they have to sign in again."""
    if everything == bool(rooms):
        raise click.UsageError("expected --room (once or more) or --everything", ctx)
    changed = ask(ctx, "set_account_rooms", name=name, rooms=list(rooms) or None)
    if as_json:
        output.as_json(changed)
    else:
        click.echo(f"{changed['name']} is in charge of {_charge(changed)}.")


@admin.command()
@click.argument("name")
@options.administrative
@click.pass_context
def remove(ctx: click.Context, name: str, as_json: bool) -> None:
    """Remove the account NAME; its sessions end at once."""
    removed = ask(ctx, "remove_account", name=name)
    if as_json:
        output.as_json(removed)
    else:
        click.echo(f"Removed: the account {removed['name']}.")


def _show_link(ctx: click.Context, made: dict[str, object], as_json: bool) -> None:
    made["link"] = absolute(ctx, str(made["link"]))
    if as_json:
        output.as_json(made)
        return
    click.echo(f"For {made['name']}, once, within 30 minutes:")
    output.details([("  link", str(made["link"]))])
