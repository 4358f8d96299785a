"""`tornchat token …`: invites for people, keys for back ends."""

import sys
import time
from typing import Any, Final

import click

from tornchat.access.roles import ROLES
from tornchat.cli import options, output
from tornchat.cli.asking import ask
from tornchat.cli.links import absolute
from tornchat.cli.output import Column, Row
from tornchat.cli.values import duration


def _used(token: Row) -> str:
    if token["kind"] == "key":
        return "-"
    return f"{token['used']}" if token["uses"] is None else f"{token['used']}/{token['uses']}"


def _valid(token: Row) -> str:
    if token["revoked"]:
        return "revoked"
    if token["expires"] is not None and token["expires"] <= time.time() * 1000:
        return "expired"
    return output.ahead(token["expires"], "always") if token["usable"] else "used up"


_COLUMNS: Final = (
    Column("ID", lambda token: str(token["id"]), right=True),
    Column("KIND", lambda token: token["kind"]),
    Column("ROOM", lambda token: token["room"], elastic=True),
    Column("ROLE", lambda token: token["role"]),
    Column("LABEL", lambda token: token["label"] or "-", elastic=True),
    Column("USED", _used, right=True),
    Column("VALID", _valid),
    Column("LAST USE", lambda token: output.ago(token["last_used"])),
)


@click.group()
@options.config
@options.data_dir
def token() -> None:
    """Make, list, check and revoke invites and API keys."""


@token.command()
@click.argument("room")
@click.option("--key", is_flag=True, help="An API key for a back end; ROOM may be a pattern.")
@click.option("--role", type=click.Choice(ROLES), default="write", help="What it allows.")
@click.option("--label", default="", help="A word for the list: whom or what it is for.")
@click.option("--expires", metavar="AGE", callback=duration, help="How long it is valid: 10m, 2d.")
@click.option("--uses", type=click.IntRange(1), help="How many people it lets in; else any number.")
@options.administrative
@click.pass_context
def create(ctx: click.Context, /, room: str, key: bool, as_json: bool, **values: Any) -> None:
    """Make an invite to ROOM, or an API key, and show it once."""
    if key and values["uses"] is not None:
        raise click.UsageError("--uses is for invites: a key counts none", ctx)
    made = ask(ctx, "create_token", room=room, kind="key" if key else "invite", **values)
    made["link"] = made["link"] and absolute(ctx, made["link"])
    if as_json:
        output.as_json(made)
        return
    click.echo(_sentence(made))
    shown = [("  token", made["token"]), ("  link", made["link"])]
    output.details([(name, text) for name, text in shown if text])
    click.echo("It will not be shown again.")


@token.command("list")
@click.argument("room", required=False)
@options.administrative
@click.pass_context
def list_tokens(ctx: click.Context, room: str | None, as_json: bool) -> None:
    """List invites and keys, of ROOM or of all rooms, newest first."""
    found = ask(ctx, "tokens", room=room)
    if as_json:
        output.as_json(found)
    else:
        output.table(_COLUMNS, found, "No tokens: tornchat token create ROOM")


@token.command()
@click.argument("text", metavar="[TOKEN]", default="-")
@options.administrative
@click.pass_context
def check(ctx: click.Context, text: str, as_json: bool) -> None:
    """Say what TOKEN is and opens, or why not: an invite or its link, a key, a token of a site.

    Without TOKEN, or for -, it is read from standard input, so that it stays out of the shell's
    history. The exit code is 0 where it lets its bearer in, else 1.
    """
    found = ask(ctx, "check_token", text=_token(text))
    if as_json:
        output.as_json(found)
    else:
        click.echo(f"{'ok' if found['ok'] else 'refused'}: {found['words']}")
    ctx.exit(0 if found["ok"] else 1)


@token.command()
@click.argument("number", metavar="ID", type=click.IntRange(1))
@options.administrative
@click.pass_context
def revoke(ctx: click.Context, number: int, as_json: bool) -> None:
    """Take back the token with the number ID; whom it let in leaves at once."""
    found = ask(ctx, "revoke_token", id=number)
    if as_json:
        output.as_json(found)
    else:
        click.echo(f"Revoked: {_name(found)}.")


def _token(text: str) -> str:
    """Return the token that was typed, piped, or pasted as a link."""
    if text == "-":
        asked = options.can_ask()
        text = click.prompt("Token", hide_input=True, err=True) if asked else sys.stdin.read()
    return text.rpartition("#invite=")[2].strip()


def _name(token: Row) -> str:
    noun, to = ("API key", "for") if token["kind"] == "key" else ("invite", "to room")
    label = f" ({token['label']})" if token["label"] else ""
    return f"{noun} {token['id']}{label} {to} {token['room']}"


def _sentence(token: Row) -> str:
    name = _name(token)
    uses = "" if token["uses"] is None else f", for {_people(token['uses'])}"
    valid = "" if token["expires"] is None else f", valid {output.ahead(token['expires'], '')}"
    return f"{name[0].upper()}{name[1:]}, role {token['role']}{uses}{valid}:"


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"
