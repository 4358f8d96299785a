"""The command line: reads what was typed, and hands over to `app`, `control` and `store`.

It decides exit codes (0 ok, 1 failure, 2 usage or configuration, 3 storage refused) and says every
refusal in one line. It knows nothing of sockets, rooms or SQL.
"""

import click

from tornchat import __version__
from tornchat.cli import admins, backup, bans, configuration, options, rooms, serving, tokens

__all__ = ["main"]


@click.group(cls=options.OneLineErrors, invoke_without_command=True)
@options.config
@options.data_dir
@options.listen
@options.dev
@click.version_option(__version__, prog_name="tornchat", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Chat rooms: live, durable, in one process.

    Without a command, starts the server.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(serving.serve)


for command in (
    serving.serve,
    configuration.config,
    rooms.room,
    tokens.token,
    bans.ban,
    admins.admin,
    backup.backup,
    backup.restore,
):
    main.add_command(command)
