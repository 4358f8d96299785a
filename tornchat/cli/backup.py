"""`tornchat backup` and `tornchat restore`, which work on the data folder itself."""

from pathlib import Path

import click

from tornchat import store
from tornchat.cli import options


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.config
@options.data_dir
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Write a consistent, checked copy of the database to FILE.

    The server may run meanwhile. An earlier backup of that name is replaced, nothing else is.
    """
    count = store.backup(options.settings(ctx).config().server.data_dir, file)
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
    kept = store.restore(data_dir, file)
    click.echo(f"{data_dir}: restored from {file}")
    if kept:
        click.echo(f"{kept}: what was there before")
