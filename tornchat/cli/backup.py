"""`tornchat backup` and `tornchat restore`, which work on the data folder itself."""

from collections.abc import Iterator
from pathlib import Path

import click

from tornchat import store
from tornchat.cli import options, output


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.config
@options.data_dir
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Write a consistent, checked copy of the database to FILE.

    The server may run meanwhile. An earlier backup of that name is replaced, nothing else is.
    """
    data_dir = options.settings(ctx).config().server.data_dir
    with output.progress() as tell:
        count = store.backup(data_dir, file, tell)
    click.echo(f"{file}: {count} entries, written and checked")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.config
@options.data_dir
@click.pass_context
def restore(ctx: click.Context, file: Path) -> None:
    """Put the backup FILE in the place of the database.

    The server must be stopped. The database that was there is kept under another name.
    """
    data_dir = options.settings(ctx).config().server.data_dir
    with output.progress() as tell:
        restored = store.restore(data_dir, file, tell)
    click.echo(f"{data_dir}: restored from {file}")
    if restored.kept:
        click.echo(f"{restored.kept}: what was there before")
    for line in _about_tokens(restored):
        click.echo(line)


def _about_tokens(restored: store.Restored) -> Iterator[str]:
    """Yield what to know of the tokens of a backup: those revoked since must not live again."""
    if restored.revoked:
        yield f"{restored.revoked} tokens revoked since the backup stay revoked"
    if restored.active:
        yield f"{restored.active} tokens of the backup are valid: see `tornchat token list`"
    if restored.active and restored.revoked is None:
        yield "it is not known which of them were revoked since: revoke those again"
