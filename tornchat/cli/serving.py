"""`tornchat serve`; it knows nothing of what a server is made of."""

import click

from tornchat import logs, running
from tornchat.cli import options


@click.command()
@options.config
@options.data_dir
@options.listen
@options.dev
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Start the server (what happens without a command, too)."""
    config = options.settings(ctx).config()
    logs.configure(config.server.log_level, config.server.log_format)
    if options.file(ctx) is None:
        click.echo("No tornchat.conf in this folder and no --config: built-in values.", err=True)
        click.echo("`tornchat config doc --file > tornchat.conf` writes one.", err=True)
    running.run(
        config,
        read=lambda page: options.settings(ctx, page),
        dev=ctx.meta.get("tornchat.dev", False),
    )
